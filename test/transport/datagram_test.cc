// TR-1xx: headers, versions, coalesced and damaged packets: what is dropped, what is answered and
// what closes a connection. RFC 8999; RFC 9000 §5.2, §6, §12.2, §12.3, §14.1, §17.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "quic/wire/header.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::Encode;
using test::PacketOptions;
using test::RawPair;
using Code = TransportErrorCode;

constexpr PacketType k1Rtt = PacketType::kOneRtt;
constexpr auto kUnknownVersion = static_cast<Version>(0x1badcafe);

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The first Initial of the raw client.
Bytes ClientHello(RawPair& pair, const PacketOptions& options = {}) {
  return pair.peer().Datagram(PacketType::kInitial,
                              pair.peer().TakeCrypto(PacketNumberSpace::kInitial), options);
}

// A long header of any version in a datagram of `size` bytes.
Bytes LongPacket(Version version, std::size_t destination, std::size_t source, std::size_t size) {
  Bytes datagram(size, 0x11);
  Writer writer(datagram);
  writer.U8(0xc0);
  writer.U32(static_cast<std::uint32_t>(version));
  writer.U8(static_cast<std::uint8_t>(destination));
  for (std::size_t i = 0; i < destination; ++i) writer.U8(0xdd);
  writer.U8(static_cast<std::uint8_t>(source));
  for (std::size_t i = 0; i < source; ++i) writer.U8(0x55);
  return datagram;
}

// Nothing came of what was sent.
void ExpectUnheard(RawPair& pair) {
  EXPECT_TRUE(pair.sent().empty());
  EXPECT_EQ(pair.accepted(), 0);
  EXPECT_EQ(pair.endpoint().connection_count(), 0u);
  EXPECT_EQ(pair.endpoint().memory_bytes(), 0u);
}

// TR-101: RFC 8999 §6, RFC 9000 §6.1.
TEST(Versions, AnUnknownOneIsAnsweredOnceWithOurs) {
  RawPair pair({});
  pair.SendDatagram(LongPacket(kUnknownVersion, 255, 254, 1200));
  ASSERT_EQ(pair.sent().size(), 1u);
  PacketHeader header;
  ASSERT_EQ(ParseHeader(pair.sent()[0].bytes, {}, header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kVersionNegotiation);
  EXPECT_EQ(header.destination_cid.size(), 254u);
  EXPECT_EQ(header.source_cid.size(), 255u);
  EXPECT_EQ(header.destination_cid[0], 0x55);
  EXPECT_EQ(header.source_cid[0], 0xdd);
  std::vector<Version> listed;
  for (std::size_t i = 0; i < SupportedVersionCount(header); ++i)
    listed.push_back(SupportedVersion(header, i));
  EXPECT_NE(std::ranges::find(listed, Version::kV1), listed.end());
  EXPECT_NE(std::ranges::find(listed, Version::kV2), listed.end());
  EXPECT_EQ(pair.endpoint().connection_count(), 0u);
}

// TR-102: RFC 9000 §5.2.2. TR-103: never an answer to Version Negotiation.
TEST(Versions, SmallDatagramsAndVersionNegotiationGetNoAnswer) {
  RawPair pair({});
  pair.SendDatagram(LongPacket(kUnknownVersion, 8, 8, 1199));
  pair.SendDatagram(LongPacket(Version::kNegotiation, 8, 8, 1200));
  ExpectUnheard(pair);
  EXPECT_EQ(pair.endpoint().stats().datagrams_dropped, 2u);
}

// TR-103, SEC-17: also when it names a connection of the server.
TEST(Versions, AServerIgnoresVersionNegotiationOnAConnection) {
  RawPair pair({});
  ASSERT_TRUE(pair.Handshake());
  Bytes datagram(100);
  Writer writer(datagram);
  const Version versions[] = {kUnknownVersion};
  ASSERT_TRUE(WriteVersionNegotiation(writer, {.destination_cid = pair.peer().peer_cid().bytes(),
                                               .source_cid = pair.peer().own_cid().bytes(),
                                               .supported_versions = versions}));
  datagram.resize(writer.position());
  pair.sent().clear();
  pair.SendDatagram(datagram);
  EXPECT_TRUE(pair.sent().empty());
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
}

class ClientVersionTest : public testing::Test {
 protected:
  ClientVersionTest() : pair_({.tested = Perspective::kClient}) { pair_.Exchange(); }

  void SendVersions(const std::vector<Version>& versions) {
    Bytes datagram(200);
    Writer writer(datagram);
    ASSERT_TRUE(WriteVersionNegotiation(writer, {.destination_cid = pair_.peer().peer_cid().bytes(),
                                                 .source_cid = pair_.peer().original_cid().bytes(),
                                                 .supported_versions = versions}));
    datagram.resize(writer.position());
    pair_.SendDatagram(datagram);
  }

  RawPair pair_;
};

// TR-105: RFC 9000 §6.2. TR-106: reserved versions are no versions.
TEST_F(ClientVersionTest, NoneInCommonEndsTheAttempt) {
  SendVersions({kUnknownVersion, static_cast<Version>(0x1a2a3a4a)});
  ASSERT_NE(pair_.Last<ConnectionClosed>(), nullptr);
  EXPECT_EQ(pair_.Last<ConnectionClosed>()->source, CloseSource::kVersionNegotiation);
  EXPECT_EQ(pair_.endpoint().connection_count(), 0u);
}

// TR-104, SEC-17.
TEST_F(ClientVersionTest, OneThatListsOurVersionIsDropped) {
  SendVersions({kUnknownVersion, Version::kV1});
  EXPECT_TRUE(pair_.Handshake());
}

// TR-104: RFC 9000 §6.2: not after any packet was processed.
TEST_F(ClientVersionTest, OneThatComesLaterIsDropped) {
  pair_.SendDatagram(pair_.peer().Datagram(PacketType::kInitial,
                                           pair_.peer().AckAll(PacketNumberSpace::kInitial)));
  SendVersions({kUnknownVersion});
  EXPECT_EQ(pair_.connection()->stats().packets_dropped_unexpected, 1u);
  EXPECT_TRUE(pair_.Handshake());
}

// TR-107, TR-108, TR-110, TR-112, TR-124: what must not become a connection.
TEST(FirstDatagram, ThatCannotBeginAConnectionIsDropped) {
  struct Row {
    std::string name;
    Bytes (*make)(RawPair&);
  };
  const Row rows[] = {
      {"nothing", [](RawPair&) { return Bytes(); }},
      {"one byte", [](RawPair&) { return Bytes{0xc0}; }},
      {"TR-107 fixed bit clear",
       [](RawPair& pair) { return ClientHello(pair, {.flipped_bits = kFixedBit}); }},
      {"TR-108 IDs above 20 bytes", [](RawPair&) { return LongPacket(Version::kV1, 21, 8, 1200); }},
      {"TR-108 source ID above 20 bytes",
       [](RawPair&) { return LongPacket(Version::kV1, 8, 255, 1200); }},
      {"TR-112 small datagram",
       [](RawPair& pair) {
         return pair.peer().Packet(PacketType::kInitial,
                                   pair.peer().TakeCrypto(PacketNumberSpace::kInitial));
       }},
      {"forged", [](RawPair& pair) { return ClientHello(pair, {.forged = true}); }},
      {"TR-124 Handshake packet",
       [](RawPair&) {
         Bytes datagram = LongPacket(Version::kV1, 8, 8, 1200);
         datagram[0] = 0xe0;
         return datagram;
       }},
      {"TR-124 0-RTT packet",
       [](RawPair& pair) { return pair.peer().Packet(PacketType::kZeroRtt, Bytes(1200)); }},
      {"Retry",
       [](RawPair&) {
         Bytes datagram = LongPacket(Version::kV1, 8, 8, 1200);
         datagram[0] = 0xf0;
         return datagram;
       }},
      {"TR-110 Length beyond the end",
       [](RawPair& pair) {
         Bytes datagram = ClientHello(pair);
         datagram.push_back(0);  // still large enough
         datagram[1 + 4 + 1 + 8 + 1 + 8 + 1] = 0x7f;
         return datagram;
       }},
      {"TR-110 token beyond the end",
       [](RawPair&) {
         Bytes datagram = LongPacket(Version::kV1, 8, 8, 1200);
         datagram[1 + 4 + 1 + 8 + 1 + 8] = 0x7f;
         return datagram;
       }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    RawPair pair({});
    pair.SendDatagram(row.make(pair));
    ExpectUnheard(pair);
    EXPECT_EQ(pair.endpoint().stats().datagrams_dropped, 1u);
  }
}

// TR-114: RFC 9000 §7.2.
TEST(FirstDatagram, WithAShortDestinationIdIsDropped) {
  for (std::size_t length = 0; length <= 8; ++length) {
    RawPair pair({});
    // The keys follow from the ID, so that only its length is wrong.
    const Bytes id(length, 7);
    test::SeededRandom random(1);
    test::RawPeer client(Perspective::kClient, Version::kV1, pair.peer().own_cid(),
                         ConnectionId(id), test::NewFakeClient({}, random));
    client.Start();
    pair.SendDatagram(
        client.Datagram(PacketType::kInitial, client.TakeCrypto(PacketNumberSpace::kInitial)));
    EXPECT_EQ(pair.accepted(), length == 8 ? 1 : 0) << length;
  }
}

// TR-113: RFC 9000 §14.1.
TEST(FirstDatagram, AckElicitingInitialsTravelInLargeDatagrams) {
  for (const Perspective tested : {Perspective::kServer, Perspective::kClient}) {
    RawPair pair({.tested = tested});
    ASSERT_TRUE(pair.Handshake());
    for (const auto& packet : pair.peer().seen()) {
      const bool eliciting =
          std::ranges::any_of(packet.payload, [](std::uint8_t byte) { return byte != 0; });
      if (packet.type == PacketType::kInitial && eliciting) {
        EXPECT_GE(packet.datagram_size, 1200u);
      }
    }
  }
}

class DatagramTest : public testing::TestWithParam<Perspective> {
 protected:
  DatagramTest() : pair_({.tested = GetParam()}) {
    EXPECT_TRUE(pair_.Handshake());
    pair_.Acknowledge();
    pair_.RunFor(milliseconds(100));
    pair_.sent().clear();
    before_ = stats();
  }

  const ConnectionStats& stats() { return pair_.connection()->stats(); }
  Bytes Ping(const PacketOptions& options = {}) {
    return pair_.peer().Packet(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30}), options);
  }
  void ExpectProcessed(std::uint64_t packets) {
    EXPECT_EQ(stats().packets_received - before_.packets_received, packets);
  }
  void ExpectOpen() {
    EXPECT_FALSE(pair_.close()) << pair_.close()->reason;
    EXPECT_EQ(pair_.Last<ConnectionClosed>(), nullptr);
  }

  RawPair pair_;
  ConnectionStats before_;
};

// TR-107: RFC 9000 §17.3.1.
TEST_P(DatagramTest, WithTheFixedBitClearIsDropped) {
  pair_.SendDatagram(Ping({.flipped_bits = kFixedBit}));
  ExpectProcessed(0);
  ExpectOpen();
}

// TR-109: RFC 9000 §17.2: judged behind the AEAD, RFC 9001 §9.5.
TEST_P(DatagramTest, WithReservedBitsCloses) {
  pair_.SendDatagram(Ping({.flipped_bits = 0x08, .forged = true}));
  pair_.SendDatagram(Ping({.flipped_bits = 0x10, .forged = true}));
  ExpectOpen();
  pair_.SendDatagram(Ping({.flipped_bits = 0x10}));
  ASSERT_TRUE(pair_.close());
  EXPECT_EQ(static_cast<Code>(pair_.close()->error_code), Code::kProtocolViolation);
}

// TR-117, TR-110: RFC 9000 §12.2.
TEST_P(DatagramTest, BehindADamagedPacketIsStillProcessed) {
  // Long packets say where they end; these have no keys (any more) or none that fit.
  const Bytes initial = pair_.peer().Packet(PacketType::kInitial, Bytes(50, 1));
  pair_.SendDatagram(initial + Ping());
  ExpectProcessed(1);
  ExpectOpen();
}

// TR-116: RFC 9000 §12.2: other IDs than the first one's.
TEST_P(DatagramTest, CoalescedPacketsWithOtherIdsAreDropped) {
  Bytes datagram = pair_.peer().Packet(PacketType::kInitial, Bytes(50, 1));
  const std::size_t memory = pair_.endpoint().memory_bytes();
  for (std::uint8_t n = 0; n < 15; ++n) {
    const std::array<std::uint8_t, 8> id{n, 0, 0, 0, 0, 0, 0, 9};
    datagram = datagram + pair_.peer().Packet(PacketType::kInitial, Bytes(4, 1),
                                              {.destination = ConnectionId(id)});
  }
  for (int i = 0; i < 100; ++i) pair_.SendDatagram(datagram);
  EXPECT_EQ(stats().packets_dropped_wrong_cid - before_.packets_dropped_wrong_cid, 1500u);
  EXPECT_EQ(pair_.endpoint().memory_bytes(), memory);
  EXPECT_EQ(pair_.endpoint().connection_count(), 1u);
  ExpectOpen();
}

// TR-118: RFC 9000 §12.3.
TEST_P(DatagramTest, TwiceIsProcessedOnce) {
  const Bytes ping = Ping();
  for (int i = 0; i < 3; ++i) pair_.SendDatagram(ping);
  ExpectProcessed(1);
  EXPECT_EQ(stats().packets_dropped_duplicate, 2u);
  ExpectOpen();
}

// TR-118: also a copy that comes when its number is no longer remembered.
TEST_P(DatagramTest, AnAncientCopyIsNotProcessedAgain) {
  const Bytes old = Ping();
  pair_.SendDatagram(old);
  for (int i = 0; i < 200; ++i) {
    const auto number = pair_.peer().next_number(PacketNumberSpace::kApplication) + 1;
    pair_.SendDatagram(Ping({.number = number}));
  }
  ExpectProcessed(201);
  pair_.SendDatagram(old);
  ExpectProcessed(201);
  ExpectOpen();
}

// TR-119: RFC 9000 §A.3, at every length.
TEST_P(DatagramTest, NumbersAreRecoveredFromFewBytes) {
  std::uint64_t number = pair_.peer().next_number(PacketNumberSpace::kApplication);
  std::uint64_t sent = 0;
  const std::uint64_t jumps[] = {1, 127, 1, 32'767, 1, 8'388'607, 1, 2'147'483'647};
  const std::size_t lengths[] = {1, 1, 1, 2, 1, 3, 1, 4};
  for (std::size_t i = 0; i < std::size(jumps); ++i) {
    number += jumps[i];
    pair_.SendDatagram(Ping({.number = number, .number_length = lengths[i]}));
    ExpectProcessed(++sent);
  }
  // Farther than its bytes say: another number is recovered, and the packet is not authentic.
  pair_.SendDatagram(Ping({.number = number + 130, .number_length = 1}));
  ExpectProcessed(sent);
  ExpectOpen();
}

// TR-121: RFC 9001 §5.4.2. TR-122: RFC 9000 §10.3.
TEST_P(DatagramTest, ShorterThanAnyPacketIsDropped) {
  const Bytes whole = Ping();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    pair_.SendDatagram(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  ExpectProcessed(0);
  ExpectOpen();
  pair_.SendDatagram(whole);
  ExpectProcessed(1);
}

// TR-412, TR-413, SEC-18: RFC 9001 §4.9. Initial keys are known to anybody who saw the first
// packet.
TEST_P(DatagramTest, PacketsUnderDiscardedKeysAreDropped) {
  for (const PacketType type : {PacketType::kInitial, PacketType::kHandshake}) {
    pair_.SendFrames(type, ConnectionCloseFrame{.error_code = 1});
    pair_.SendFrames(type, CryptoFrame{.data = Bytes(100, 1)});
    pair_.SendFrames(type, PingFrame{});
    pair_.Send(type, pair_.peer().AckAll(SpaceOf(type)));
  }
  ExpectProcessed(0);
  EXPECT_EQ(stats().packets_dropped_no_keys - before_.packets_dropped_no_keys, 8u);
  ExpectOpen();
}

// RFC 9000 §9: a peer that was told not to migrate.
TEST_P(DatagramTest, FromAnotherAddressIsDropped) {
  pair_.SendDatagramFrom(RawPair::PeerAddress().WithPort(4444), Ping());
  ExpectProcessed(0);
  EXPECT_EQ(stats().datagrams_dropped_wrong_path, 1u);
  EXPECT_TRUE(pair_.sent().empty());
}

// SEC-43: RFC 9000 §12.2: a datagram without a packet is none, and ends nothing.
TEST_P(DatagramTest, EmptyDatagramsAreDropped) {
  for (int i = 0; i < 100'000; ++i) pair_.SendDatagram({});
  EXPECT_TRUE(pair_.sent().empty());
  ExpectOpen();
  pair_.SendDatagram(Ping());
  ExpectProcessed(1);
  ExpectOpen();
}

// Anything at all, with and without a header that leads to the connection.
TEST_P(DatagramTest, GarbageIsDroppedAndCounted) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::uint64_t received = pair_.endpoint().stats().datagrams_received;
  for (int i = 0; i < 3000; ++i) {
    Bytes datagram(random() % 1500);
    for (std::uint8_t& byte : datagram) byte = static_cast<std::uint8_t>(random());
    if (datagram.size() > 40 && random() % 2 == 0) {
      datagram[0] = static_cast<std::uint8_t>((datagram[0] & 0x3f) | 0x40);
      std::ranges::copy(pair_.peer().peer_cid().bytes(), datagram.begin() + 1);
    }
    pair_.SendDatagram(datagram);
    pair_.sent().clear();
  }
  EXPECT_EQ(pair_.endpoint().stats().datagrams_received - received, 3000u);
  ExpectProcessed(0);
  ExpectOpen();
  pair_.SendDatagram(Ping());
  ExpectProcessed(1);
}

INSTANTIATE_TEST_SUITE_P(Both, DatagramTest,
                         testing::Values(Perspective::kServer, Perspective::kClient),
                         [](const auto& info) {
                           return info.param == Perspective::kServer ? "Server" : "Client";
                         });

// TR-115: RFC 9000 §12.2: the client's second flight in one datagram.
TEST(Coalesced, PacketsOfEveryLevelAreProcessedAndAcknowledged) {
  RawPair pair({});
  pair.SendDatagram(ClientHello(pair));
  test::RawPeer& peer = pair.peer();
  ASSERT_TRUE(peer.has_keys(PacketNumberSpace::kApplication));
  pair.sent().clear();
  peer.seen().clear();
  pair.SendDatagram(
      peer.Packet(PacketType::kInitial, Encode(PingFrame{}, PaddingFrame{.count = 1100})) +
      peer.Packet(PacketType::kHandshake, peer.TakeCrypto(PacketNumberSpace::kHandshake)) +
      peer.Packet(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30})));
  EXPECT_EQ(pair.connection()->stats().packets_received, 4u);
  EXPECT_NE(pair.Last<HandshakeConfirmed>(), nullptr);
  EXPECT_FALSE(peer.Frames<HandshakeDoneFrame>().empty());
}

// TR-112: RFC 9000 §14.1: a server drops Initials of small datagrams on a connection too.
TEST(Coalesced, ASmallInitialOfAKnownConnectionIsDropped) {
  RawPair pair({});
  pair.SendDatagram(ClientHello(pair));
  const std::uint64_t received = pair.connection()->stats().packets_received;
  pair.SendDatagram(pair.peer().Packet(PacketType::kInitial, Encode(PingFrame{}, PaddingFrame{})));
  EXPECT_EQ(pair.connection()->stats().packets_received, received);
  pair.SendFrames(PacketType::kInitial, PingFrame{});
  EXPECT_EQ(pair.connection()->stats().packets_received, received + 1);
}

// TR-109: in long headers as well.
TEST(ReservedBits, OfLongHeadersClose) {
  RawPair first({});
  first.SendDatagram(ClientHello(first, {.flipped_bits = 0x0c}));
  ASSERT_TRUE(first.close());
  EXPECT_EQ(static_cast<Code>(first.close()->error_code), Code::kProtocolViolation);

  RawPair later({});
  later.SendDatagram(ClientHello(later));
  later.Send(PacketType::kHandshake, Encode(PingFrame{}, PaddingFrame{.count = 10}),
             {.flipped_bits = 0x04});
  ASSERT_TRUE(later.close());
  EXPECT_EQ(static_cast<Code>(later.close()->error_code), Code::kProtocolViolation);
}

// TR-111: RFC 9000 §17.2.2.
TEST(ServerInitial, WithATokenIsDropped) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  const Bytes token(16, 1);
  pair.Send(PacketType::kInitial, pair.peer().AckAll(PacketNumberSpace::kInitial),
            {.token = token});
  EXPECT_EQ(pair.connection()->stats().packets_dropped_unexpected, 1u);
  EXPECT_TRUE(pair.Handshake());
}

// RFC 9000 §7.2: the first packet that was processed fixes the peer's ID.
TEST(ServerInitial, WithAnotherSourceIdIsDropped) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  pair.Send(PacketType::kInitial, pair.peer().AckAll(PacketNumberSpace::kInitial));
  const std::array<std::uint8_t, 8> other{1, 2, 3, 4, 5, 6, 7, 8};
  pair.Send(PacketType::kInitial, Encode(PingFrame{}), {.source = ConnectionId(other)});
  EXPECT_EQ(pair.connection()->stats().packets_dropped_wrong_cid, 1u);
  EXPECT_TRUE(pair.Handshake());
}

TEST(OtherVersion, OfAKnownConnectionIsDropped) {
  RawPair pair({});
  pair.SendDatagram(ClientHello(pair));
  pair.Send(PacketType::kInitial, Encode(PingFrame{}), {.version = Version::kV2});
  EXPECT_EQ(pair.connection()->stats().packets_dropped_wrong_version, 1u);
  EXPECT_TRUE(pair.Handshake());
}

// TR-125: RFC 9001 §5.7. What came before its keys waits, within bounds, and is processed with
// them.
TEST(EarlyPackets, WaitForTheirKeysWithinBounds) {
  RawPair pair({});
  pair.SendDatagram(ClientHello(pair));
  const std::uint64_t received = pair.connection()->stats().packets_received;
  pair.sent().clear();
  for (int i = 0; i < 30; ++i) pair.SendFrames(k1Rtt, PingFrame{}, PaddingFrame{.count = 30});
  EXPECT_EQ(pair.connection()->stats().packets_received, received);
  EXPECT_EQ(pair.connection()->stats().packets_dropped_no_keys, 20u);
  EXPECT_TRUE(pair.sent().empty());
  pair.SendHandshake();
  EXPECT_NE(pair.Last<HandshakeConfirmed>(), nullptr);
  EXPECT_GE(pair.connection()->stats().packets_received, received + 10);
}

// TR-125, TR-414, SEC-12: RFC 9001 §5.7. HANDSHAKE_DONE before the handshake is complete.
TEST(EarlyPackets, AClientReadsNoneBeforeItsHandshakeIsComplete) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  ASSERT_TRUE(pair.peer().has_keys(PacketNumberSpace::kApplication));
  for (int i = 0; i < 1000; ++i)
    pair.SendFrames(k1Rtt, HandshakeDoneFrame{}, PaddingFrame{.count = 30});
  EXPECT_EQ(pair.connection()->stats().packets_received, 0u);
  EXPECT_EQ(pair.connection()->stats().packets_dropped_no_keys, 990u);
  EXPECT_EQ(pair.Last<HandshakeConfirmed>(), nullptr);
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
}

}  // namespace
}  // namespace quiesce::quic
