#include "quic/recovery/rtt.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kNow{seconds(100)};

// RC-07, RFC 9002 §6.2.2: 333 ms, so that the first probe timeout is one second.
TEST(RttEstimator, StartsFromTheInitialRtt) {
  const RttEstimator rtt;
  EXPECT_EQ(rtt.smoothed_rtt(), milliseconds(333));
  EXPECT_EQ(rtt.rttvar(), microseconds(166500));
  EXPECT_EQ(rtt.ProbeTimeoutBase(), milliseconds(999));
  EXPECT_FALSE(rtt.first_sample_time().has_value());
}

// RC-03, RFC 9002 §5.3; the delay is not subtracted.
TEST(RttEstimator, FirstSampleReplacesEveryEstimate) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(40), milliseconds(30));
  EXPECT_EQ(rtt.latest_rtt(), milliseconds(40));
  EXPECT_EQ(rtt.smoothed_rtt(), milliseconds(40));
  EXPECT_EQ(rtt.rttvar(), milliseconds(20));
  EXPECT_EQ(rtt.min_rtt(), milliseconds(40));
  EXPECT_EQ(rtt.first_sample_time(), kNow);
}

// RC-03, RFC 9002 §5.3 with erratum 7539.
TEST(RttEstimator, VariationUsesTheOldSmoothedValue) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(40), Duration::zero());
  rtt.AddSample(kNow, milliseconds(80), Duration::zero());
  EXPECT_EQ(rtt.rttvar(), milliseconds(25));        // 3/4 * 20 + 1/4 * |40 - 80|
  EXPECT_EQ(rtt.smoothed_rtt(), milliseconds(45));  // 7/8 * 40 + 1/8 * 80
  EXPECT_EQ(rtt.first_sample_time(), kNow);
}

// RC-02, RFC 9002 §5.2.
TEST(RttEstimator, MinimumIgnoresTheReportedDelay) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(40), Duration::zero());
  rtt.AddSample(kNow, milliseconds(38), milliseconds(20));
  EXPECT_EQ(rtt.min_rtt(), milliseconds(38));
}

// RC-03, RFC 9002 §5.3: 60 - 20 is exactly the minimum.
TEST(RttEstimator, SubtractsADelayThatLeavesTheMinimum) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(40), Duration::zero());
  rtt.AddSample(kNow, milliseconds(60), milliseconds(20));
  EXPECT_EQ(rtt.smoothed_rtt(), milliseconds(40));
}

// RC-03, RFC 9002 §5.3.
TEST(RttEstimator, DoesNotBelieveADelayThatGoesBelowTheMinimum) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(40), Duration::zero());
  rtt.AddSample(kNow, milliseconds(60), milliseconds(21));
  EXPECT_EQ(rtt.smoothed_rtt(), Duration(milliseconds(340)) / 8);  // 7/8 * 40 + 1/8 * 60
}

// RC-02, RFC 9002 §5.2.
TEST(RttEstimator, MinimumRestartsAfterPersistentCongestion) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(40), Duration::zero());
  rtt.AddSample(kNow, milliseconds(90), Duration::zero());
  rtt.OnPersistentCongestion();
  EXPECT_EQ(rtt.min_rtt(), milliseconds(90));
}

// RC-05, RC-06, RFC 9002 §6.1.2, §6.2.1.
TEST(RttEstimator, PeriodsNeverFallBelowTheGranularity) {
  RttEstimator rtt;
  rtt.AddSample(kNow, microseconds(10), Duration::zero());
  EXPECT_EQ(rtt.LossDelay(), milliseconds(1));
  EXPECT_EQ(rtt.ProbeTimeoutBase(), microseconds(1010));
}

// RC-05, RFC 9002 §6.1.2.
TEST(RttEstimator, LossDelayFollowsTheLargerOfSmoothedAndLatest) {
  RttEstimator rtt;
  rtt.AddSample(kNow, milliseconds(80), Duration::zero());
  rtt.AddSample(kNow, milliseconds(160), Duration::zero());
  EXPECT_EQ(rtt.LossDelay(), milliseconds(180));
  rtt.AddSample(kNow, milliseconds(80), Duration::zero());
  EXPECT_EQ(rtt.smoothed_rtt(), Duration(milliseconds(710)) / 8);
  EXPECT_EQ(rtt.LossDelay(), rtt.smoothed_rtt() * 9 / 8);
}

// RC-22: RFC 9002 §5.
TEST(RttEstimator, SurvivesAClockThatJumps) {
  RttEstimator rtt;
  rtt.AddSample(kNow, -seconds(5), Duration::zero());
  EXPECT_EQ(rtt.smoothed_rtt(), Duration::zero());
  EXPECT_EQ(rtt.ProbeTimeoutBase(), milliseconds(1));
  for (int i = 0; i < 200; ++i) rtt.AddSample(kNow, Duration::max(), Duration::max());
  EXPECT_LE(rtt.smoothed_rtt(), hours(1));
  EXPECT_GT(rtt.ProbeTimeoutBase(), Duration::zero());
}

}  // namespace
}  // namespace quiesce::quic
