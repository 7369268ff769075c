// CRYPTO streams that lie, in both roles and at each level: bytes far ahead, bytes at levels that
// are over, messages that nobody expects, alerts. RFC 9000 §7.5; RFC 9001 §4.1.3, §4.8, §5.3.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/cipher_suite.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using test::Bytes;
using test::Encode;
using test::RawPair;
using Code = TransportErrorCode;

constexpr PacketType k1Rtt = PacketType::kOneRtt;
constexpr PacketType kLevels[] = {PacketType::kInitial, PacketType::kHandshake, k1Rtt};

CryptoFrame Crypto(std::uint64_t offset, std::span<const std::uint8_t> data) {
  return {.offset = ByteCount(offset), .data = data};
}

std::string RoleName(const testing::TestParamInfo<Perspective>& info) {
  return info.param == Perspective::kServer ? "Server" : "Client";
}

class CryptoStreamTest : public testing::TestWithParam<Perspective> {
 protected:
  // The endpoint under test is where it processes packets of the level, and has read nothing of
  // that level's CRYPTO stream.
  static std::unique_ptr<RawPair> Prepare(PacketType level) {
    auto pair = std::make_unique<RawPair>(RawPair::Options{.tested = GetParam()});
    if (level == k1Rtt) {
      EXPECT_TRUE(pair->Handshake());
      return pair;
    }
    pair->Exchange();
    if (level == PacketType::kInitial) return pair;
    pair->Send(PacketType::kInitial, pair->peer().TakeCrypto(PacketNumberSpace::kInitial));
    return pair;
  }
  static void ExpectClosed(const RawPair& pair, Code code) {
    const auto* closed = pair.Last<ConnectionClosed>();
    ASSERT_NE(closed, nullptr);
    EXPECT_EQ(static_cast<Code>(closed->error_code), code) << closed->reason;
    EXPECT_EQ(closed->source, CloseSource::kLocal);
  }
};

// TR-402, TR-403, SEC-03: RFC 9000 §7.5: 4096 bytes out of order are kept at least; of what is
// beyond the limit nothing is, and memory follows the bytes, not their place.
TEST_P(CryptoStreamTest, BytesFarAheadAreKeptWithinTheLimit) {
  const std::uint64_t limit = ConnectionConfig().crypto_buffer_limit.value();
  for (const PacketType level : kLevels) {
    SCOPED_TRACE(static_cast<int>(level));
    // All bytes but the first, from behind.
    const auto kept = Prepare(level);
    for (std::uint64_t end = 4096; end > 1; end -= 819)
      kept->SendFrames(level, Crypto(end - 819, Bytes(819)));
    EXPECT_EQ(kept->Last<ConnectionClosed>(), nullptr);

    for (const std::uint64_t offset : {std::uint64_t{4097}, limit - 1}) {
      const auto far = Prepare(level);
      far->SendFrames(level, PingFrame{});
      const std::size_t before = far->connection()->memory_bytes();
      far->SendFrames(level, Crypto(offset, Bytes(1)));
      EXPECT_EQ(far->Last<ConnectionClosed>(), nullptr) << offset;
      EXPECT_LE(far->connection()->memory_bytes(), before + 8192);
    }
    for (const std::uint64_t offset : {limit, std::uint64_t{65'537}, kMaxVarint - 1}) {
      const auto beyond = Prepare(level);
      beyond->SendFrames(level, Crypto(offset, Bytes(1)));
      ExpectClosed(*beyond, Code::kCryptoBufferExceeded);
      EXPECT_LT(beyond->endpoint().memory_bytes(), 1500u);
    }
    const auto overflow = Prepare(level);
    overflow->SendFrames(level, Crypto(kMaxVarint - 1, Bytes(1)));
    ExpectClosed(*overflow, Code::kCryptoBufferExceeded);
  }
}

// TR-403: long after the handshake as well, again and again.
TEST_P(CryptoStreamTest, BytesFarAheadAfterTheHandshakeCostTheirBlocksOnce) {
  RawPair pair({.tested = GetParam()});
  ASSERT_TRUE(pair.Handshake());
  for (int i = 0; i < 100; ++i) {
    pair.RunFor(std::chrono::seconds(20));
    pair.SendFrames(k1Rtt, PingFrame{});
    pair.Acknowledge();
  }
  const std::size_t before = pair.connection()->memory_bytes();
  for (std::uint64_t offset = 60'000; offset > 599; offset -= 599)
    pair.SendFrames(k1Rtt, Crypto(offset, Bytes(1)));
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
  EXPECT_LE(pair.connection()->memory_bytes(), before + 2 * 64 * 1024);
}

// TR-401: RFC 9001 §4.1.3: what was said may be said again; new bytes at a level that is over,
// adjacent, with a gap or in the same frame, are a fault.
TEST_P(CryptoStreamTest, NewBytesAtALevelThatIsOverAreAViolation) {
  const auto prepare = [](Bytes& said) {
    auto pair = std::make_unique<RawPair>(RawPair::Options{.tested = GetParam()});
    pair->Exchange();
    const Bytes frame = pair->peer().TakeCrypto(PacketNumberSpace::kInitial);
    Reader reader(frame);
    const auto read = ReadFrame(reader);
    const auto data = std::get<CryptoFrame>(*read).data;
    said.assign(data.begin(), data.end());
    return pair;
  };
  Bytes said;
  for (const std::uint64_t from : {0, 1, 10}) {
    const auto repeated = prepare(said);
    repeated->SendFrames(PacketType::kInitial, Crypto(0, said));
    const auto part = std::span(said).subspan(from, said.size() - 2 * from);
    repeated->SendFrames(PacketType::kInitial, Crypto(from, part));
    EXPECT_TRUE(repeated->Handshake());
  }
  for (const std::uint64_t gap : {0, 1, 1000}) {
    const auto more = prepare(said);
    more->SendFrames(PacketType::kInitial, Crypto(0, said));
    more->SendFrames(PacketType::kInitial, Crypto(said.size() + gap, Bytes(1)));
    ExpectClosed(*more, Code::kProtocolViolation);
  }
  // Before the level is over, so that it is left over.
  const auto early = prepare(said);
  early->SendFrames(PacketType::kInitial, Crypto(said.size() + 1, Bytes(1)));
  EXPECT_EQ(early->Last<ConnectionClosed>(), nullptr);
  early->SendFrames(PacketType::kInitial, Crypto(0, said));
  ExpectClosed(*early, Code::kProtocolViolation);
  const auto longer = prepare(said);
  said.push_back(0);
  longer->SendFrames(PacketType::kInitial, Crypto(0, said));
  ExpectClosed(*longer, Code::kProtocolViolation);
}

// TR-425, SEC-19: RFC 9001 §4.1.3: a hello or a Finished at any level once they are consumed, and
// what comes with it is not processed.
TEST_P(CryptoStreamTest, NothingIsSaidTwice) {
  for (const std::uint8_t type : {1, 2, 20, 24}) {
    Bytes message{type, 0, 0, 32};
    message.resize(36);
    RawPair later({.tested = GetParam()});
    ASSERT_TRUE(later.Handshake());
    const StreamId id = StreamId::Make(Opposite(GetParam()), StreamDirection::kBidirectional, 0);
    later.Send(k1Rtt, Encode(Crypto(0, message), StreamFrame{.stream_id = id, .data = message}));
    ExpectClosed(later, CryptoError(10));  // unexpected_message
    EXPECT_EQ(later.Last<StreamReadable>(), nullptr);
  }
  // A client still has Handshake keys between Finished and HANDSHAKE_DONE, and reads 1-RTT there; a
  // server's Handshake keys go with the client's Finished.
  if (GetParam() == Perspective::kServer) return;
  RawPair client({.tested = Perspective::kClient});
  client.Exchange();
  client.SendHandshake();
  ASSERT_NE(client.Last<HandshakeCompleted>(), nullptr);
  Bytes finished{20, 0, 0, 32};
  finished.resize(36);
  // Behind everything that was said at the level: the fake server's flight is below 3000 bytes.
  client.SendFrames(PacketType::kHandshake, Crypto(3000, finished));
  ExpectClosed(client, Code::kProtocolViolation);
}

// TLS that refuses the first bytes that it is given with an alert, or as a fault of QUIC.
class RefusingTls final : public crypto::TlsHandshake {
 public:
  RefusingTls(std::unique_ptr<crypto::TlsHandshake> tls, std::uint8_t alert)
      : tls_(std::move(tls)), alert_(alert) {}

  bool Start(std::span<const std::uint8_t> parameters) override { return tls_->Start(parameters); }
  bool HandleBytes(crypto::EncryptionLevel, std::span<const std::uint8_t>) override {
    failed_ = true;
    return false;
  }
  crypto::EncryptionLevel read_level() const override { return tls_->read_level(); }
  std::optional<crypto::TrafficSecret> PollSecret() override { return tls_->PollSecret(); }
  std::optional<crypto::CryptoBytes> PollBytes() override { return tls_->PollBytes(); }
  std::optional<std::span<const std::uint8_t>> peer_transport_parameters() const override {
    return std::nullopt;
  }
  bool complete() const override { return false; }
  std::string_view alpn() const override { return {}; }
  std::string_view server_name() const override { return {}; }
  crypto::TlsFault fault() const override {
    return failed_ ? crypto::TlsFault::kAlert : crypto::TlsFault::kNone;
  }
  std::uint8_t alert() const override { return alert_; }
  std::string_view error() const override { return failed_ ? "refused" : ""; }

 private:
  std::unique_ptr<crypto::TlsHandshake> tls_;
  std::uint8_t alert_;
  bool failed_ = false;
};

// TR-405, TR-409, TR-410, TR-411: RFC 9001 §4.8: each alert, those that TLS calls warnings too,
// ends the connection with 0x100 and its number, also protocol_version, no_application_protocol and
// missing_extension. Which fault has which alert is shown beside the TLS code.
TEST_P(CryptoStreamTest, EveryAlertIsFatal) {
  for (int alert = 0; alert <= 255; ++alert) {
    SCOPED_TRACE(alert);
    RawPair pair({.tested = GetParam(), .wrap_tls = [alert](auto tls) {
                    return std::make_unique<RefusingTls>(std::move(tls),
                                                         static_cast<std::uint8_t>(alert));
                  }});
    pair.Exchange();
    pair.SendHandshake();
    ASSERT_NE(pair.Last<ConnectionClosed>(), nullptr);
    ASSERT_TRUE(pair.close());
    EXPECT_EQ(pair.close()->error_code, 0x100u + static_cast<unsigned>(alert));
    EXPECT_FALSE(pair.close()->is_application);
    EXPECT_EQ(pair.close()->frame_type, 0x06u);
    EXPECT_EQ(pair.Last<HandshakeCompleted>(), nullptr);
  }
}

// TR-423: RFC 9001 §5.3, §5.4: each suite protects the handshake and data in both directions; the
// secrets of the second are those of SHA-384.
TEST_P(CryptoStreamTest, EverySuiteCarriesData) {
  for (const crypto::CipherSuite& suite : crypto::CipherSuites()) {
    SCOPED_TRACE(suite.name);
    RawPair pair({.tested = GetParam(), .tls = {.suite = &suite}});
    ASSERT_TRUE(pair.Handshake());
    const Bytes data(500, 0x42);
    const StreamId id = StreamId::Make(Opposite(GetParam()), StreamDirection::kBidirectional, 0);
    pair.SendFrames(k1Rtt, StreamFrame{.stream_id = id, .data = data});
    EXPECT_TRUE(std::ranges::equal(pair.connection()->Peek(id).bytes, data));
    ASSERT_EQ(pair.connection()->Write(id, data, true).status, WriteStatus::kOk);
    pair.Exchange();
    ASSERT_FALSE(pair.peer().Frames<StreamFrame>().empty());
    EXPECT_TRUE(std::ranges::equal(pair.peer().Frames<StreamFrame>().back().data, data));
  }
  EXPECT_EQ(crypto::FindCipherSuite(0x1302)->hash_length, 48u);
}

INSTANTIATE_TEST_SUITE_P(Both, CryptoStreamTest,
                         testing::Values(Perspective::kServer, Perspective::kClient), RoleName);

}  // namespace
}  // namespace quiesce::quic
