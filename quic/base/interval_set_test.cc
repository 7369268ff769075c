#include "quic/base/interval_set.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace quiesce::quic {
namespace {

std::vector<IntervalSet::Interval> Intervals(const IntervalSet& set) {
  return {set.intervals().begin(), set.intervals().end()};
}

using V = std::vector<IntervalSet::Interval>;

TEST(IntervalSet, MergesRangesThatTouch) {
  IntervalSet set;
  EXPECT_EQ(set.Add(0, 5), 5u);
  EXPECT_EQ(set.Add(10, 15), 5u);
  EXPECT_EQ(set.Add(5, 10), 5u);
  EXPECT_EQ(Intervals(set), (V{{0, 15}}));
}

TEST(IntervalSet, CountsOnlyWhatIsNew) {
  IntervalSet set;
  set.Add(2, 4);
  set.Add(6, 8);
  EXPECT_EQ(set.Add(0, 10), 6u);
  EXPECT_EQ(set.Add(3, 7), 0u);
  EXPECT_EQ(set.Add(7, 7), 0u);
}

TEST(IntervalSet, RemoveSplitsARange) {
  IntervalSet set;
  set.Add(0, 10);
  set.Remove(3, 5);
  EXPECT_EQ(Intervals(set), (V{{0, 3}, {5, 10}}));
  set.Remove(2, 20);
  EXPECT_EQ(Intervals(set), (V{{0, 2}}));
}

TEST(IntervalSet, CoversNeedsOneRangeOverAll) {
  IntervalSet set;
  set.Add(0, 5);
  set.Add(6, 9);
  EXPECT_TRUE(set.Covers(1, 5));
  EXPECT_FALSE(set.Covers(4, 7));
  EXPECT_TRUE(set.Covers(4, 4));
  EXPECT_FALSE(set.Contains(5));
  EXPECT_TRUE(set.Contains(6));
}

// Every operation agrees with a plain set of integers.
TEST(IntervalSet, AgreesWithASetOfIntegers) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int world = 0; world < 50; ++world) {
    IntervalSet set;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 100; ++step) {
      const std::uint64_t start = random() % 64, end = start + random() % 12;
      if (random() % 3 != 0) {
        const std::size_t before = model.size();
        for (auto i = start; i < end; ++i) model.insert(i);
        EXPECT_EQ(set.Add(start, end), model.size() - before);
      } else {
        for (auto i = start; i < end; ++i) model.erase(i);
        set.Remove(start, end);
      }
      std::set<std::uint64_t> flat;
      for (std::size_t i = 0; i < set.size(); ++i) {
        const auto& range = set.intervals()[i];
        ASSERT_LT(range.start, range.end);
        if (i > 0) {
          ASSERT_LT(set.intervals()[i - 1].end, range.start);
        }
        for (auto n = range.start; n < range.end; ++n) flat.insert(n);
      }
      ASSERT_EQ(flat, model);
    }
  }
}

}  // namespace
}  // namespace quiesce::quic
