#include "test/sim/rng.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace quiesce::sim {
namespace {

using std::chrono::milliseconds;

TEST(Rng, TheSeedDecidesEverything) {
  Rng first(7), second(7), other(8);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = first.Next();
    EXPECT_EQ(value, second.Next());
    EXPECT_NE(value, other.Next());
  }
}

TEST(Rng, ASplitDoesNotDependOnWhatItsOriginDrawsLater) {
  Rng first(7), second(7);
  Rng of_first = first.Split(), of_second = second.Split();
  first.Next();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(of_first.Next(), of_second.Next());
}

TEST(Rng, BothEndsOfARangeAreReachedAndNeverPassed) {
  Rng rng(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.Between(3, 6));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{3, 4, 5, 6}));
  for (int i = 0; i < 1000; ++i) {
    const quic::Duration delay = rng.Between(milliseconds(1), milliseconds(2));
    EXPECT_GE(delay, milliseconds(1));
    EXPECT_LE(delay, milliseconds(2));
  }
}

TEST(Rng, ScaledDrawsFromEveryMagnitude) {
  Rng rng(1);
  int small = 0, large = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = rng.Scaled(10, 10'000);
    EXPECT_GE(value, 10u);
    EXPECT_LE(value, 10'000u);
    small += value < 100 ? 1 : 0;
    large += value > 1'000 ? 1 : 0;
  }
  EXPECT_GT(small, 200);
  EXPECT_GT(large, 200);
  EXPECT_EQ(rng.Scaled(5, 5), 5u);
}

TEST(Rng, ChanceIsInThousandths) {
  Rng rng(1);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += rng.Chance(100) ? 1 : 0;
  EXPECT_GT(hits, 800);
  EXPECT_LT(hits, 1200);
  EXPECT_FALSE(rng.Chance(0));
  EXPECT_TRUE(rng.Chance(1000));
}

}  // namespace
}  // namespace quiesce::sim
