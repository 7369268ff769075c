// SEC-xx: peers that do what the protocol allows, or nearly, in order to cost us memory or time.
// Those that belong to a frame, a header or a limit are tested beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
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

class HostilePeerTest : public testing::TestWithParam<Perspective> {
 protected:
  HostilePeerTest() : pair_({.tested = GetParam()}) {
    EXPECT_TRUE(pair_.Handshake());
    pair_.Acknowledge();
    before_ = pair_.endpoint().memory_bytes();
  }

  // Of the peer.
  static StreamId Stream(std::uint64_t n) {
    return StreamId::Make(Opposite(GetParam()), StreamDirection::kBidirectional, n);
  }
  std::size_t MemoryGrown() { return pair_.endpoint().memory_bytes() - before_; }
  void ExpectAlive() {
    ASSERT_EQ(pair_.Last<ConnectionClosed>(), nullptr) << pair_.Last<ConnectionClosed>()->reason;
  }

  RawPair pair_;
  std::size_t before_ = 0;
};

// One byte at every second offset, last to first, and again.
TEST_P(HostilePeerTest, FragmentsCostNoMoreThanTheirSpan) {
  constexpr std::uint64_t kSpan = 8'000;
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t offset = kSpan; offset > 0; offset -= 2) {
      const std::uint8_t byte[] = {7};
      pair_.SendFrames(
          k1Rtt, StreamFrame{.stream_id = Stream(0), .offset = ByteCount(offset), .data = byte});
    }
    EXPECT_LT(MemoryGrown(), 2 * kSpan + 4096);
  }
  ExpectAlive();
}

// SEC-05: one byte at the highest offset that is granted, on every stream.
TEST_P(HostilePeerTest, ABytePutFarAheadCostsABlock) {
  const std::uint8_t byte[] = {7};
  std::uint64_t left = StreamConfig().initial_max_data.value();
  std::size_t streams = 0;
  for (std::uint64_t n = 0; n < 100 && left > 15'000; ++n, ++streams) {
    left -= 15'001;
    pair_.SendFrames(
        k1Rtt, StreamFrame{.stream_id = Stream(n), .offset = ByteCount(15'000), .data = byte});
  }
  EXPECT_EQ(streams, 100u);
  EXPECT_LT(MemoryGrown(), streams * 6'000);
  ExpectAlive();
}

// SEC-26: streams that begin with their end leave nothing, and their credit returns.
TEST_P(HostilePeerTest, StreamsThatAreResetAtOnceLeaveNothing) {
  std::size_t after_some = 0;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    pair_.SendFrames(k1Rtt, ResetStreamFrame{.stream_id = Stream(n)},
                     StopSendingFrame{.stream_id = Stream(n)});
    pair_.Acknowledge();
    pair_.RunFor(milliseconds(1));
    ASSERT_EQ(pair_.Last<ConnectionClosed>(), nullptr) << n;
    if (n == 300) after_some = MemoryGrown();
    pair_.peer().seen().clear();
  }
  EXPECT_LE(MemoryGrown(), after_some + 1000);
}

// Sending is blocked in every way there is, and each verb ends all the same.
TEST_P(HostilePeerTest, EveryVerbEndsWhateverIsBlocked) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int world = 0; world < 20; ++world) {
    RawPair pair({.tested = GetParam(), .seed = random()});
    ASSERT_TRUE(pair.Handshake());
    std::vector<StreamId> streams;
    for (int step = 0; step < 150 && pair.connection() != nullptr; ++step) {
      Connection& connection = *pair.connection();
      switch (random() % 10) {
        case 0:
          if (const auto id = connection.OpenStream(StreamDirection::kBidirectional))
            streams.push_back(*id);
          break;
        case 1:
        case 2:
          if (!streams.empty())
            connection.Write(streams[random() % streams.size()], Bytes(random() % 100'000),
                             random() % 8 == 0);
          break;
        case 3:
          if (!streams.empty()) connection.ResetStream(streams[random() % streams.size()], 1);
          break;
        case 4:
          pair.SendFrames(k1Rtt, MaxDataFrame{.maximum_data = ByteCount(random() % (1 << 22))});
          break;
        case 5:
          if (!streams.empty())
            pair.SendFrames(k1Rtt,
                            StopSendingFrame{.stream_id = streams[random() % streams.size()]});
          break;
        case 6:
          pair.Acknowledge();
          break;
        case 7:
          pair.SendFrames(k1Rtt, PathChallengeFrame{}, PingFrame{});
          break;
        case 8:
          pair.peer_is_deaf = random() % 2 == 0;
          break;
        default:
          pair.RunFor(milliseconds(random() % 200));
      }
      pair.Exchange();
    }
    EXPECT_TRUE(pair.Last<ConnectionClosed>() == nullptr ||
                pair.Last<ConnectionClosed>()->source != CloseSource::kLocal)
        << pair.Last<ConnectionClosed>()->reason;
  }
}

// SEC-46: a clock that goes back, and stands.
TEST_P(HostilePeerTest, AClockThatGoesBackBreaksNothing) {
  Endpoint& endpoint = pair_.endpoint();
  const DatagramInfo info{.path = {.local = SocketAddress::Ipv4(std::array<std::uint8_t, 4>{}, 1),
                                   .peer = RawPair::PeerAddress()}};
  TransmitBatch batch(64 * 1024);
  for (const int back : {1, 1000, 0, 500, 0, 0}) {
    const Instant now = pair_.now() - milliseconds(back);
    Bytes datagram = pair_.peer().Datagram(k1Rtt, Encode(PingFrame{}, PaddingFrame{.count = 30}));
    endpoint.HandleDatagram(now, info, datagram);
    endpoint.HandleTimeout(now);
    while (endpoint.PollTransmit(now, batch) > 0) {
      for (const auto& sent : batch.datagrams()) pair_.peer().Receive(sent.bytes);
      batch.Clear();
    }
    Bytes ack = pair_.peer().Datagram(k1Rtt, pair_.peer().AckAll(PacketNumberSpace::kApplication));
    endpoint.HandleDatagram(now, info, ack);
  }
  pair_.RunFor(seconds(1));
  ExpectAlive();
}

INSTANTIATE_TEST_SUITE_P(Both, HostilePeerTest,
                         testing::Values(Perspective::kServer, Perspective::kClient),
                         [](const auto& info) {
                           return info.param == Perspective::kServer ? "Server" : "Client";
                         });

}  // namespace
}  // namespace quiesce::quic
