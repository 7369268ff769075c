#include "quic/recovery/prr.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::quic {
namespace {

constexpr ByteCount kSegment(1000);

// RFC 9937 §8, Figure 1: one loss in a window of 20; the first ACK is that which declares it. The
// figure counts whole segments.
TEST(Prr, SendsEverySecondAcknowledgmentAfterOneLoss) {
  constexpr ByteCount kOne(1);
  Prr prr;
  // 20 in flight and 2 sent for the first duplicates; two were acknowledged before.
  ByteCount in_flight(18);
  prr.Start(ByteCount(10), ByteCount(20));
  std::string windows, sent;
  for (int ack = 3; ack <= 21; ++ack) {
    const ByteCount window = prr.OnAck(kOne, in_flight, false, kOne);
    const ByteCount out = window - in_flight;
    windows += std::to_string(window.value()) + " ";
    sent += std::to_string(out.value());
    prr.OnSent(out);
    in_flight = window - kOne;  // which the next ACK takes out
  }
  // When what is in flight meets the threshold the figure has one segment more than the algorithm,
  // which no longer reduces then.
  EXPECT_EQ(windows, "19 18 18 17 17 16 16 15 15 14 14 13 13 12 12 11 10 10 10 ");
  EXPECT_EQ(sent, "1010101010101010011");
}

// RFC 9937 §8, Figure 2: 15 losses in a window of 20; as much is sent as is delivered.
TEST(Prr, ConservesPacketsAfterManyLosses) {
  Prr prr;
  std::uint64_t in_flight = 4;
  prr.Start(kSegment * 10, kSegment * 20);
  for (int ack = 17; ack <= 19; ++ack) {
    EXPECT_EQ(prr.OnAck(kSegment, kSegment * in_flight, false, kSegment), kSegment * 5) << ack;
    prr.OnSent(kSegment);  // and the next ACK takes one out again
  }
}

// RFC 9937 §6.2, PRR-SSRB: one more for each ACK that shows progress, up to the threshold.
TEST(Prr, GrowsBackWhenRecoveryMakesProgress) {
  Prr prr;
  prr.Start(kSegment * 10, kSegment * 20);
  EXPECT_EQ(prr.OnAck(kSegment, kSegment * 4, true, kSegment), kSegment * 6);
  prr.OnSent(kSegment * 2);
  EXPECT_EQ(prr.OnAck(kSegment, kSegment * 5, true, kSegment), kSegment * 7);
  EXPECT_EQ(prr.OnAck(kSegment * 20, kSegment * 9, true, kSegment), kSegment * 10);
}

// RFC 9937 §6.2: the first retransmission leaves whatever the proportion says.
TEST(Prr, LetsOnePacketOutAtFirst) {
  Prr prr;
  prr.Start(kSegment * 10, kSegment * 20);
  EXPECT_EQ(prr.OnAck(ByteCount(1), kSegment * 10, false, kSegment), kSegment * 11);
  prr.OnSent(kSegment);
  EXPECT_EQ(prr.OnAck(ByteCount(1), kSegment * 10, false, kSegment), kSegment * 10);
}

TEST(Prr, CountsOnlyWithinAnEpisode) {
  Prr prr;
  EXPECT_FALSE(prr.active());
  prr.OnSent(kSegment * 100);
  prr.Start(kSegment * 10, ByteCount(0));
  EXPECT_TRUE(prr.active());
  EXPECT_EQ(prr.OnAck(kSegment, kSegment * 9, false, kSegment), kSegment * 10);
  prr.Stop();
  EXPECT_FALSE(prr.active());
}

}  // namespace
}  // namespace quiesce::quic
