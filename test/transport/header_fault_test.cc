// Headers that are wrong, cut or repeated, in every space and in both roles: what is dropped leaves
// no trace, and what came before it in the datagram counts. RFC 9000 §5.2, §6, §12.2, §12.3, §17.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "quic/wire/header.h"
#include "test/support/packet_case.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::Encode;
using test::PacketCase;
using test::PacketOptions;
using test::RawPair;
using Code = TransportErrorCode;

constexpr auto kUnknownVersion = static_cast<Version>(0x1badcafe);
constexpr auto kReservedVersion = static_cast<Version>(0x1a2a3a4a);
constexpr std::size_t kPadding =
    1200;  // makes any packet as large as a datagram with an Initial must be

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A long header up to and without its Length or token, in version 1 unless said otherwise.
Bytes LongHead(std::uint8_t first, std::span<const std::uint8_t> destination,
               std::span<const std::uint8_t> source, Version version = Version::kV1) {
  Bytes head(7 + destination.size() + source.size());
  Writer writer(head);
  writer.U8(first);
  writer.U32(static_cast<std::uint32_t>(version));
  writer.U8(static_cast<std::uint8_t>(destination.size()));
  writer.Bytes(destination);
  writer.U8(static_cast<std::uint8_t>(source.size()));
  writer.Bytes(source);
  return head;
}

Bytes ClientHello(RawPair& pair) {
  return pair.peer().Datagram(PacketType::kInitial,
                              pair.peer().TakeCrypto(PacketNumberSpace::kInitial));
}

// The endpoint under test is where it processes packets of the type.
class HeaderFaultTest : public testing::TestWithParam<test::PacketCase> {
 protected:
  HeaderFaultTest() : pair_({.tested = GetParam().tested}) {
    if (GetParam().packet == PacketType::kOneRtt) {
      EXPECT_TRUE(pair_.Handshake());
      pair_.Acknowledge();
      pair_.RunFor(milliseconds(100));
    } else {
      pair_.Exchange();
      const bool wait_for_hello =
          GetParam().tested == Perspective::kClient && GetParam().packet == PacketType::kInitial;
      if (!wait_for_hello) pair_.SendDatagram(ClientHello(pair_));  // or the server's answer
    }
    pair_.sent().clear();
    before_ = stats().packets_received;
  }

  const ConnectionStats& stats() { return pair_.connection()->stats(); }
  std::uint64_t Processed() { return stats().packets_received - before_; }
  // One packet of the type under test, which fills a datagram by itself.
  Bytes Ping(const PacketOptions& options = {}) {
    return pair_.peer().Packet(GetParam().packet,
                               Encode(PingFrame{}, PaddingFrame{.count = kPadding}), options);
  }
  void ExpectOpen() {
    EXPECT_FALSE(pair_.close()) << pair_.close()->reason;
    EXPECT_EQ(pair_.Last<ConnectionClosed>(), nullptr);
  }

  RawPair pair_;
  std::uint64_t before_ = 0;
};

// TR-109: RFC 9000 §17.2, §17.3.1, RFC 9001 §9.5: nothing is concluded from what may be forged.
TEST_P(HeaderFaultTest, ReservedBitsCloseOnceThePacketIsAuthentic) {
  const bool is_short = GetParam().packet == PacketType::kOneRtt;
  for (const std::uint8_t bits : is_short ? std::array<std::uint8_t, 3>{0x08, 0x10, 0x18}
                                          : std::array<std::uint8_t, 3>{0x04, 0x08, 0x0c}) {
    pair_.SendDatagram(Ping({.flipped_bits = bits, .forged = true}));
  }
  EXPECT_EQ(Processed(), 0u);
  ExpectOpen();
  pair_.SendDatagram(Ping({.flipped_bits = static_cast<std::uint8_t>(is_short ? 0x08 : 0x04)}));
  ASSERT_TRUE(pair_.close());
  EXPECT_EQ(static_cast<Code>(pair_.close()->error_code), Code::kProtocolViolation);
}

// TR-118: RFC 9000 §12.3: in each space, at once and when the number is no longer remembered.
TEST_P(HeaderFaultTest, ANumberIsProcessedOnce) {
  const Bytes old = Ping();
  for (int i = 0; i < 3; ++i) pair_.SendDatagram(old);
  EXPECT_EQ(Processed(), 1u);
  EXPECT_EQ(stats().packets_dropped_duplicate, 2u);
  for (int i = 0; i < 200; ++i)
    pair_.SendDatagram(Ping({.number = pair_.peer().next_number(SpaceOf(GetParam().packet)) + 1}));
  EXPECT_EQ(Processed(), 201u);
  pair_.SendDatagram(old);
  EXPECT_EQ(Processed(), 201u);
  ExpectOpen();
}

// TR-121: RFC 9001 §5.4.2: four bytes from the packet number on begins the sample.
TEST_P(HeaderFaultTest, WithoutASampleIsDropped) {
  const auto destination = pair_.peer().peer_cid();
  for (std::size_t length = 0; length < 4 + 16; ++length) {
    Bytes datagram;
    if (GetParam().packet == PacketType::kOneRtt) {
      datagram = Bytes{0x43} + Bytes(destination.bytes().begin(), destination.bytes().end());
    } else {
      const bool initial = GetParam().packet == PacketType::kInitial;
      datagram =
          LongHead(initial ? 0xc3 : 0xe3, destination.bytes(), pair_.peer().own_cid().bytes());
      if (initial) datagram.push_back(0);  // no token
      datagram.push_back(static_cast<std::uint8_t>(length));
    }
    datagram = datagram + Bytes(length, 0x77);
    if (GetParam().packet == PacketType::kInitial) datagram = datagram + Bytes(1200);
    pair_.SendDatagram(datagram);
  }
  EXPECT_EQ(Processed(), 0u);
  EXPECT_TRUE(pair_.sent().empty());
  ExpectOpen();
}

INSTANTIATE_TEST_SUITE_P(All, HeaderFaultTest, testing::ValuesIn(test::kPacketCases),
                         test::NameOfCase);

using LongHeaderFaultTest = HeaderFaultTest;

// TR-110: RFC 9000 §12.2, §17.2: a packet that is cut, wherever, ends its datagram and nothing
// else.
TEST_P(LongHeaderFaultTest, CutBehindAWholePacketIsDropped) {
  const std::size_t whole = Ping().size();
  const std::size_t header = whole - kPadding;
  std::uint64_t processed = 0;
  for (std::size_t size = 1; size < whole; size += size < header ? 1 : 100) {
    Bytes cut = Ping();
    cut.resize(size);
    pair_.SendDatagram(Ping() + cut);
    ASSERT_EQ(Processed(), ++processed) << size;
    pair_.sent().clear();
  }
  ExpectOpen();
  pair_.SendDatagram(Ping() + Ping());
  EXPECT_EQ(Processed(), processed + 2);
}

// TR-110: the Length or the token claims more bytes than there are; what follows is lost with it.
TEST_P(LongHeaderFaultTest, AWrongLengthEndsTheDatagram) {
  const bool initial = GetParam().packet == PacketType::kInitial;
  const std::size_t at =
      7 + pair_.peer().peer_cid().length() + pair_.peer().own_cid().length() + (initial ? 1 : 0);
  std::vector<std::size_t> fields{at};
  if (initial) fields.push_back(at - 1);  // Token Length
  std::uint64_t processed = 0;
  for (const std::size_t field : fields) {
    for (const std::uint8_t first : {0x7f, 0xbf, 0xff}) {
      Bytes wrong = Ping();
      wrong[field] = first;
      if (field == at) wrong[field + 1] = 0xff;
      pair_.SendDatagram(Ping() + wrong + Ping());
      ASSERT_EQ(Processed(), ++processed) << field << " " << int{first};
      pair_.sent().clear();
    }
  }
  ExpectOpen();
}

INSTANTIATE_TEST_SUITE_P(All, LongHeaderFaultTest,
                         testing::Values(PacketCase{Perspective::kServer, PacketType::kInitial},
                                         PacketCase{Perspective::kServer, PacketType::kHandshake},
                                         PacketCase{Perspective::kClient, PacketType::kInitial},
                                         PacketCase{Perspective::kClient, PacketType::kHandshake}),
                         test::NameOfCase);

// TR-108: RFC 9000 §17.2: IDs of more than 20 bytes do not exist in version 1, whatever else leads
// to the connection.
TEST(LongIds, OfAKnownVersionAreDroppedByBothSides) {
  for (const Perspective tested : {Perspective::kServer, Perspective::kClient}) {
    for (const bool established : {false, true}) {
      RawPair pair({.tested = tested});
      if (established) {
        ASSERT_TRUE(pair.Handshake());
      } else {
        pair.Exchange();
        if (tested == Perspective::kServer) pair.SendDatagram(ClientHello(pair));
      }
      pair.Acknowledge();
      const std::uint64_t received = pair.connection()->stats().packets_received;
      const Bytes ours(pair.peer().peer_cid().bytes().begin(),
                       pair.peer().peer_cid().bytes().end());
      pair.sent().clear();
      for (const std::uint8_t first : {0xc0, 0xd0, 0xe0, 0xf0}) {
        for (std::size_t length = 21; length <= 255; length += 26) {
          Bytes longer = ours;  // begins like one of ours
          longer.resize(length);
          const Bytes rest(1200);
          pair.SendDatagram(LongHead(first, longer, pair.peer().own_cid().bytes()) + rest);
          pair.SendDatagram(LongHead(first, ours, Bytes(length)) + rest);
        }
      }
      EXPECT_TRUE(pair.sent().empty());
      EXPECT_EQ(pair.connection()->stats().packets_received, received);
      EXPECT_EQ(pair.endpoint().connection_count(), 1u);
      EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
    }
  }
}

// TR-103: RFC 9000 §6.1: nobody answers Version Negotiation, a client without a connection neither.
TEST(VersionNegotiation, ToAStrangerGetsNoAnswer) {
  for (const Perspective tested : {Perspective::kServer, Perspective::kClient}) {
    RawPair pair({.tested = tested});
    ASSERT_TRUE(pair.Handshake());
    pair.Acknowledge();
    pair.sent().clear();
    const Version listed[] = {kUnknownVersion, kReservedVersion};
    for (const std::size_t size : {0, 8, 20, 255}) {
      Bytes datagram(1200);
      Writer writer(datagram);
      ASSERT_TRUE(WriteVersionNegotiation(writer, {.destination_cid = Bytes(size, 1),
                                                   .source_cid = Bytes(size, 2),
                                                   .supported_versions = listed}));
      datagram.resize(writer.position());
      pair.SendDatagram(datagram);
      pair.SendDatagram(datagram + Bytes(1200 - datagram.size()));
    }
    EXPECT_TRUE(pair.sent().empty());
    EXPECT_EQ(pair.endpoint().connection_count(), 1u);
  }
}

// TR-106: RFC 9000 §6.3, §15: a client takes no reserved version for one that it could use, and one
// beside its own changes nothing; a server treats it like any that it does not know.
TEST(ReservedVersions, AreVersionsThatNobodySpeaks) {
  for (const bool with_ours : {false, true}) {
    RawPair client({.tested = Perspective::kClient});
    client.Exchange();
    Bytes datagram(200);
    Writer writer(datagram);
    std::vector<Version> listed;
    for (std::uint32_t n = 0; n < 16; ++n)
      listed.push_back(static_cast<Version>(0x0a1a2a3a + (n << 28)));
    if (with_ours) listed.push_back(Version::kV1);
    ASSERT_TRUE(
        WriteVersionNegotiation(writer, {.destination_cid = client.peer().peer_cid().bytes(),
                                         .source_cid = client.peer().original_cid().bytes(),
                                         .supported_versions = listed}));
    datagram.resize(writer.position());
    client.SendDatagram(datagram);
    if (with_ours) {
      EXPECT_TRUE(client.Handshake());
    } else {
      ASSERT_NE(client.Last<ConnectionClosed>(), nullptr);
      EXPECT_EQ(client.Last<ConnectionClosed>()->source, CloseSource::kVersionNegotiation);
    }
  }
  RawPair server({});
  server.SendDatagram(LongHead(0xc0, Bytes(8, 1), Bytes(8, 2), kReservedVersion) + Bytes(1200));
  ASSERT_EQ(server.sent().size(), 1u);
  PacketHeader header;
  ASSERT_EQ(ParseHeader(server.sent()[0].bytes, {}, header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kVersionNegotiation);
  EXPECT_EQ(server.endpoint().connection_count(), 0u);
}

// SEC-11: RFC 9000 §12.2: a good Initial, and a hundred packets behind it that name connections of
// their own; they begin none, and cost no memory.
TEST(CoalescedStrangers, BeginNoConnections) {
  const auto memory_with = [](std::size_t strangers) {
    RawPair pair({});
    Bytes datagram = ClientHello(pair);
    for (std::size_t n = 0; n < strangers; ++n) {
      const std::array<std::uint8_t, 8> id{static_cast<std::uint8_t>(n), 1, 2, 3, 4, 5, 6, 7};
      datagram = datagram + LongHead(n % 2 == 0 ? 0xe0 : 0xd0, id, Bytes(8, 1)) + Bytes{20} +
                 Bytes(20, 0x55);
    }
    for (int i = 0; i < 200; ++i) {
      pair.SendDatagram(datagram);
      pair.sent().clear();
      pair.peer().seen().clear();
    }
    EXPECT_EQ(pair.accepted(), 1);
    EXPECT_EQ(pair.endpoint().connection_count(), 1u);
    EXPECT_EQ(pair.connection()->stats().packets_dropped_wrong_cid, 200 * strangers);
    const std::size_t memory = pair.endpoint().memory_bytes();
    EXPECT_TRUE(pair.Handshake());
    return memory;
  };
  EXPECT_EQ(memory_with(100), memory_with(0));
}

}  // namespace
}  // namespace quiesce::quic
