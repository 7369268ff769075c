// TR-5xx: what 1-RTT frames with wrong values lead to, and what harmless ones do not. RFC 9000 §4,
// §13, §19, §20.1.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using test::Bytes;
using test::Encode;
using test::RawPair;
using Code = TransportErrorCode;

constexpr PacketType k1Rtt = PacketType::kOneRtt;
constexpr StreamDirection kBidi = StreamDirection::kBidirectional;
constexpr StreamDirection kUni = StreamDirection::kUnidirectional;

// What the endpoint under test grants.
const StreamConfig kGranted;

ConnectionId Id(std::uint8_t n) {
  const std::array<std::uint8_t, 8> bytes{n, n, n, n, n, n, n, n};
  return ConnectionId(bytes);
}

NewConnectionIdFrame NewId(std::uint64_t sequence, std::uint64_t retire_prior_to = 0,
                           std::uint8_t token = 0) {
  NewConnectionIdFrame frame{.sequence_number = sequence,
                             .retire_prior_to = retire_prior_to,
                             .connection_id = Id(static_cast<std::uint8_t>(sequence))};
  frame.stateless_reset_token.fill(token != 0 ? token : static_cast<std::uint8_t>(sequence));
  return frame;
}

// Streams named from the peer's side: its own, and those of the endpoint under test.
struct Ids {
  explicit Ids(Perspective tested) : peer(Opposite(tested)), tested(tested) {}
  StreamId Theirs(StreamDirection direction, std::uint64_t n = 0) const {
    return StreamId::Make(peer, direction, n);
  }
  StreamId Ours(StreamDirection direction, std::uint64_t n = 0) const {
    return StreamId::Make(tested, direction, n);
  }
  Perspective peer, tested;
};

struct Fault {
  std::string name;
  std::vector<Bytes> packets;
  Code code;
};

const Bytes kTen(10, 0xaa);

StreamFrame Stream(StreamId id, std::uint64_t offset, const Bytes& data, bool fin = false) {
  return {.stream_id = id, .offset = ByteCount(offset), .data = data, .fin = fin};
}

ResetStreamFrame Reset(StreamId id, std::uint64_t final_size) {
  return {.stream_id = id, .final_size = ByteCount(final_size)};
}

std::vector<Fault> StreamFaults(const Ids& ids) {
  const StreamId bidi = ids.Theirs(kBidi), uni = ids.Theirs(kUni);
  const std::uint64_t window = kGranted.initial_max_stream_data.value();
  return {
      {"TR-508 reset below what arrived",
       {Encode(Stream(bidi, 0, kTen)), Encode(Reset(bidi, 9))},
       Code::kFinalSizeError},
      {"TR-508 reset that moves the end",
       {Encode(Reset(bidi, 20)), Encode(Reset(bidi, 21))},
       Code::kFinalSizeError},
      {"TR-508 reset behind a FIN elsewhere",
       {Encode(Stream(bidi, 0, kTen, true)), Encode(Reset(bidi, 11))},
       Code::kFinalSizeError},
      {"TR-508 reset beyond the stream's limit",
       {Encode(Reset(bidi, window + 1))},
       Code::kFlowControlError},
      {"TR-509 bytes behind the end",
       {Encode(Stream(uni, 0, kTen, true)), Encode(Stream(uni, 10, kTen))},
       Code::kFinalSizeError},
      {"TR-509 two ends",
       {Encode(Stream(uni, 0, kTen, true)), Encode(Stream(uni, 0, Bytes(9), true))},
       Code::kFinalSizeError},
      {"TR-510 STOP_SENDING for a stream that we only receive on",
       {Encode(StopSendingFrame{.stream_id = uni})},
       Code::kStreamStateError},
      {"TR-510 STOP_SENDING for a stream that we have not opened",
       {Encode(StopSendingFrame{.stream_id = ids.Ours(kBidi)})},
       Code::kStreamStateError},
      {"TR-510 STREAM for a stream that we have not opened",
       {Encode(Stream(ids.Ours(kBidi), 0, kTen))},
       Code::kStreamStateError},
      {"TR-516 STREAM for a stream that we only send on",
       {Encode(Stream(ids.Ours(kUni), 0, kTen))},
       Code::kStreamStateError},
      {"TR-516 RESET_STREAM for a stream that we only send on",
       {Encode(Reset(ids.Ours(kUni), 0))},
       Code::kStreamStateError},
      {"TR-516 STREAM_DATA_BLOCKED for a stream that we only send on",
       {Encode(StreamDataBlockedFrame{.stream_id = ids.Ours(kUni)})},
       Code::kStreamStateError},
      {"TR-516 MAX_STREAM_DATA for a stream that we only receive on",
       {Encode(MaxStreamDataFrame{.stream_id = uni})},
       Code::kStreamStateError},
      {"TR-517 SEC-25 a byte beyond the stream's limit",
       {Encode(Stream(bidi, window, Bytes(1)))},
       Code::kFlowControlError},
      {"TR-517 SEC-25 beyond the connection's limit, each stream within its own",
       {Encode(Stream(ids.Theirs(kBidi, 0), window - 1, Bytes(1))),
        Encode(Stream(ids.Theirs(kBidi, 1), window - 1, Bytes(1)))},
       Code::kFlowControlError},
      {"TR-517 SEC-25 beyond the connection's limit by final sizes",
       {Encode(Reset(ids.Theirs(kBidi, 0), window), Reset(ids.Theirs(kUni, 1), window))},
       Code::kFlowControlError},
      {"TR-517 SEC-25 beyond the connection's limit by a FIN",
       {Encode(Stream(ids.Theirs(kBidi, 0), window, {}, true)),
        Encode(Stream(ids.Theirs(kBidi, 1), window, {}, true))},
       Code::kFlowControlError},
  };
}

std::vector<Fault> LimitFaults(const Ids& ids) {
  const StreamId bidi = ids.Theirs(kBidi, kGranted.max_streams_bidi);
  const StreamId uni = ids.Theirs(kUni, kGranted.max_streams_uni);
  const StreamId last = StreamId(kMaxVarint - 3 + bidi.value() % 4);
  return {
      {"TR-518 STREAM", {Encode(Stream(bidi, 0, kTen))}, Code::kStreamLimitError},
      {"TR-518 RESET_STREAM", {Encode(Reset(bidi, 0))}, Code::kStreamLimitError},
      {"TR-518 STOP_SENDING",
       {Encode(StopSendingFrame{.stream_id = bidi})},
       Code::kStreamLimitError},
      {"TR-518 MAX_STREAM_DATA",
       {Encode(MaxStreamDataFrame{.stream_id = bidi})},
       Code::kStreamLimitError},
      {"TR-518 STREAM_DATA_BLOCKED",
       {Encode(StreamDataBlockedFrame{.stream_id = bidi})},
       Code::kStreamLimitError},
      {"TR-518 STREAM, one direction", {Encode(Stream(uni, 0, kTen))}, Code::kStreamLimitError},
      {"TR-518 RESET_STREAM, one direction", {Encode(Reset(uni, 0))}, Code::kStreamLimitError},
      {"TR-518 STREAM_DATA_BLOCKED, one direction",
       {Encode(StreamDataBlockedFrame{.stream_id = uni})},
       Code::kStreamLimitError},
      {"SEC-26 the last stream there is", {Encode(Reset(last, 0))}, Code::kStreamLimitError},
  };
}

// Varints of eight bytes.
constexpr std::uint8_t kMax[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr std::uint8_t kAbove2To60[] = {0xd0, 0, 0, 0, 0, 0, 0, 1};

Bytes Join(std::initializer_list<std::span<const std::uint8_t>> parts) {
  Bytes bytes;
  for (const auto part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}
Bytes Join(std::uint8_t type, std::span<const std::uint8_t> rest) {
  return Join({std::span(&type, 1), rest});
}

std::vector<Fault> EncodingFaults(const Ids& ids) {
  const auto stream = static_cast<std::uint8_t>(ids.Theirs(kBidi).value());
  const auto cid_of_length = [](std::uint8_t length) {
    Bytes frame{0x18, 1, 0, length};
    frame.resize(frame.size() + length + 16);
    return frame;
  };
  Bytes retires_more = Encode(NewId(1));
  retires_more[2] = 2;  // Retire Prior To above the Sequence Number
  const std::uint8_t stream_head[] = {0x0e, stream};
  const std::uint8_t two_bytes[] = {2, 7, 7};
  return {
      {"TR-503 ACK of numbers below 0", {{0x02, 2, 0, 0, 3}}, Code::kFrameEncodingError},
      {"TR-503 ACK ranges that end below 0", {{0x02, 9, 0, 1, 2, 3, 4}}, Code::kFrameEncodingError},
      {"TR-512 STREAM beyond 2^62-1",
       {Join({stream_head, kMax, two_bytes})},
       Code::kFrameEncodingError},
      {"TR-402 CRYPTO beyond 2^62-1",
       {Join({std::initializer_list<std::uint8_t>{0x06}, kMax, two_bytes})},
       Code::kFrameEncodingError},
      {"TR-515 MAX_STREAMS above 2^60", {Join(0x12, kAbove2To60)}, Code::kFrameEncodingError},
      {"TR-515 MAX_STREAMS above 2^60, one direction",
       {Join(0x13, kAbove2To60)},
       Code::kFrameEncodingError},
      {"TR-515 STREAMS_BLOCKED above 2^60", {Join(0x16, kAbove2To60)}, Code::kFrameEncodingError},
      {"TR-521 empty connection ID", {cid_of_length(0)}, Code::kFrameEncodingError},
      {"TR-521 connection ID of 21 bytes", {cid_of_length(21)}, Code::kFrameEncodingError},
      {"TR-521 connection ID of 255 bytes", {cid_of_length(255)}, Code::kFrameEncodingError},
      {"TR-521 Retire Prior To above the number", {retires_more}, Code::kFrameEncodingError},
      {"TR-527 reason beyond the packet",
       {{0x1c, 0, 0, 0x40, 0xff, 'a'}},
       Code::kFrameEncodingError},
  };
}

std::vector<Fault> IdFaults() {
  const auto with_id = [](NewConnectionIdFrame frame, const ConnectionId& id) {
    frame.connection_id = id;
    return frame;
  };
  std::vector<Bytes> all_at_once, retired_at_once;
  for (std::uint64_t n = 1; n <= 4; ++n) all_at_once.push_back(Encode(NewId(n)));
  for (std::uint64_t n = 1; n <= 100; ++n) retired_at_once.push_back(Encode(NewId(n, n)));
  return {
      {"TR-519 more IDs than we store", all_at_once, Code::kConnectionIdLimitError},
      {"SEC-02 retirements without end", retired_at_once, Code::kConnectionIdLimitError},
      {"TR-520 one number, two IDs",
       {Encode(NewId(1)), Encode(with_id(NewId(1), Id(7)))},
       Code::kProtocolViolation},
      {"TR-520 one number, two tokens",
       {Encode(NewId(1)), Encode(NewId(1, 0, 9))},
       Code::kProtocolViolation},
      {"TR-520 one ID, two numbers",
       {Encode(NewId(1)), Encode(with_id(NewId(2), Id(1)))},
       Code::kProtocolViolation},
      {"TR-520 one token, two IDs",
       {Encode(NewId(1)), Encode(NewId(2, 0, 1))},
       Code::kProtocolViolation},
      {"TR-524 retirement of an ID that was never issued",
       {Encode(RetireConnectionIdFrame{.sequence_number = 4})},
       Code::kProtocolViolation},
      {"TR-524 retirement of the last ID there can be",
       {Encode(RetireConnectionIdFrame{.sequence_number = kMaxVarint})},
       Code::kProtocolViolation},
      {"TR-524 retirement of the ID that the packet was sent to",
       {Encode(RetireConnectionIdFrame{.sequence_number = 0})},
       Code::kProtocolViolation},
  };
}

std::vector<Fault> AckFaults() {
  return {
      {"TR-504 SEC-06 a number that was never sent",
       {{0x02, 0x7f, 0xff, 0, 0, 0}},
       Code::kProtocolViolation},
      {"TR-504 the highest number there is",
       {Join({std::initializer_list<std::uint8_t>{0x02}, kMax,
              std::initializer_list<std::uint8_t>{0, 0, 0}})},
       Code::kProtocolViolation},
      {"TR-506 SEC-08 the second of two ACK frames",
       {{0x02, 0, 0, 0, 0, 0x02, 0x7f, 0xff, 0, 0, 0}},
       Code::kProtocolViolation},
  };
}

class FrameFaultTest : public testing::TestWithParam<Perspective> {
 protected:
  static void Check(const std::vector<Fault>& faults) {
    for (const Fault& fault : faults) {
      SCOPED_TRACE(fault.name);
      RawPair pair({.tested = GetParam()});
      ASSERT_TRUE(pair.Handshake());
      for (std::size_t i = 0; i + 1 < fault.packets.size(); ++i) {
        pair.Send(k1Rtt, fault.packets[i]);
        if (pair.close()) break;
      }
      if (!pair.close()) pair.Send(k1Rtt, fault.packets.back());
      ASSERT_TRUE(pair.close());
      EXPECT_EQ(static_cast<Code>(pair.close()->error_code), fault.code) << pair.close()->reason;
      EXPECT_FALSE(pair.close()->is_application);
      EXPECT_FALSE(pair.close()->reason.empty());
      EXPECT_EQ(pair.close()->frame_type, fault.packets.back()[0]);
      const auto* closed = pair.Last<ConnectionClosed>();
      ASSERT_NE(closed, nullptr);
      EXPECT_EQ(closed->source, CloseSource::kLocal);
    }
  }
  // After what was sent the connection lives, and works.
  static void ExpectAlive(RawPair& pair) {
    EXPECT_FALSE(pair.close()) << pair.close()->reason;
    const std::size_t before = pair.peer().seen().size();
    pair.SendFrames(k1Rtt, PingFrame{});
    pair.RunFor(std::chrono::milliseconds(30));
    EXPECT_GT(pair.peer().seen().size(), before);
    EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
  }
};

// TR-508, TR-510, TR-516, TR-517, SEC-25: RFC 9000 §4.1, §4.5, §19.
TEST_P(FrameFaultTest, StreamFaultsCloseWithTheirCode) { Check(StreamFaults(Ids(GetParam()))); }
// TR-518, SEC-26: RFC 9000 §4.6.
TEST_P(FrameFaultTest, StreamLimitsHoldForEveryFrame) { Check(LimitFaults(Ids(GetParam()))); }
// TR-402, TR-503, TR-512, TR-515, TR-527, SEC-26: RFC 9000 §19.
TEST_P(FrameFaultTest, EncodingFaultsCloseWithTheirCode) { Check(EncodingFaults(Ids(GetParam()))); }
TEST_P(FrameFaultTest, ConnectionIdFaultsCloseWithTheirCode) { Check(IdFaults()); }
// RFC 9000 §13.1, §19.3.
TEST_P(FrameFaultTest, AckFaultsCloseWithTheirCode) { Check(AckFaults()); }

// TR-505, SEC-06: RFC 9000 §21.4.
TEST_P(FrameFaultTest, AcknowledgingASkippedNumberIsFoundOut) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.peer_is_deaf = true;
  // An optimist acknowledges everything that might have been sent by now.
  for (int i = 0; i < 400 && !pair.Last<ConnectionClosed>(); ++i) {
    pair.SendFrames(k1Rtt, PingFrame{});
    pair.SendFrames(k1Rtt, PingFrame{});
    const std::uint64_t sent = pair.connection()->stats().packets_sent;
    Bytes ack(32);
    Writer writer(ack);
    const IntervalSet::Interval all[] = {{0, sent - 20}};
    if (sent < 40) continue;
    ASSERT_EQ(WriteAckFrame(writer, {.received = all}), 1u);
    ack.resize(writer.position());
    pair.Send(k1Rtt, ack);
  }
  const auto* closed = pair.Last<ConnectionClosed>();
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(static_cast<Code>(closed->error_code), Code::kProtocolViolation);
}

// Any delay, and the ranges of a whole packet.
TEST_P(FrameFaultTest, StrangeButLegalAcksAreTaken) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  Bytes ack = pair.peer().AckAll(PacketNumberSpace::kApplication);
  const Bytes largest(ack.begin() + 1, ack.begin() + 2);
  pair.Send(k1Rtt, Join({std::initializer_list<std::uint8_t>{0x02}, largest, kMax,
                         std::initializer_list<std::uint8_t>{0, 0}}));
  ExpectAlive(pair);
}

// TR-507: RFC 9000 §13.4.2. Nothing is sent with ECN marks, so the counts mean nothing.
TEST_P(FrameFaultTest, EcnCountsOfUnmarkedPacketsAreIgnored) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  Bytes ack = pair.peer().AckAll(PacketNumberSpace::kApplication);
  ack[0] = 0x03;
  for (int i = 0; i < 3; ++i) ack.insert(ack.end(), std::begin(kMax), std::end(kMax));
  pair.Send(k1Rtt, ack);
  ExpectAlive(pair);
}

// TR-511: RFC 9000 §3.5.
TEST_P(FrameFaultTest, StopSendingIsAnsweredByOneReset) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  const StreamId id = *pair.connection()->OpenStream(kBidi);
  ASSERT_EQ(pair.connection()->Write(id, kTen, false).status, WriteStatus::kOk);
  pair.Exchange();
  for (int i = 0; i < 3; ++i)
    pair.SendFrames(k1Rtt, StopSendingFrame{.stream_id = id, .application_error_code = 77});
  pair.Acknowledge();
  pair.RunFor(std::chrono::seconds(1));
  const auto resets = pair.peer().Frames<ResetStreamFrame>();
  ASSERT_EQ(resets.size(), 1u);
  EXPECT_EQ(resets[0].application_error_code, 77u);
  EXPECT_EQ(resets[0].final_size, ByteCount(10));
  ExpectAlive(pair);
}

// TR-513: RFC 9000 §2.2. The application sees one of the two, whole or in parts, and never both.
TEST_P(FrameFaultTest, BytesThatContradictEarlierOnesAreNotAdded) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  const StreamId id = Ids(GetParam()).Theirs(kBidi);
  pair.SendFrames(k1Rtt, Stream(id, 0, Bytes(10, 1)));
  pair.SendFrames(k1Rtt, Stream(id, 0, Bytes(10, 2)));
  EXPECT_EQ(pair.connection()->Peek(id).bytes.size(), 10u);
  ExpectAlive(pair);
}

// TR-514, TR-515: RFC 9000 §4.1, §4.6. Limits that fall are ignored.
TEST_P(FrameFaultTest, LimitsThatFallAreIgnored) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  const StreamId id = *pair.connection()->OpenStream(kBidi);
  pair.Exchange();
  pair.SendFrames(k1Rtt, MaxDataFrame{.maximum_data = ByteCount(1)},
                  MaxStreamDataFrame{.stream_id = id, .maximum_stream_data = ByteCount(1)},
                  MaxStreamsFrame{.direction = kBidi, .maximum_streams = 1});
  ASSERT_EQ(pair.connection()->Write(id, Bytes(1000), false).status, WriteStatus::kOk);
  EXPECT_TRUE(pair.connection()->OpenStream(kBidi));
  pair.Exchange();
  ASSERT_FALSE(pair.peer().Frames<StreamFrame>().empty());
  EXPECT_EQ(pair.peer().Frames<StreamFrame>().back().data.size(), 1000u);
  ExpectAlive(pair);
}

// TR-515: the largest number of streams that has IDs.
TEST_P(FrameFaultTest, TheHighestStreamLimitIsTaken) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  for (const StreamDirection direction : {kBidi, kUni}) {
    pair.SendFrames(k1Rtt, MaxStreamsFrame{direction, kMaxStreamCount},
                    StreamsBlockedFrame{direction, kMaxStreamCount});
  }
  ExpectAlive(pair);
}

// TR-523: RFC 9000 §19.15.
TEST_P(FrameFaultTest, AnIdThatIsRetiredOnArrivalIsRetiredAtOnce) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.SendFrames(k1Rtt, NewId(3, 3));
  ASSERT_EQ(pair.peer().Frames<RetireConnectionIdFrame>().size(), 1u);
  pair.SendFrames(k1Rtt, NewId(1));
  const auto retired = pair.peer().Frames<RetireConnectionIdFrame>();
  ASSERT_EQ(retired.size(), 2u);
  EXPECT_EQ(retired[0].sequence_number, 0u);
  EXPECT_EQ(retired[1].sequence_number, 1u);
  ExpectAlive(pair);
}

// TR-522: RFC 9000 §19.15.
TEST_P(FrameFaultTest, APeerWithoutConnectionIdsCannotIssueAny) {
  RawPair pair({.tested = GetParam(), .peer_cid_length = 0});
  ASSERT_TRUE(pair.Handshake());
  pair.SendFrames(k1Rtt, NewId(1));
  ASSERT_TRUE(pair.close());
  EXPECT_EQ(static_cast<Code>(pair.close()->error_code), Code::kProtocolViolation);
}

// RFC 9000 §5.1.1, §19.16: a retired ID is replaced, and packets to it are no longer known.
TEST_P(FrameFaultTest, ARetiredIdIsReplaced) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  const auto issued = pair.peer().Frames<NewConnectionIdFrame>();
  ASSERT_EQ(issued.size(), 3u);  // both allow four
  pair.SendFrames(k1Rtt, RetireConnectionIdFrame{.sequence_number = 1});
  ASSERT_EQ(pair.peer().Frames<NewConnectionIdFrame>().size(), 4u);
  EXPECT_EQ(pair.peer().Frames<NewConnectionIdFrame>().back().sequence_number, 4u);
  const std::uint64_t received = pair.connection()->stats().datagrams_received;
  pair.Send(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30}),
            {.destination = issued[0].connection_id});
  EXPECT_EQ(pair.connection()->stats().datagrams_received, received);
  pair.Send(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30}),
            {.destination = issued[1].connection_id});
  EXPECT_EQ(pair.connection()->stats().datagrams_received, received + 1);
  ExpectAlive(pair);
}

// TR-525: RFC 9000 §8.2.2.
TEST_P(FrameFaultTest, AChallengeGetsOneAnswerInALargeDatagram) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  const PathChallengeFrame challenge{.data = {1, 2, 3, 4, 5, 6, 7, 8}};
  pair.sent().clear();
  pair.SendFrames(k1Rtt, challenge);
  ASSERT_EQ(pair.sent().size(), 1u);
  EXPECT_GE(pair.sent()[0].bytes.size(), 1200u);
  EXPECT_EQ(pair.sent()[0].to, RawPair::PeerAddress());
  pair.RunFor(std::chrono::seconds(1));
  const auto responses = pair.peer().Frames<PathResponseFrame>();
  ASSERT_EQ(responses.size(), 1u);
  EXPECT_EQ(responses[0].data, challenge.data);
  ExpectAlive(pair);
}

// SEC-01: the answers that wait are bounded, and not sent again when they are lost.
TEST_P(FrameFaultTest, AFloodOfChallengesLeavesABoundedDebt) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.Acknowledge();
  Bytes flood;
  for (int i = 0; i < 100; ++i) {
    const Bytes one = Encode(PathChallengeFrame{.data = {static_cast<std::uint8_t>(i)}});
    flood.insert(flood.end(), one.begin(), one.end());
  }
  for (int i = 0; i < 20; ++i) pair.Send(k1Rtt, flood);
  // The congestion window closes, for nothing is acknowledged.
  EXPECT_LE(pair.peer().Frames<PathResponseFrame>().size(), 20u * 8);
  const std::size_t answers = pair.peer().Frames<PathResponseFrame>().size();
  pair.Acknowledge();
  pair.RunFor(std::chrono::seconds(1));
  EXPECT_LE(pair.peer().Frames<PathResponseFrame>().size(), answers + 8);
  ExpectAlive(pair);
}

// TR-526: RFC 9000 §19.18.
TEST_P(FrameFaultTest, AnAnswerThatNobodyAskedForIsIgnored) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.SendFrames(k1Rtt, PathResponseFrame{});
  ExpectAlive(pair);
}

// TR-527: RFC 9000 §19.19. The reason is bytes, and whatever stands behind the frame is not read.
TEST_P(FrameFaultTest, AReasonNeedNotBeText) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.Send(k1Rtt, Bytes{0x1d, 0x41, 0x02, 3, 0xff, 0x00, 0xc0, 0x1f});
  const auto* closed = pair.Last<ConnectionClosed>();
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(closed->source, CloseSource::kPeer);
  EXPECT_EQ(closed->error_code, 0x102u);
  EXPECT_EQ(closed->reason, std::string("\xff\0\xc0", 3));
}

// TR-528: RFC 9000 §13.2.1.
TEST_P(FrameFaultTest, PacketsThatElicitNothingGetNothing) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.Acknowledge();
  pair.RunFor(std::chrono::seconds(1));
  pair.sent().clear();
  for (int i = 0; i < 1000; ++i) pair.SendFrames(k1Rtt, PaddingFrame{.count = 50});
  pair.RunFor(std::chrono::seconds(1));
  EXPECT_TRUE(pair.sent().empty());
  ExpectAlive(pair);
}

// TR-528, TR-529, SEC-07: RFC 9000 §13.2.4. At most one ACK per ack-eliciting packet, and ranges
// that are bounded although the peer acknowledges none of them.
TEST_P(FrameFaultTest, AcksThatNobodyAcknowledgesStayBounded) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.Acknowledge();
  const std::size_t before = pair.connection()->memory_bytes();
  pair.sent().clear();
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t number = pair.peer().next_number(PacketNumberSpace::kApplication) + 1;
    pair.Send(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30}), {.number = number});
  }
  EXPECT_LE(pair.sent().size(), 5000u);
  for (const auto& sent : pair.sent()) ASSERT_LE(sent.bytes.size(), 250u);
  EXPECT_EQ(pair.connection()->memory_bytes(), before);
  ExpectAlive(pair);
}

// RFC 9000 §13.2.4: what the peer knows to be acknowledged is not reported again.
TEST_P(FrameFaultTest, RangesArePrunedWhenTheirAckIsAcknowledged) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  const auto ranges = [&pair] { return pair.peer().Frames<AckFrame>().back().ranges.size(); };
  for (int i = 0; i < 10; ++i) {
    const std::uint64_t number = pair.peer().next_number(PacketNumberSpace::kApplication) + 1;
    pair.Send(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30}), {.number = number});
  }
  EXPECT_GE(ranges(), 10u);
  pair.Acknowledge();
  pair.SendFrames(k1Rtt, PingFrame{});
  pair.SendFrames(k1Rtt, PingFrame{});
  EXPECT_EQ(ranges(), 1u);
}

// RFC 9000 §13.3: frames about connection IDs are sent until they are acknowledged.
TEST_P(FrameFaultTest, LostConnectionIdFramesAreSentAgain) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  pair.Acknowledge();
  pair.peer_is_deaf = true;
  pair.SendFrames(k1Rtt, NewId(1, 1), RetireConnectionIdFrame{.sequence_number = 1});
  pair.peer_is_deaf = false;
  pair.peer().seen().clear();
  pair.RunFor(std::chrono::seconds(2));
  ASSERT_FALSE(pair.peer().Frames<RetireConnectionIdFrame>().empty());
  EXPECT_EQ(pair.peer().Frames<RetireConnectionIdFrame>()[0].sequence_number, 0u);
  ASSERT_FALSE(pair.peer().Frames<NewConnectionIdFrame>().empty());
  EXPECT_EQ(pair.peer().Frames<NewConnectionIdFrame>()[0].sequence_number, 4u);
}

// SEC-02: retirements that the peer acknowledges are forgotten, however many they are.
TEST_P(FrameFaultTest, AcknowledgedRetirementsDoNotAddUp) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  for (std::uint64_t n = 1; n <= 100; ++n) {
    pair.SendFrames(k1Rtt, NewId(n, n));
    pair.Acknowledge();
  }
  ExpectAlive(pair);
}

INSTANTIATE_TEST_SUITE_P(Both, FrameFaultTest,
                         testing::Values(Perspective::kServer, Perspective::kClient),
                         [](const auto& info) {
                           return info.param == Perspective::kServer ? "Server" : "Client";
                         });

// TR-214: RFC 9000 §19.7.
TEST(NewToken, EmptyIsAnEncodingError) {
  RawPair pair({.tested = Perspective::kClient});
  ASSERT_TRUE(pair.Handshake());
  pair.Send(k1Rtt, Bytes{0x07, 0x00});
  ASSERT_TRUE(pair.close());
  EXPECT_EQ(static_cast<Code>(pair.close()->error_code), Code::kFrameEncodingError);
}

}  // namespace
}  // namespace quiesce::quic
