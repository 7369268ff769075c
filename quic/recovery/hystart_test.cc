#include "quic/recovery/hystart.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using Phase = HyStart::Phase;

constexpr ByteCount kDatagram(1200);

class HyStartTest : public testing::Test {
 protected:
  // A round trip with `acks` ACK frames of one datagram each; returns by how much the window grew.
  ByteCount Round(Duration rtt, int acks = 8) {
    ByteCount growth;
    const Instant sent = now_;
    now_ += rtt;
    for (int i = 0; i < acks; ++i) growth += hystart_.OnAck(now_, sent, kDatagram, rtt);
    return growth;
  }

  HyStart hystart_;
  Instant now_{std::chrono::seconds(100)};
};

TEST_F(HyStartTest, GrowsByWhatIsAcknowledgedWhileTheRoundTripStaysShort) {
  for (int round = 0; round < 20; ++round)
    EXPECT_EQ(Round(milliseconds(round % 2 == 0 ? 50 : 53)), kDatagram * 8);
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
}

// RFC 9406 §4.2: an eighth more than in the round before, with eight samples.
TEST_F(HyStartTest, LongerRoundTripMakesGrowthConservative) {
  Round(milliseconds(80));
  Round(milliseconds(89), 16);
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
  EXPECT_EQ(Round(milliseconds(101), 8), kDatagram * 7 + kDatagram / 4);
  EXPECT_EQ(hystart_.phase(), Phase::kConservative);
}

TEST_F(HyStartTest, ThresholdIsFourToSixteenMilliseconds) {
  Round(milliseconds(8));
  Round(milliseconds(11));
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
  Round(milliseconds(15));
  EXPECT_EQ(hystart_.phase(), Phase::kConservative);
  hystart_ = HyStart();
  Round(milliseconds(400));
  Round(milliseconds(415));
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
  Round(milliseconds(431));
  EXPECT_EQ(hystart_.phase(), Phase::kConservative);
}

TEST_F(HyStartTest, FewSamplesDecideNothing) {
  Round(milliseconds(50), 7);
  Round(milliseconds(100), 7);
  Round(milliseconds(200), 7);
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
}

// RFC 9406 §4.2: after five rounds slow start is over, the first of them partial.
TEST_F(HyStartTest, EndsAfterFiveConservativeRounds) {
  Round(milliseconds(50));
  Round(milliseconds(60));
  ASSERT_EQ(hystart_.phase(), Phase::kConservative);
  for (int round = 0; round < 4; ++round) {
    EXPECT_EQ(Round(milliseconds(60)), kDatagram * 2);
    EXPECT_EQ(hystart_.phase(), Phase::kConservative);
  }
  EXPECT_EQ(Round(milliseconds(60), 1), ByteCount(0));
  EXPECT_EQ(hystart_.phase(), Phase::kDone);
}

TEST_F(HyStartTest, ResumesWhenTheRoundTripShrinksAgain) {
  Round(milliseconds(50));
  Round(milliseconds(60));
  Round(milliseconds(60));
  ASSERT_EQ(hystart_.phase(), Phase::kConservative);
  Round(milliseconds(59));
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
  // And the next increase counts from there.
  Round(milliseconds(67));
  EXPECT_EQ(hystart_.phase(), Phase::kConservative);
}

TEST_F(HyStartTest, AcknowledgmentsWithoutSampleStillGrowTheWindow) {
  const Instant sent = now_;
  now_ += milliseconds(50);
  EXPECT_EQ(hystart_.OnAck(now_, sent, kDatagram, std::nullopt), kDatagram);
  EXPECT_EQ(hystart_.phase(), Phase::kSlowStart);
}

}  // namespace
}  // namespace quiesce::quic
