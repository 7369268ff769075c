// TR-4xx: CRYPTO streams, levels, and how long keys may be used. RFC 9001 §4, §6.6; RFC 9000 §7.5.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crypto/cipher_suite.h"
#include "test/support/forwarding_tls.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::Encode;
using test::RawPair;
using Code = TransportErrorCode;

constexpr PacketType k1Rtt = PacketType::kOneRtt;
constexpr auto kInitialSpace = PacketNumberSpace::kInitial;

// The bytes of the one CRYPTO frame that TLS of the peer wants to send.
Bytes CryptoBytes(const Bytes& frame) {
  Reader reader(frame);
  const auto read = ReadFrame(reader);
  const auto& crypto = std::get<CryptoFrame>(*read);
  return {crypto.data.begin(), crypto.data.end()};
}

CryptoFrame Crypto(std::uint64_t offset, std::span<const std::uint8_t> data) {
  return {.offset = ByteCount(offset), .data = data};
}

void ExpectClosed(const RawPair& pair, Code code) {
  const auto* closed = pair.Last<ConnectionClosed>();
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(static_cast<Code>(closed->error_code), code) << closed->reason;
}

// TR-404: RFC 9001 §4.3. A ClientHello in pieces and in any order, with other frames between.
TEST(CryptoStream, AHelloMayComeInAnyPieces) {
  RawPair pair({});
  const Bytes hello = CryptoBytes(pair.peer().TakeCrypto(kInitialSpace));
  std::vector<Bytes> payloads;
  for (std::size_t i = 0; i < hello.size(); ++i)
    payloads.push_back(Encode(PingFrame{}, Crypto(i, std::span(hello).subspan(i, 1)),
                              PaddingFrame{.count = 7}, PingFrame{}));
  // Even ones last to first, then odd ones; the byte at 0 comes in the middle.
  for (std::size_t i = payloads.size(); i-- > 0;)
    if (i % 2 == 0) pair.Send(PacketType::kInitial, payloads[i]);
  for (std::size_t i = 0; i < payloads.size(); ++i)
    if (i % 2 == 1) pair.Send(PacketType::kInitial, payloads[i]);
  EXPECT_TRUE(pair.Handshake());
}

// TR-402, SEC-03: RFC 9000 §7.5: at least 4096 bytes out of order; more than the limit is an error
// and memory does not follow the offset.
TEST(CryptoStream, OutOfOrderBytesAreKeptWithinTheLimit) {
  for (const PacketType type : {PacketType::kInitial, PacketType::kHandshake, k1Rtt}) {
    SCOPED_TRACE(static_cast<int>(type));
    const auto prepare = [type](RawPair& pair) {
      pair.SendDatagram(
          pair.peer().Datagram(PacketType::kInitial, pair.peer().TakeCrypto(kInitialSpace)));
      EXPECT_TRUE(type != k1Rtt || pair.Handshake());
    };
    const std::uint64_t limit = ConnectionConfig().crypto_buffer_limit.value();
    RawPair kept({});
    prepare(kept);
    if (type != PacketType::kInitial) {  // what TLS reads now, or later
      kept.SendFrames(type, Crypto(4096, Bytes(1)));
      EXPECT_EQ(kept.Last<ConnectionClosed>(), nullptr);
    }
    for (const std::uint64_t offset : {limit + 1000, kMaxVarint - 1}) {
      RawPair pair({});
      prepare(pair);
      pair.SendFrames(type, Crypto(offset, Bytes(1)));
      ExpectClosed(pair, Code::kCryptoBufferExceeded);
      EXPECT_LT(pair.endpoint().memory_bytes(), 1500u);
    }
  }
}

// TR-401: RFC 9001 §4.1.3. New bytes at a level that is over; repetitions are harmless.
TEST(CryptoStream, BytesAtAnEarlierLevelAreAnError) {
  const auto hello_sent = [](RawPair& pair) {
    const Bytes hello = CryptoBytes(pair.peer().TakeCrypto(kInitialSpace));
    pair.SendFrames(PacketType::kInitial, Crypto(0, hello));
    return hello;
  };
  RawPair repeated({});
  const Bytes hello = hello_sent(repeated);
  repeated.SendFrames(PacketType::kInitial, Crypto(0, hello));
  EXPECT_TRUE(repeated.Handshake());

  RawPair more({});
  const std::size_t end = hello_sent(more).size();
  more.SendFrames(PacketType::kInitial, Crypto(end, Bytes(1)));
  ExpectClosed(more, Code::kProtocolViolation);

  RawPair gap({});
  hello_sent(gap);
  gap.SendFrames(PacketType::kInitial, Crypto(end + 10, Bytes(1)));
  ExpectClosed(gap, Code::kProtocolViolation);

  // Left over in the same frame when the keys change.
  RawPair leftover({});
  Bytes longer = CryptoBytes(leftover.peer().TakeCrypto(kInitialSpace));
  longer.push_back(0);
  leftover.SendFrames(PacketType::kInitial, Crypto(0, longer));
  ExpectClosed(leftover, Code::kProtocolViolation);
}

// TR-425, SEC-19: RFC 9001 §6, §8.3. Nothing may be said to TLS once it has finished.
TEST(CryptoStream, AMessageAfterTheHandshakeIsAnError) {
  RawPair pair({});
  ASSERT_TRUE(pair.Handshake());
  const Bytes key_update{24, 0, 0, 1, 0};
  pair.SendFrames(k1Rtt, Crypto(0, key_update));
  ExpectClosed(pair, CryptoError(10));  // unexpected_message
}

// TR-411: RFC 9001 §4.8. A TLS alert is 0x100 and more, and the reason says what TLS said.
TEST(CryptoStream, AFailedHandshakeClosesWithItsAlert) {
  RawPair pair({.tls = {.alpn = "h3"}});
  Bytes hello = CryptoBytes(pair.peer().TakeCrypto(kInitialSpace));
  hello[0] = 20;  // a Finished in place of the ClientHello
  pair.SendFrames(PacketType::kInitial, Crypto(0, hello));
  ExpectClosed(pair, CryptoError(10));
  ASSERT_TRUE(pair.close());
  EXPECT_FALSE(pair.close()->reason.empty());
  EXPECT_EQ(pair.close()->frame_type, 0x06u);
}

// SEC-08: an ACK behind the CRYPTO frame that completes the handshake, in one packet.
TEST(CryptoStream, AnAckBehindTheLastMessageIsTaken) {
  RawPair pair({});
  pair.SendDatagram(
      pair.peer().Datagram(PacketType::kInitial, pair.peer().TakeCrypto(kInitialSpace)));
  Bytes payload = pair.peer().TakeCrypto(PacketNumberSpace::kHandshake);
  const Bytes ack = pair.peer().AckAll(PacketNumberSpace::kHandshake);
  payload.insert(payload.end(), ack.begin(), ack.end());
  payload.insert(payload.end(), ack.begin(), ack.end());
  pair.Send(PacketType::kHandshake, payload);
  EXPECT_NE(pair.Last<HandshakeConfirmed>(), nullptr);
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
}

// RFC 9001 §4.9.1: Initial keys go with the first Handshake packet: sent by a client, processed by
// a server.
TEST(KeyDiscard, InitialKeysGoWithTheFirstHandshakePacket) {
  RawPair server({});
  server.SendDatagram(
      server.peer().Datagram(PacketType::kInitial, server.peer().TakeCrypto(kInitialSpace)));
  server.SendFrames(PacketType::kInitial, PingFrame{});
  EXPECT_EQ(server.connection()->stats().packets_dropped_no_keys, 0u);
  server.SendFrames(PacketType::kHandshake, PingFrame{}, PaddingFrame{.count = 10});
  server.SendFrames(PacketType::kInitial, PingFrame{});
  EXPECT_EQ(server.connection()->stats().packets_dropped_no_keys, 1u);
  EXPECT_TRUE(server.Handshake());

  RawPair client({.tested = Perspective::kClient});
  client.Exchange();
  client.SendDatagram(
      client.peer().Datagram(PacketType::kInitial, client.peer().TakeCrypto(kInitialSpace)));
  client.SendFrames(PacketType::kInitial, PingFrame{});
  EXPECT_EQ(client.connection()->stats().packets_dropped_no_keys, 0u);
  client.SendHandshake();  // answered with Finished
  client.SendFrames(PacketType::kInitial, PingFrame{});
  EXPECT_EQ(client.connection()->stats().packets_dropped_no_keys, 1u);
  EXPECT_TRUE(client.Handshake());
}

// TR-414: RFC 9000 §19.20.
TEST(HandshakeDone, MayBeRepeated) {
  RawPair pair({.tested = Perspective::kClient});
  ASSERT_TRUE(pair.Handshake());
  for (int i = 0; i < 5; ++i) pair.SendFrames(k1Rtt, HandshakeDoneFrame{});
  EXPECT_FALSE(pair.close());
  EXPECT_EQ(std::ranges::count_if(pair.events(),
                                  [](const Event& event) {
                                    return std::holds_alternative<HandshakeConfirmed>(event);
                                  }),
            1);
}

// TR-414: RFC 9000 §13.3.
TEST(HandshakeDone, IsSentUntilAcknowledged) {
  RawPair pair({.tested = Perspective::kServer});
  pair.SendHandshake();  // ClientHello
  pair.SendHandshake();  // Finished
  ASSERT_EQ(pair.peer().Frames<HandshakeDoneFrame>().size(), 1u);
  pair.RunFor(std::chrono::seconds(1));
  EXPECT_GT(pair.peer().Frames<HandshakeDoneFrame>().size(), 1u);
  pair.Acknowledge();
  const std::size_t acknowledged = pair.peer().Frames<HandshakeDoneFrame>().size();
  pair.RunFor(std::chrono::seconds(5));
  EXPECT_EQ(pair.peer().Frames<HandshakeDoneFrame>().size(), acknowledged);
}

// TLS whose cipher suite may be used as often as a test can afford.
class LimitedTls final : public test::ForwardingTls {
 public:
  LimitedTls(std::unique_ptr<crypto::TlsHandshake> tls, const crypto::CipherSuite& suite)
      : ForwardingTls(std::move(tls)), suite_(suite) {}

  std::optional<crypto::TrafficSecret> PollSecret() override {
    auto secret = ForwardingTls::PollSecret();
    if (secret) secret->suite = &suite_;
    return secret;
  }

 private:
  const crypto::CipherSuite& suite_;
};

class KeyLimitTest : public testing::TestWithParam<Perspective> {
 protected:
  RawPair::Options Options() {
    return {.tested = GetParam(), .wrap_tls = [this](std::unique_ptr<crypto::TlsHandshake> tls) {
              return std::make_unique<LimitedTls>(std::move(tls), suite_);
            }};
  }

  crypto::CipherSuite suite_ = crypto::InitialCipherSuite();
};

// TR-419: RFC 9001 §6.6. There is no key update yet: the connection ends before the limit.
TEST_P(KeyLimitTest, KeysAreNotUsedBeyondTheConfidentialityLimit) {
  suite_.confidentiality_limit = 50;
  RawPair pair(Options());
  ASSERT_TRUE(pair.Handshake());
  // The close leaves with the packet that leaves room for nothing else.
  for (int i = 0; i < 200 && pair.Last<ConnectionClosed>() == nullptr; ++i) {
    pair.SendFrames(k1Rtt, PingFrame{});
    const auto& last = pair.peer().seen().back();
    EXPECT_EQ(pair.close().has_value(), last.type == k1Rtt && last.number >= 48);
  }
  ExpectClosed(pair, Code::kAeadLimitReached);
  ASSERT_TRUE(pair.close());
  EXPECT_EQ(static_cast<Code>(pair.close()->error_code), Code::kAeadLimitReached);
  std::set<std::uint64_t> sealed;  // the last one was sent twice
  for (const auto& packet : pair.peer().seen())
    if (packet.type == k1Rtt) sealed.insert(packet.number);
  EXPECT_LE(sealed.size(), 50u);
  EXPECT_GE(sealed.size(), 45u);
}

// TR-420: RFC 9001 §6.6.
TEST_P(KeyLimitTest, TooManyForgedPacketsEndTheConnection) {
  suite_.integrity_limit = 20;
  RawPair pair(Options());
  ASSERT_TRUE(pair.Handshake());
  const Bytes ping = Encode(PingFrame{}, PaddingFrame{.count = 20});
  for (int i = 0; i < 20; ++i) pair.Send(k1Rtt, ping, {.forged = true});
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
  pair.Send(k1Rtt, ping);
  const std::uint64_t received = pair.connection()->stats().packets_received;
  // The one too many, and behind it nothing is processed.
  Bytes datagram = pair.peer().Packet(PacketType::kInitial, ping);
  pair.Send(k1Rtt, ping, {.forged = true});
  ExpectClosed(pair, Code::kAeadLimitReached);
  pair.Send(k1Rtt, ping);
  EXPECT_EQ(pair.connection()->stats().packets_received, received);
}

INSTANTIATE_TEST_SUITE_P(Both, KeyLimitTest,
                         testing::Values(Perspective::kServer, Perspective::kClient),
                         [](const auto& info) {
                           return info.param == Perspective::kServer ? "Server" : "Client";
                         });

}  // namespace
}  // namespace quiesce::quic
