// TR-210 to TR-212, SEC-16: three bytes for one until the client's address is validated, and no
// deadlock because of it. RFC 9000 §8.1, RFC 9002 §6.2.2.1.
#include <gtest/gtest.h>

#include <vector>

#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::Encode;
using test::RawPair;

constexpr std::size_t kLongCertificate = 15'000;

// The three-fold limit after whatever happened so far.
void ExpectWithinLimit(const RawPair& pair) {
  ASSERT_LE(pair.bytes_sent(), 3 * pair.bytes_received());
}

TEST(Amplification, AServerSendsThreeBytesForOne) {
  RawPair pair({.tls = {.certificate_bytes = kLongCertificate}});
  pair.peer_is_deaf = true;
  pair.SendHandshake();
  ExpectWithinLimit(pair);
  EXPECT_EQ(pair.bytes_sent(), 3600u);
  EXPECT_GT(pair.connection()->stats().sends_blocked_by_amplification, 0u);
  // TR-212: nothing that it could send, so no probe timeout, until bytes arrive.
  pair.RunFor(seconds(5));
  EXPECT_EQ(pair.bytes_sent(), 3600u);
  EXPECT_EQ(pair.connection()->stats().probe_timeouts, 0u);
  pair.SendFrames(PacketType::kInitial, PingFrame{});
  ExpectWithinLimit(pair);
  EXPECT_GE(pair.bytes_sent(), 2 * 3600u - 1200u);
}

// Larger datagrams do not waste what is left of the credit.
TEST(Amplification, TheLastDatagramMayBeSmaller) {
  RawPair pair({.config = {.connection = {.max_datagram_size = ByteCount(1400)}},
                .tls = {.certificate_bytes = kLongCertificate}});
  pair.peer_is_deaf = true;
  pair.SendHandshake();
  EXPECT_EQ(pair.bytes_sent(), 2800u);
  pair.SendFrames(PacketType::kInitial, PingFrame{});
  ExpectWithinLimit(pair);
  EXPECT_GE(pair.bytes_sent(), 6900u);
}

// Every datagram that is attributed to the connection counts, and counts once: coalesced,
// duplicate, undecryptable.
TEST(Amplification, DatagramsCountOnceWhateverIsInThem) {
  RawPair pair({.tls = {.certificate_bytes = kLongCertificate}});
  pair.peer_is_deaf = true;
  pair.SendHandshake();
  Bytes coalesced = pair.peer().Packet(PacketType::kInitial, Bytes(500));
  const Bytes second = pair.peer().Packet(PacketType::kInitial, Bytes(700));
  coalesced.insert(coalesced.end(), second.begin(), second.end());
  const Bytes forged = pair.peer().Datagram(PacketType::kInitial, {}, {.forged = true});
  for (int i = 0; i < 5; ++i) {
    for (const Bytes& datagram : {coalesced, forged, Bytes(forged)}) {
      pair.SendDatagram(datagram);
      ExpectWithinLimit(pair);
      pair.RunFor(milliseconds(300));
      ExpectWithinLimit(pair);
    }
  }
  // From another address, or to another ID: nothing.
  const std::uint64_t sent = pair.bytes_sent();
  pair.SendDatagramFrom(RawPair::PeerAddress().WithPort(4444), forged);
  EXPECT_EQ(pair.bytes_sent(), sent);
}

// Loss and probes, and the limit at every instant until the client can send a Handshake packet.
TEST(Amplification, HoldsThroughProbesAndLoss) {
  for (int lost = 0; lost < 5; ++lost) {
    SCOPED_TRACE(lost);
    RawPair pair({.tls = {.certificate_bytes = kLongCertificate}});
    pair.peer_is_deaf = true;
    pair.SendDatagram(pair.peer().Datagram(PacketType::kInitial,
                                           pair.peer().TakeCrypto(PacketNumberSpace::kInitial)));
    ExpectWithinLimit(pair);
    for (int n = 0; n < 20 && !pair.peer().has_keys(PacketNumberSpace::kHandshake); ++n) {
      pair.RunFor(milliseconds(300));
      ExpectWithinLimit(pair);
      pair.peer_is_deaf = n < lost;
      pair.SendFrames(PacketType::kInitial, PingFrame{});
      ExpectWithinLimit(pair);
    }
    EXPECT_TRUE(pair.Handshake());
  }
}

// RFC 9000 §8.1: a Handshake packet from the client lifts the limit.
TEST(Amplification, EndsWithTheFirstHandshakePacket) {
  RawPair pair({});
  pair.SendHandshake();
  ASSERT_TRUE(pair.Handshake());
  const StreamId id = *pair.connection()->OpenStream(StreamDirection::kBidirectional);
  pair.connection()->Write(id, Bytes(200'000), true);
  for (int i = 0; i < 100; ++i) {
    pair.RunFor(milliseconds(30));
    pair.Acknowledge();
  }
  EXPECT_GT(pair.bytes_sent(), 200'000u);
  EXPECT_GT(pair.bytes_sent(), 3 * pair.bytes_received());
}

// TR-211: RFC 9002 §6.2.2.1. The server has no credit left, and the client has nothing in flight:
// it probes all the same, with a Handshake packet if it can and a large Initial if not.
TEST(AntiDeadlock, AClientProbesWithAPaddedInitial) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  pair.Send(PacketType::kInitial, pair.peer().AckAll(PacketNumberSpace::kInitial));
  pair.sent().clear();
  pair.peer().seen().clear();
  pair.RunFor(seconds(1));
  ASSERT_FALSE(pair.peer().seen().empty());
  EXPECT_EQ(pair.peer().seen()[0].type, PacketType::kInitial);
  EXPECT_GE(pair.sent()[0].bytes.size(), 1200u);
  EXPECT_FALSE(pair.peer().Frames<PingFrame>().empty());
}

TEST(AntiDeadlock, AClientWithHandshakeKeysProbesWithAHandshakePacket) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  Bytes payload = pair.peer().AckAll(PacketNumberSpace::kInitial);
  const Bytes hello = pair.peer().TakeCrypto(PacketNumberSpace::kInitial);
  payload.insert(payload.end(), hello.begin(), hello.end());
  pair.Send(PacketType::kInitial, payload);
  pair.peer().seen().clear();
  pair.RunFor(seconds(1));
  ASSERT_FALSE(pair.peer().seen().empty());
  EXPECT_EQ(pair.peer().seen()[0].type, PacketType::kHandshake);
  EXPECT_FALSE(pair.peer().Frames<PingFrame>().empty());
}

// RC-10, RFC 9002 §6.2.4: a probe repeats what is outstanding, in every space that has something.
TEST(Probes, RepeatTheServersFlightInBothSpaces) {
  RawPair pair({});
  pair.peer_is_deaf = true;
  pair.SendHandshake();
  pair.peer_is_deaf = false;
  pair.SendFrames(PacketType::kInitial, PingFrame{});  // credit
  pair.RunFor(seconds(2));
  EXPECT_GT(pair.connection()->stats().probe_timeouts, 0u);
  EXPECT_TRUE(pair.Handshake());
}

// RC-09, RFC 9002 §6.2.3: a client that repeats its ClientHello gets acknowledgments, and no second
// flight before the probe timeout.
TEST(Probes, RepeatedHelloBringsNoFlightBeforeTheTimeout) {
  RawPair pair({});
  pair.peer_is_deaf = true;
  const Bytes hello = pair.peer().TakeCrypto(PacketNumberSpace::kInitial);
  for (int i = 0; i < 4; ++i) pair.Send(PacketType::kInitial, hello);  // credit for the flight
  const std::uint64_t flight = pair.bytes_sent();
  ASSERT_GT(flight, 2'500u);
  for (int i = 0; i < 20; ++i) {
    pair.RunFor(milliseconds(10));
    pair.Send(PacketType::kInitial, hello);
  }
  EXPECT_EQ(pair.connection()->stats().probe_timeouts, 0u);
  EXPECT_LT(pair.bytes_sent(), flight + 20 * 100);
  pair.RunFor(seconds(1));
  EXPECT_GT(pair.bytes_sent(), flight + 20 * 100);
}

}  // namespace
}  // namespace quiesce::quic
