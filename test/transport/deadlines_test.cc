// What NextTimeout says once a due timer has run and everything was sent: never a moment that has
// passed, or the loop above would spin. RFC 9002 §6.2.1.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "test/support/connected_pair.h"
#include "test/support/fake_tls.h"
#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using test::ConnectedPair;
using Side = ConnectedPair::Side;

// The server's word that it has the client's Finished is lost, so the client's Handshake packets
// wait for a probe timeout. While the loss of a 1-RTT packet is about to be declared, that timer is
// not armed, and it is overdue when it comes to light. Every pause is tried between the two.
TEST(Deadlines, AProbeTimeoutBehindALossTimeoutRunsWithIt) {
  for (int pause_ms = 0; pause_ms < 60; ++pause_ms) {
    SCOPED_TRACE(pause_ms);
    test::SeededRandom random(1);
    ConnectedPair pair({}, test::NewFakeClient({}, random),
                       [&] { return test::NewFakeServer({}, random); });
    ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<HandshakeCompleted>(Side::kClient); }));
    bool confirming = true;
    int lost_from_client = 0;
    pair.SetFilter([&](Side from, std::vector<std::uint8_t>&) {
      if (from == Side::kServer) return !std::exchange(confirming, false);
      return lost_from_client-- != 1;
    });
    const auto in_the_past = [&] {
      const auto due = pair.client().NextTimeout();
      EXPECT_FALSE(due && *due <= pair.now());
      return testing::Test::HasFailure();
    };
    pair.RunFor(milliseconds(pause_ms));
    const auto stream = pair.connection(Side::kClient)->OpenStream(StreamDirection::kBidirectional);
    ASSERT_TRUE(stream);
    // Three datagrams, the first of which is lost.
    lost_from_client = 1;
    const std::vector<std::uint8_t> bytes(2'500, 7);
    ASSERT_EQ(pair.connection(Side::kClient)->Write(*stream, bytes, true).status, WriteStatus::kOk);
    EXPECT_FALSE(pair.RunUntil(in_the_past, milliseconds(500)));
    EXPECT_TRUE(pair.Has<StreamSendFinished>(Side::kClient));
  }
}

}  // namespace
}  // namespace quiesce::quic
