// TR-500: every frame type in every packet type, from both sides, as RFC 9000 §12.4 Table 3 says;
// and what happens to frames that are cut short or spelled wrong.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "quic/wire/frame_table.h"
#include "test/support/packet_case.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using test::Bytes;
using test::Encode;
using test::RawPair;

constexpr auto kViolation = static_cast<std::uint64_t>(TransportErrorCode::kProtocolViolation);
constexpr auto kEncoding = static_cast<std::uint64_t>(TransportErrorCode::kFrameEncodingError);

// A frame that would do no harm where it is allowed, from a peer of this perspective.
struct Sample {
  std::string name;
  std::function<Bytes(RawPair&, PacketType)> make;
};

// What the peer may acknowledge in the space of a packet: something that was sent there.
Bytes Acknowledgment(RawPair& pair, PacketType type, bool ecn) {
  Bytes frame = pair.peer().AckAll(SpaceOf(type));
  EXPECT_FALSE(frame.empty());
  if (ecn) {
    frame[0] = 0x03;
    frame.insert(frame.end(), {0, 0, 0});
  }
  return frame;
}

// The peer's stream, and one that the endpoint under test opened.
StreamId TheirStream(RawPair& pair) {
  return StreamId::Make(Opposite(pair.connection()->perspective()), StreamDirection::kBidirectional,
                        0);
}

std::vector<Sample> Samples() {
  const auto fixed = [](auto frame) {
    return [bytes = Encode(frame)](RawPair&, PacketType) { return bytes; };
  };
  static const std::array<std::uint8_t, 3> kData{1, 2, 3};
  const ConnectionId id(std::array<std::uint8_t, 8>{9, 9, 9, 9, 9, 9, 9, 9});
  std::vector<Sample> samples = {
      {"padding", fixed(PaddingFrame{.count = 3})},
      {"ping", fixed(PingFrame{})},
      {"ack", [](RawPair& pair, PacketType type) { return Acknowledgment(pair, type, false); }},
      {"ack_ecn", [](RawPair& pair, PacketType type) { return Acknowledgment(pair, type, true); }},
      {"reset_stream",
       [](RawPair& pair, PacketType) {
         return Encode(ResetStreamFrame{.stream_id = TheirStream(pair)});
       }},
      {"stop_sending",
       [](RawPair& pair, PacketType) {
         return Encode(StopSendingFrame{.stream_id = TheirStream(pair)});
       }},
      {"crypto", fixed(CryptoFrame{})},
      {"new_token", fixed(NewTokenFrame{.token = kData})},
      {"max_data", fixed(MaxDataFrame{.maximum_data = ByteCount(1 << 21)})},
      {"max_stream_data",
       [](RawPair& pair, PacketType) {
         return Encode(MaxStreamDataFrame{.stream_id = TheirStream(pair)});
       }},
      {"max_streams_bidi", fixed(MaxStreamsFrame{.maximum_streams = 7})},
      {"max_streams_uni",
       fixed(MaxStreamsFrame{.direction = StreamDirection::kUnidirectional, .maximum_streams = 7})},
      {"data_blocked", fixed(DataBlockedFrame{})},
      {"stream_data_blocked",
       [](RawPair& pair, PacketType) {
         return Encode(StreamDataBlockedFrame{.stream_id = TheirStream(pair)});
       }},
      {"streams_blocked_bidi", fixed(StreamsBlockedFrame{})},
      {"streams_blocked_uni",
       fixed(StreamsBlockedFrame{.direction = StreamDirection::kUnidirectional})},
      {"new_connection_id", fixed(NewConnectionIdFrame{.sequence_number = 1, .connection_id = id})},
      {"retire_connection_id",
       // Not the one that the packet itself is sent to.
       [](RawPair&, PacketType) { return Encode(RetireConnectionIdFrame{.sequence_number = 1}); }},
      {"path_challenge", fixed(PathChallengeFrame{})},
      {"path_response", fixed(PathResponseFrame{})},
      {"connection_close", fixed(ConnectionCloseFrame{})},
      {"application_close", fixed(ConnectionCloseFrame{.is_application = true})},
      {"handshake_done", fixed(HandshakeDoneFrame{})},
  };
  for (int flags = 0; flags < 8; ++flags) {
    samples.push_back({"stream_" + std::to_string(flags), [flags](RawPair& pair, PacketType) {
                         Bytes frame{static_cast<std::uint8_t>(0x08 | flags),
                                     static_cast<std::uint8_t>(TheirStream(pair).value())};
                         if ((flags & 4) != 0) frame.push_back(0);
                         if ((flags & 2) != 0) frame.push_back(3);
                         frame.insert(frame.end(), {1, 2, 3});
                         return frame;
                       }});
  }
  return samples;
}

class FrameMatrixTest : public testing::TestWithParam<test::PacketCase> {
 protected:
  // Brings a pair to where a packet of the type can be processed.
  static std::unique_ptr<RawPair> Prepare() {
    const auto [tested, packet] = GetParam();
    auto pair = std::make_unique<RawPair>(RawPair::Options{.tested = tested});
    if (packet == PacketType::kOneRtt) {
      EXPECT_TRUE(pair->Handshake());
      pair->connection()->OpenStream(StreamDirection::kBidirectional);
      // So that there is something to acknowledge, and a second ID of ours to retire.
      pair->SendFrames(PacketType::kOneRtt, PingFrame{});
      return pair;
    }
    // The server has answered the ClientHello and waits for Finished; or the client has Handshake
    // keys and waits for the rest of the server's flight, unless it is to wait for all of it.
    pair->Exchange();
    if (tested == Perspective::kClient && packet == PacketType::kInitial) return pair;
    Bytes payload = pair->peer().AckAll(PacketNumberSpace::kInitial);
    const Bytes crypto = pair->peer().TakeCrypto(PacketNumberSpace::kInitial);
    payload.insert(payload.end(), crypto.begin(), crypto.end());
    pair->Send(PacketType::kInitial, payload);
    pair->RunFor(std::chrono::seconds(1));  // a probe of the client: something to acknowledge
    return pair;
  }
};

// TR-500, TR-527, SEC-20: RFC 9000 §12.4. The table itself is compared with the RFC's in
// frame_table_test. What is refused has no effect.
TEST_P(FrameMatrixTest, AllowsWhatTheTableAllows) {
  const auto [tested, packet] = GetParam();
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(sample.name);
    const auto pair = Prepare();
    const Bytes frame = sample.make(*pair, packet);
    const FrameRow& row = *FindFrameRow(frame[0]);
    const std::uint64_t received = pair->connection()->stats().packets_received;
    pair->Send(packet, frame);
    ASSERT_NE(pair->connection(), nullptr);
    const auto close = pair->close();
    if (row.AllowedIn(packet) && row.AllowedFrom(Opposite(tested))) {
      EXPECT_FALSE(close) << close->reason;
      EXPECT_EQ(pair->connection()->stats().packets_received, received + 1);
      EXPECT_EQ(pair->Last<ConnectionClosed>() != nullptr, frame[0] == 0x1c || frame[0] == 0x1d);
    } else {
      ASSERT_TRUE(close);
      EXPECT_EQ(close->error_code, kViolation) << close->reason;
      EXPECT_EQ(close->frame_type, frame[0]);
      EXPECT_FALSE(close->is_application);
      EXPECT_EQ(pair->Last<StreamReadable>(), nullptr);
      EXPECT_EQ(pair->Last<HandshakeConfirmed>() != nullptr, packet == PacketType::kOneRtt);
    }
  }
}

// RFC 9000 §12.4, RFC 9221 §3; SEC-09.
TEST_P(FrameMatrixTest, RefusesTypesThatAreUnknownOrNotNegotiated) {
  const auto [tested, packet] = GetParam();
  struct Refused {
    Bytes payload;
    std::uint64_t error_code;
  };
  const Refused refused[] = {
      {{0x1f}, kEncoding},
      {{0x2f}, kEncoding},
      {{0x30, 1, 2}, kViolation},  // DATAGRAM without max_datagram_frame_size
      {{0x31, 1, 2}, kViolation},
      {{0x40, 0x40}, kEncoding},
      {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, kEncoding},  // 2^62 - 1
  };
  for (const Refused& row : refused) {
    SCOPED_TRACE(testing::PrintToString(row.payload));
    const auto pair = Prepare();
    pair->Send(packet, row.payload);
    ASSERT_TRUE(pair->close());
    EXPECT_EQ(pair->close()->error_code, row.error_code) << pair->close()->reason;
  }
}

// TR-501, SEC-09: RFC 9000 §12.4. A longer encoding is never taken for another frame, such as the
// one that its first byte or its value would be.
TEST_P(FrameMatrixTest, RefusesFrameTypesThatAreNotInTheirShortestForm) {
  const auto [tested, packet] = GetParam();
  for (std::uint8_t type = 0; type <= 0x1e; ++type) {
    const Bytes spellings[] = {{0x40, type}, {0x80, 0, 0, type}, {0xc0, 0, 0, 0, 0, 0, 0, type}};
    for (Bytes payload : spellings) {
      SCOPED_TRACE(testing::PrintToString(payload));
      payload.resize(payload.size() + 20);
      const auto pair = Prepare();
      pair->Send(packet, payload);
      ASSERT_TRUE(pair->close());
      EXPECT_EQ(pair->close()->error_code, kViolation) << pair->close()->reason;
    }
  }
}

// TR-501, TR-502: a frame that ends in the middle of a field.
TEST_P(FrameMatrixTest, RefusesFramesThatAreCutShort) {
  const auto [tested, packet] = GetParam();
  if (packet == PacketType::kInitial) return;  // PADDING completes whatever is cut
  const Bytes frames[] = {
      {0x02, 0x00, 0x00, 0x00},  // the first range is missing
      {0x06, 0x40, 0x50, 0x01},
      {0x1c, 0x40, 0x50, 0x02, 0x01},
      {0x04, 0x00, 0x40, 0x50, 0x40},
      {0x18, 0x01, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0},
      {0x40},
      {0xc0, 0, 0, 0, 0, 0, 0},
  };
  for (const Bytes& frame : frames) {
    const std::size_t first = frame[0] >= 0x40 ? frame.size() : 1;
    for (std::size_t size = first; size <= frame.size(); ++size) {
      // A short payload gets PADDING in front, which is complete in itself.
      Bytes payload(4);
      payload.insert(payload.end(), frame.begin(),
                     frame.begin() + static_cast<std::ptrdiff_t>(size));
      SCOPED_TRACE(testing::PrintToString(payload));
      const auto pair = Prepare();
      pair->Send(packet, payload);
      ASSERT_TRUE(pair->close());
      EXPECT_EQ(pair->close()->error_code, kEncoding) << pair->close()->reason;
    }
  }
}

// RFC 9000 §12.4.
TEST_P(FrameMatrixTest, RefusesAPacketWithoutFrames) {
  const auto [tested, packet] = GetParam();
  const auto pair = Prepare();
  if (packet == PacketType::kInitial) return;  // is padded by the raw peer
  // Long enough for a header protection sample by its packet number alone.
  pair->Send(packet, {});
  ASSERT_TRUE(pair->close());
  EXPECT_EQ(pair->close()->error_code, kViolation);
}

INSTANTIATE_TEST_SUITE_P(All, FrameMatrixTest, testing::ValuesIn(test::kPacketCases),
                         test::NameOfCase);

// TR-126, TR-124: there are no 0-RTT keys, whatever is in such a packet.
TEST(ZeroRtt, IsDroppedByBothSidesAtAnyTime) {
  for (const Perspective tested : {Perspective::kServer, Perspective::kClient}) {
    RawPair pair({.tested = tested});
    pair.Exchange();
    if (tested == Perspective::kServer) pair.SendHandshake();
    ASSERT_NE(pair.connection(), nullptr);
    pair.SendFrames(PacketType::kZeroRtt, PingFrame{}, PaddingFrame{.count = 30});
    EXPECT_EQ(pair.connection()->stats().packets_dropped_unexpected, 1u);
    EXPECT_FALSE(pair.close());
    EXPECT_TRUE(pair.Handshake());
  }
}

}  // namespace
}  // namespace quiesce::quic
