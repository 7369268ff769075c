#include "quic/endpoint/deadline_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace quiesce::quic {
namespace {

constexpr Instant At(std::int64_t ms) { return Instant(std::chrono::milliseconds(ms)); }

std::vector<std::uint32_t> AllDue(DeadlineQueue& queue, Instant now) {
  std::vector<std::uint32_t> due;
  while (const auto slot = queue.PopDue(now)) due.push_back(*slot);
  return due;
}

using Slots = std::vector<std::uint32_t>;

TEST(DeadlineQueue, NothingIsDueInAnEmptyQueue) {
  DeadlineQueue queue;
  EXPECT_EQ(queue.Next(), std::nullopt);
  EXPECT_EQ(queue.PopDue(At(1'000'000)), std::nullopt);
}

TEST(DeadlineQueue, SoonestComesFirst) {
  DeadlineQueue queue;
  queue.Set(0, At(30));
  queue.Set(1, At(10));
  queue.Set(2, At(20));
  EXPECT_EQ(queue.Next(), At(10));
  EXPECT_EQ(AllDue(queue, At(9)), Slots{});
  EXPECT_EQ(AllDue(queue, At(20)), (Slots{1, 2}));
  EXPECT_EQ(AllDue(queue, At(20)), Slots{});
  EXPECT_EQ(queue.Next(), At(30));
}

TEST(DeadlineQueue, EarlierDeadlineTakesEffectAtOnce) {
  DeadlineQueue queue;
  queue.Set(0, At(30));
  queue.Set(1, At(40));
  queue.Set(1, At(5));
  EXPECT_EQ(queue.Next(), At(5));
  EXPECT_EQ(AllDue(queue, At(5)), (Slots{1}));
}

TEST(DeadlineQueue, LaterDeadlineIsNeverReportedEarly) {
  DeadlineQueue queue;
  queue.Set(0, At(10));
  queue.Set(0, At(50));
  EXPECT_LE(queue.Next(), At(50));
  EXPECT_EQ(AllDue(queue, At(49)), Slots{});
  EXPECT_EQ(queue.Next(), At(50));
  EXPECT_EQ(AllDue(queue, At(50)), (Slots{0}));
}

TEST(DeadlineQueue, NoDeadlineMeansNeverDue) {
  DeadlineQueue queue;
  queue.Set(0, At(10));
  queue.Set(0, std::nullopt);
  EXPECT_EQ(AllDue(queue, At(1000)), Slots{});
  EXPECT_EQ(queue.Next(), std::nullopt);
  queue.Set(0, At(2000));
  EXPECT_EQ(AllDue(queue, At(2000)), (Slots{0}));
}

TEST(DeadlineQueue, SlotCanBeReusedWhileItsOldEntryIsQueued) {
  DeadlineQueue queue;
  queue.Set(3, At(10));
  queue.Set(3, std::nullopt);
  queue.Set(3, At(100));
  EXPECT_EQ(AllDue(queue, At(99)), Slots{});
  EXPECT_EQ(AllDue(queue, At(100)), (Slots{3}));
}

TEST(DeadlineQueue, AgreesWithASortedMapThroughRandomChanges) {
  constexpr std::uint64_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 engine(kSeed);
  DeadlineQueue queue;
  std::map<std::uint32_t, std::int64_t> expected;
  std::int64_t now = 0;
  for (int step = 0; step < 100'000; ++step) {
    const auto slot = static_cast<std::uint32_t>(engine() % 50);
    if (engine() % 8 == 0) {
      queue.Set(slot, std::nullopt);
      expected.erase(slot);
    } else {
      expected[slot] = now + 1 + static_cast<std::int64_t>(engine() % 100);
      queue.Set(slot, At(expected[slot]));
    }
    if (engine() % 4 != 0) continue;
    now += static_cast<std::int64_t>(engine() % 20);
    std::set<std::uint32_t> due;
    for (const auto& [each, deadline] : expected) {
      if (deadline <= now) due.insert(each);
    }
    for (const std::uint32_t each : due) expected.erase(each);
    const std::vector<std::uint32_t> popped = AllDue(queue, At(now));
    ASSERT_EQ(std::set(popped.begin(), popped.end()), due);
    ASSERT_EQ(popped.size(), due.size());
    if (!expected.empty()) {
      ASSERT_TRUE(queue.Next());
      ASSERT_GT(*queue.Next(), At(now));
    }
    for (const auto& [each, deadline] : expected) ASSERT_LE(*queue.Next(), At(deadline));
  }
}

}  // namespace
}  // namespace quiesce::quic
