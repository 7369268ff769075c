#include "quic/connection/timers.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

constexpr Instant At(int s) { return Instant(std::chrono::seconds(s)); }

TEST(Timers, NoneRunsAtFirst) {
  const Timers timers;
  EXPECT_EQ(timers.Soonest(), std::nullopt);
  EXPECT_EQ(timers.deadline(Timer::kHandshake), std::nullopt);
  EXPECT_FALSE(timers.IsDue(Timer::kIdle, At(1'000'000)));
}

TEST(Timers, SoonestOfAll) {
  Timers timers;
  timers.Set(Timer::kIdle, At(30));
  timers.Set(Timer::kHandshake, At(20));
  timers.Set(Timer::kLossDetection, At(25));
  EXPECT_EQ(timers.Soonest(), At(20));
  timers.Stop(Timer::kHandshake);
  EXPECT_EQ(timers.Soonest(), At(25));
  timers.Set(Timer::kLossDetection, std::nullopt);
  EXPECT_EQ(timers.Soonest(), At(30));
}

TEST(Timers, DueAtTheDeadlineNotBefore) {
  Timers timers;
  timers.Set(Timer::kAckDelay, At(2));
  EXPECT_FALSE(timers.IsDue(Timer::kAckDelay, At(2) - Duration(1)));
  EXPECT_TRUE(timers.IsDue(Timer::kAckDelay, At(2)));
}

}  // namespace
}  // namespace quiesce::quic
