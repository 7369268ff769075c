// What may leave and when: the congestion window, the pacer, probes. RFC 9002 §6.2.4, §7, §7.7.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "quic/recovery/congestion_controller.h"
#include "test/support/connected_pair.h"
#include "test/support/fake_tls.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::ConnectedPair;
using test::RawPair;
using Side = ConnectedPair::Side;

class SendingTest : public testing::Test {
 protected:
  SendingTest() : pair_({}) {
    EXPECT_TRUE(pair_.Handshake());
    pair_.Acknowledge();
    pair_.RunFor(milliseconds(100));
    pair_.sent().clear();
    stream_ = *pair_.connection()->OpenStream(StreamDirection::kBidirectional);
  }

  std::size_t bytes_sent() {
    std::size_t bytes = 0;
    for (const auto& sent : pair_.sent()) bytes += sent.bytes.size();
    return bytes;
  }

  RawPair pair_;
  StreamId stream_;
};

// RFC 9002 §7, §7.2.
TEST_F(SendingTest, StopsWhenTheWindowIsFull) {
  pair_.connection()->Write(stream_, Bytes(200'000), false);
  pair_.Exchange();
  const std::size_t window = InitialWindow(ByteCount(1200)).value();
  EXPECT_LE(bytes_sent(), window + 1200);  // the handshake's packets have opened it a little
  EXPECT_GE(bytes_sent(), window - 1200);
  const std::size_t first = pair_.sent().size();
  pair_.Acknowledge();
  EXPECT_GT(pair_.sent().size(), first);
}

// RC-10, RFC 9002 §6.2.4, §7.5: probes leave although the window is full, two at a time, ever more
// rarely.
TEST_F(SendingTest, ProbesLeaveThoughTheWindowIsFull) {
  pair_.connection()->Write(stream_, Bytes(200'000), false);
  pair_.peer_is_deaf = true;
  pair_.Exchange();
  pair_.sent().clear();
  std::vector<std::size_t> probes;
  for (int i = 0; i < 6; ++i) {
    pair_.sent().clear();
    const auto before = pair_.connection()->stats().probe_timeouts;
    while (pair_.connection()->stats().probe_timeouts == before)
      pair_.RunFor(*pair_.endpoint().NextTimeout() - pair_.now());
    probes.push_back(pair_.sent().size());
  }
  EXPECT_EQ(probes, std::vector<std::size_t>(6, 2));
}

// What is lost is sent again, and the application's bytes arrive once and whole.
TEST_F(SendingTest, AProbeRepeatsWhatWasLost) {
  const Bytes message(500, 9);
  pair_.peer_is_deaf = true;
  pair_.connection()->Write(stream_, message, true);
  pair_.Exchange();
  pair_.peer_is_deaf = false;
  pair_.RunFor(seconds(1));
  const auto frames = pair_.peer().Frames<StreamFrame>();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames[0].data.size(), message.size());
  EXPECT_TRUE(frames[0].fin);
}

// RC-16, RFC 9002 §7.7: bursts of at most ten datagrams, and the rest spread over the round trip.
TEST(Pacing, SpreadsAWindowOverTheRoundTrip) {
  test::SeededRandom random(1);
  ConnectedPair pair({.one_way_delay = milliseconds(50)}, test::NewFakeClient({}, random),
                     [&random] { return test::NewFakeServer({}, random); });
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<HandshakeConfirmed>(Side::kClient); }));
  std::map<Instant, int> sent;
  pair.SetFilter([&](Side from, std::vector<std::uint8_t>& bytes) {
    if (from == Side::kClient && bytes.size() > 1000) ++sent[pair.now()];
    return true;
  });
  const StreamId id = *pair.connection(Side::kClient)->OpenStream(StreamDirection::kBidirectional);
  pair.connection(Side::kClient)->Write(id, Bytes(200'000), true);
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<StreamSendFinished>(Side::kClient); }));
  ASSERT_GT(sent.size(), 8u);
  for (const auto& [time, datagrams] : sent) EXPECT_LE(datagrams, 11) << datagrams;
}

// RC-16, RFC 9002 §7.7: acknowledgments are not paced. On a path so long that the client's own data
// leaves seldom, every second datagram of the server is acknowledged when it arrives.
TEST(Pacing, DoesNotDelayAcknowledgments) {
  constexpr auto kDelay = seconds(1);
  test::SeededRandom random(1);
  ConnectedPair pair({.one_way_delay = kDelay}, test::NewFakeClient({}, random),
                     [&random] { return test::NewFakeServer({}, random); });
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<HandshakeConfirmed>(Side::kClient); }));
  std::vector<Instant> server_sent;
  std::set<Instant> client_sent;
  pair.SetFilter([&](Side from, std::vector<std::uint8_t>& bytes) {
    if (from == Side::kClient) {
      client_sent.insert(pair.now());
    } else if (bytes.size() > 300) {
      server_sent.push_back(pair.now());
    }
    return true;
  });
  Connection& client = *pair.connection(Side::kClient);
  // A window well above what may leave at once, so that the pacer is the limit.
  const StreamId up = *client.OpenStream(StreamDirection::kBidirectional);
  client.Write(up, Bytes(100'000), false);
  pair.RunFor(seconds(30));
  const StreamId down =
      *pair.connection(Side::kServer)->OpenStream(StreamDirection::kUnidirectional);
  for (int i = 0; i < 20; ++i) {
    pair.connection(Side::kServer)->Write(down, Bytes(400), false);
    pair.RunFor(milliseconds(7));
  }
  pair.RunFor(kDelay - milliseconds(140));
  client_sent.clear();
  client.Write(up, Bytes(400'000), true);
  pair.RunFor(milliseconds(140));
  ASSERT_EQ(server_sent.size(), 20u);
  for (std::size_t i = 1; i < server_sent.size(); ++i) {
    const auto next = client_sent.upper_bound(server_sent[i - 1] + kDelay);
    ASSERT_NE(next, client_sent.end());
    EXPECT_LE(*next, server_sent[std::min(i + 1, server_sent.size() - 1)] + kDelay) << i;
  }
}

}  // namespace
}  // namespace quiesce::quic
