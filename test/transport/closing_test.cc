// How connections end: by a close of either side in every phase of the handshake, by silence, by a
// stateless reset. RFC 9000 §10; TR-311, TR-530 to TR-533.
#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>
#include <vector>

#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::Encode;
using test::RawPair;
using Code = TransportErrorCode;

constexpr PacketType k1Rtt = PacketType::kOneRtt;
constexpr auto kApplicationError = static_cast<std::uint64_t>(Code::kApplicationError);

// The types of packets in which CONNECTION_CLOSE was seen.
std::set<PacketType> ClosedIn(const RawPair& pair) {
  std::set<PacketType> types;
  for (const auto& close : pair.closes()) types.insert(close.packet);
  return types;
}

// RFC 9000 §10.2.3: what is not protected from onlookers says nothing of the application.
void ExpectNothingOfTheApplication(const RawPair& pair) {
  for (const auto& close : pair.closes()) {
    if (close.packet == k1Rtt) continue;
    EXPECT_FALSE(close.is_application);
    EXPECT_EQ(close.error_code, kApplicationError);
    EXPECT_EQ(close.frame_type, 0u);
    EXPECT_EQ(close.reason, "");
  }
}

// TR-527: RFC 9000 §10.2.3.
TEST(EarlyClose, OfAServerGoesOutInEveryLevel) {
  RawPair pair({.tested = Perspective::kServer});
  pair.SendHandshake();
  pair.connection()->Close(0x102, "a secret");
  pair.Exchange();
  EXPECT_EQ(ClosedIn(pair), (std::set{PacketType::kInitial, PacketType::kHandshake, k1Rtt}));
  ExpectNothingOfTheApplication(pair);
  EXPECT_EQ(pair.Last<ConnectionClosed>()->reason, "a secret");
}

// TR-527: RFC 9000 §10.2.3.
TEST(EarlyClose, OfAClientWithoutHandshakeKeysIsALargeInitial) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  pair.sent().clear();
  pair.connection()->Close(0x102, "a secret");
  pair.Exchange();
  EXPECT_EQ(ClosedIn(pair), (std::set{PacketType::kInitial}));
  ExpectNothingOfTheApplication(pair);
  ASSERT_EQ(pair.sent().size(), 1u);
  EXPECT_GE(pair.sent()[0].bytes.size(), 1200u);  // RFC 9000 §14.1
}

// TR-527: RFC 9000 §10.2.3.
TEST(EarlyClose, OfAClientThatIsNotConfirmedGoesOutInHandshakeToo) {
  RawPair pair({.tested = Perspective::kClient});
  pair.Exchange();
  pair.SendHandshake();
  ASSERT_TRUE(pair.Last<HandshakeCompleted>() != nullptr);
  ASSERT_TRUE(pair.Last<HandshakeConfirmed>() == nullptr);
  pair.connection()->Close(0x102, "a secret");
  pair.Exchange();
  EXPECT_EQ(ClosedIn(pair), (std::set{PacketType::kHandshake, k1Rtt}));
  ExpectNothingOfTheApplication(pair);
  EXPECT_EQ(pair.close()->error_code, 0x102u);
  EXPECT_EQ(pair.close()->reason, "a secret");
}

TEST(EarlyClose, OfAClientThatHasSentNothingStaysUnheard) {
  RawPair pair({.tested = Perspective::kClient});
  pair.connection()->Close(0x102, "changed my mind");
  pair.Exchange();
  EXPECT_TRUE(pair.sent().empty());
  EXPECT_NE(pair.Last<ConnectionClosed>(), nullptr);
  EXPECT_EQ(pair.endpoint().connection_count(), 0u);
}

// RFC 9000 §8.1, §10.2.1: what was held back leaves as soon as it may.
TEST(EarlyClose, WaitsForCreditAtTheAmplificationLimit) {
  RawPair pair({.tested = Perspective::kServer, .tls = {.certificate_bytes = 10'000}});
  pair.SendHandshake();
  ASSERT_EQ(pair.bytes_sent(), 3 * pair.bytes_received());
  pair.connection()->Close(0x102, "");
  pair.Exchange();
  EXPECT_FALSE(pair.close());
  EXPECT_EQ(pair.endpoint().memory_bytes(), pair.connection()->memory_bytes());
  EXPECT_NE(pair.Last<ConnectionClosed>(), nullptr);
  pair.SendFrames(PacketType::kInitial, PingFrame{});
  EXPECT_EQ(ClosedIn(pair), (std::set{PacketType::kInitial, PacketType::kHandshake}));
  EXPECT_LE(pair.bytes_sent(), 3 * pair.bytes_received());
}

// RFC 9000 §8.1: to an address that may be somebody else's goes the close and nothing with it.
TEST(EarlyClose, TakesNoDataAlongToAnAddressThatIsNotValidated) {
  RawPair pair({.tested = Perspective::kServer, .tls = {.certificate_bytes = 10'000}});
  pair.SendHandshake();
  const StreamId id = *pair.connection()->OpenStream(StreamDirection::kBidirectional);
  ASSERT_EQ(pair.connection()->Write(id, Bytes(5000), false).status, WriteStatus::kOk);
  pair.connection()->Close(0x102, "");
  pair.Exchange();
  pair.sent().clear();
  pair.SendFrames(PacketType::kInitial, PingFrame{});
  ASSERT_EQ(pair.sent().size(), 1u);
  EXPECT_LT(pair.sent()[0].bytes.size(), 300u);
}

// RFC 9000 §10.1: who announced an idle timeout does not give up earlier without a word.
TEST(EarlyClose, FollowsAHandshakeThatTakesTooLong) {
  for (const Perspective tested : {Perspective::kServer, Perspective::kClient}) {
    RawPair pair({.tested = tested});
    pair.Exchange();
    if (tested == Perspective::kServer) pair.SendHandshake();
    pair.RunFor(seconds(9));
    EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
    pair.RunFor(seconds(2));
    ASSERT_NE(pair.Last<ConnectionClosed>(), nullptr);
    EXPECT_EQ(pair.Last<ConnectionClosed>()->source, CloseSource::kHandshakeTimeout);
    ASSERT_TRUE(pair.close());
    EXPECT_EQ(static_cast<Code>(pair.close()->error_code), Code::kNoError);
    pair.RunFor(seconds(11));
    EXPECT_EQ(pair.endpoint().connection_count(), 0u);
  }
}

class ClosingTest : public testing::TestWithParam<Perspective> {
 protected:
  ClosingTest() : pair_({.tested = GetParam(), .parameters = Parameters()}) {
    EXPECT_TRUE(pair_.Handshake());
    pair_.Acknowledge();
    pair_.sent().clear();
  }

  // Those of the raw peer: a server announces a token.
  static test::RawPeer::ParameterHook Parameters() {
    return [](TransportParameters parameters) {
      const Perspective peer = Opposite(GetParam());
      if (peer == Perspective::kServer) parameters.stateless_reset_token = Token(0x11);
      return EncodeTransportParameters(parameters, peer);
    };
  }
  static StatelessResetToken Token(std::uint8_t n) {
    StatelessResetToken token;
    token.fill(n);
    return token;
  }
  // A datagram that ends in a token and looks like a short packet of any connection.
  static Bytes Reset(const StatelessResetToken& token, std::size_t size = 60) {
    Bytes datagram(size, 0x5a);
    std::ranges::copy(token, datagram.end() - 16);
    return datagram;
  }
  // Gives the endpoint an ID with a token, and lets it be used when `retire_prior_to` says so.
  void GiveId(std::uint64_t sequence, std::uint64_t retire_prior_to, std::uint8_t token) {
    const std::array<std::uint8_t, 8> id{token, token, token, token, 1, 2, 3, 4};
    NewConnectionIdFrame frame{.sequence_number = sequence,
                               .retire_prior_to = retire_prior_to,
                               .connection_id = ConnectionId(id)};
    frame.stateless_reset_token = Token(token);
    pair_.SendFrames(k1Rtt, frame);
  }
  bool Ended() const { return pair_.Last<ConnectionClosed>() != nullptr; }

  RawPair pair_;
};

// I8, TR-530: RFC 9000 §10.2.1.
TEST_P(ClosingTest, AnswersDatagramsAtAFallingRateWithTheSameBytes) {
  pair_.connection()->Close(0x100, "bye");
  pair_.Exchange();
  ASSERT_EQ(pair_.sent().size(), 1u);
  const Bytes first = pair_.sent()[0].bytes;
  const std::uint64_t received = pair_.bytes_received();
  std::uint64_t answered = 0;
  for (unsigned n = 1; n <= 1000; ++n) {
    pair_.SendFrames(k1Rtt, PingFrame{}, PaddingFrame{.count = 1 + n % 100});
    ASSERT_LE(pair_.sent().size() - 1, std::bit_width(n) + 0u);
    answered = (pair_.sent().size() - 1) * first.size();
    ASSERT_LE(answered, 3 * (pair_.bytes_received() - received));
  }
  EXPECT_GE(pair_.sent().size(), 8u);
  for (const auto& sent : pair_.sent()) EXPECT_EQ(sent.bytes, first);
}

// RFC 9000 §10.2.1: nothing to an address that may be made up.
TEST_P(ClosingTest, AnswersNobodyElse) {
  pair_.connection()->Close(0x100, "bye");
  pair_.Exchange();
  const Bytes datagram = pair_.peer().Datagram(k1Rtt, Encode(PingFrame{}, PaddingFrame{}));
  for (int i = 0; i < 10; ++i)
    pair_.SendDatagramFrom(RawPair::PeerAddress().WithPort(4444), datagram);
  EXPECT_EQ(pair_.sent().size(), 1u);
}

// TR-530: RFC 9000 §10.2: at least three PTOs, then the connection and its IDs are forgotten.
TEST_P(ClosingTest, EndsAfterThreeProbeTimeouts) {
  const Duration period = 3 * pair_.connection()->ProbeTimeout();
  pair_.connection()->Close(0x100, "");
  pair_.Exchange();
  pair_.RunFor(period - milliseconds(1));
  EXPECT_EQ(pair_.endpoint().connection_count(), 1u);
  pair_.RunFor(milliseconds(2));
  EXPECT_EQ(pair_.endpoint().connection_count(), 0u);
  EXPECT_EQ(pair_.endpoint().NextTimeout(), std::nullopt);
  EXPECT_EQ(pair_.endpoint().memory_bytes(), 0u);
}

// I8, TR-530: RFC 9000 §10.2.2.
TEST_P(ClosingTest, DrainingSendsNothing) {
  const StreamId id = *pair_.connection()->OpenStream(StreamDirection::kBidirectional);
  pair_.connection()->Write(id, Bytes(10'000), false);
  pair_.Exchange();
  pair_.sent().clear();
  pair_.SendFrames(k1Rtt, ConnectionCloseFrame{.is_application = true, .error_code = 7});
  ASSERT_TRUE(Ended());
  EXPECT_EQ(pair_.Last<ConnectionClosed>()->error_code, 7u);
  for (int i = 0; i < 20; ++i) {
    pair_.SendFrames(k1Rtt, PingFrame{}, PaddingFrame{});
    pair_.RunFor(milliseconds(1));
  }
  pair_.connection()->Close(1, "too late");
  EXPECT_EQ(pair_.connection()->Write(id, Bytes(1), false).status, WriteStatus::kClosed);
  pair_.RunFor(seconds(10));
  EXPECT_TRUE(pair_.sent().empty());
  EXPECT_EQ(pair_.endpoint().connection_count(), 0u);
}

// I12: RFC 9000 §10.2.1. The close datagram is all that is left.
TEST_P(ClosingTest, KeepsOneDatagram) {
  const StreamId id = *pair_.connection()->OpenStream(StreamDirection::kBidirectional);
  pair_.connection()->Write(id, Bytes(200'000), false);
  pair_.Exchange();
  EXPECT_GT(pair_.connection()->memory_bytes(), 200'000u);
  pair_.sent().clear();
  pair_.connection()->Close(0x100, "bye");
  pair_.Exchange();
  ASSERT_FALSE(pair_.sent().empty());
  EXPECT_EQ(pair_.connection()->memory_bytes(), pair_.sent().back().bytes.size());
}

// I12: at once, not only when somebody polls the news.
TEST_P(ClosingTest, FreesEverythingBeforeTheEventIsPolled) {
  pair_.connection()->Close(0x100, "bye");
  TransmitBatch batch(64 * 1024);
  ASSERT_GT(pair_.endpoint().PollTransmit(pair_.now(), batch), 0u);
  EXPECT_EQ(pair_.endpoint().memory_bytes(), batch.datagrams().back().bytes.size());
}

// A close takes along what fits in front of it, and neither window nor pacer holds it back.
TEST_P(ClosingTest, LeavesThoughTheWindowIsFull) {
  const StreamId id = *pair_.connection()->OpenStream(StreamDirection::kBidirectional);
  pair_.connection()->Write(id, Bytes(200'000), false);
  pair_.RunFor(milliseconds(5));
  pair_.sent().clear();
  pair_.connection()->Close(0x100, "bye");
  pair_.Exchange();
  EXPECT_EQ(pair_.sent().size(), 1u);
  ASSERT_TRUE(pair_.close());
  EXPECT_EQ(pair_.close()->reason, "bye");
}

// SEC-46: RFC 9000 §19.19, §20.2.
TEST_P(ClosingTest, AReasonIsCutToWhatFits) {
  pair_.connection()->Close(kMaxVarint, std::string(60'000, 'x'));
  pair_.Exchange();
  ASSERT_TRUE(pair_.close());
  EXPECT_EQ(pair_.close()->error_code, kMaxVarint);
  EXPECT_EQ(pair_.close()->reason, std::string(256, 'x'));
}

// SEC-46: RFC 9000 §20.2: what no frame can say becomes the highest code that one can.
TEST_P(ClosingTest, ErrorCodesKeepToSixtyTwoBits) {
  constexpr std::uint64_t kTooHigh = ~std::uint64_t{0};
  const StreamId id = *pair_.connection()->OpenStream(StreamDirection::kBidirectional);
  pair_.connection()->Write(id, Bytes(10), false);
  pair_.connection()->ResetStream(id, kTooHigh);
  pair_.connection()->StopSending(id, kTooHigh);
  pair_.Exchange();
  const auto resets = pair_.peer().Frames<ResetStreamFrame>();
  ASSERT_EQ(resets.size(), 1u);
  EXPECT_EQ(resets[0].application_error_code, kMaxVarint);
  const auto stops = pair_.peer().Frames<StopSendingFrame>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].application_error_code, kMaxVarint);

  pair_.connection()->Close(kTooHigh, "");
  pair_.Exchange();
  ASSERT_TRUE(pair_.close());
  EXPECT_EQ(pair_.close()->error_code, kMaxVarint);
}

// TR-531, SEC-21: RFC 9000 §10.3.1.
TEST_P(ClosingTest, AResetWithTheTokenOfTheIdInUseEndsTheConnection) {
  GiveId(1, 1, 0x22);
  pair_.SendDatagram(Reset(Token(0x22)));
  ASSERT_TRUE(Ended());
  EXPECT_EQ(pair_.Last<ConnectionClosed>()->source, CloseSource::kStatelessReset);
  pair_.sent().clear();
  pair_.RunFor(seconds(10));
  EXPECT_TRUE(pair_.sent().empty());
  EXPECT_EQ(pair_.endpoint().connection_count(), 0u);
}

// The same behind an ID that leads to the connection, and in the smallest size there is.
TEST_P(ClosingTest, AResetIsFoundBehindAnyId) {
  GiveId(1, 1, 0x22);
  Bytes datagram = Reset(Token(0x22));
  std::ranges::copy(pair_.peer().peer_cid().bytes(), datagram.begin() + 1);
  pair_.SendDatagram(datagram);
  EXPECT_TRUE(Ended());
}

TEST_P(ClosingTest, TheSmallestResetCounts) {
  GiveId(1, 1, 0x22);
  pair_.SendDatagram(Reset(Token(0x22), 21));
  EXPECT_TRUE(Ended());
}

TEST_P(ClosingTest, OtherTokensResetNothing) {
  GiveId(1, 1, 0x22);  // in use
  GiveId(2, 1, 0x33);  // not used yet
  StatelessResetToken nearly = Token(0x22);
  nearly[15] ^= 1;
  for (const StatelessResetToken& token : {nearly, Token(0x11), Token(0x33), Token(0)})
    pair_.SendDatagram(Reset(token));
  pair_.SendDatagram(Reset(Token(0x22), 20));  // too small for any QUIC packet
  pair_.SendDatagramFrom(RawPair::PeerAddress().WithPort(4444), Reset(Token(0x22)));
  EXPECT_FALSE(Ended());
}

// SEC-21: what was never announced matches nothing, zeros least of all.
TEST(StatelessReset, WithoutATokenNothingMatches) {
  RawPair pair({.tested = Perspective::kClient});
  ASSERT_TRUE(pair.Handshake());
  Bytes zeros(60);
  zeros[0] = 0x40;
  pair.SendDatagram(zeros);
  std::ranges::copy(pair.peer().peer_cid().bytes(), zeros.begin() + 1);
  pair.SendDatagram(zeros);
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
}

// TR-311: RFC 9000 §10.1: the smaller of both timeouts.
TEST_P(ClosingTest, SilenceEndsAfterTheSmallerTimeoutWithoutAWord) {
  for (const std::uint64_t theirs : {std::uint64_t{5'000}, std::uint64_t{0}, kMaxVarint}) {
    RawPair pair({.tested = GetParam(), .parameters = [theirs](TransportParameters parameters) {
                    parameters.max_idle_timeout_ms = theirs;
                    return EncodeTransportParameters(parameters, Opposite(GetParam()));
                  }});
    ASSERT_TRUE(pair.Handshake());
    pair.Acknowledge();
    pair.RunFor(milliseconds(100));
    pair.sent().clear();
    const auto limit = theirs == 5'000 ? seconds(5) : seconds(30);
    pair.RunFor(limit - milliseconds(200));
    EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
    pair.RunFor(milliseconds(200));
    ASSERT_NE(pair.Last<ConnectionClosed>(), nullptr);
    EXPECT_EQ(pair.Last<ConnectionClosed>()->source, CloseSource::kIdleTimeout);
    EXPECT_TRUE(pair.sent().empty());
    EXPECT_EQ(pair.endpoint().connection_count(), 0u);
  }
}

// TR-533: RFC 9000 §10.1.2.
TEST_P(ClosingTest, KeepAliveKeepsAQuietConnection) {
  RawPair pair(
      {.tested = GetParam(), .config = {.connection = {.keep_alive_interval = seconds(10)}}});
  ASSERT_TRUE(pair.Handshake());
  pair.Acknowledge();
  pair.peer().seen().clear();
  for (int i = 0; i < 10; ++i) {
    pair.RunFor(seconds(10));
    pair.Acknowledge();
  }
  EXPECT_EQ(pair.Last<ConnectionClosed>(), nullptr);
  EXPECT_GE(pair.peer().Frames<PingFrame>().size(), 9u);
  EXPECT_LE(pair.peer().Frames<PingFrame>().size(), 11u);
}

// TR-533: a PING that cannot leave, because the peer acknowledges nothing, does not keep the
// deadline in the past: each wake-up must move time.
TEST_P(ClosingTest, KeepAliveToADeadPeerDoesNotSpin) {
  RawPair pair(
      {.tested = GetParam(), .config = {.connection = {.keep_alive_interval = milliseconds(100)}}});
  ASSERT_TRUE(pair.Handshake());
  pair.Acknowledge();
  const StreamId id = *pair.connection()->OpenStream(StreamDirection::kBidirectional);
  pair.connection()->Write(id, Bytes(200'000), false);
  pair.peer_is_deaf = true;
  pair.Exchange();
  Endpoint& endpoint = pair.endpoint();
  Instant now = pair.now();
  TransmitBatch batch(64 * 1024);
  int wake_ups = 0;
  for (; endpoint.NextTimeout() && wake_ups < 1000; ++wake_ups) {
    now = std::max(now, *endpoint.NextTimeout());
    endpoint.HandleTimeout(now);
    while (endpoint.PollTransmit(now, batch) > 0) batch.Clear();
    while (endpoint.PollEvent()) {
    }
  }
  EXPECT_LT(wake_ups, 100);
  EXPECT_EQ(endpoint.connection_count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Both, ClosingTest,
                         testing::Values(Perspective::kServer, Perspective::kClient),
                         [](const auto& info) {
                           return info.param == Perspective::kServer ? "Server" : "Client";
                         });

}  // namespace
}  // namespace quiesce::quic
