// A thousand worlds with seeds that nobody has seen before, and the same world twice.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string_view>

#include "test/sim/report.h"
#include "test/sim/scenario.h"

namespace quiesce::sim {
namespace {

constexpr std::uint64_t kWorlds = 1000;

std::uint64_t FreshSeed() {
  std::random_device device;
  return std::uint64_t{device()} << 16;
}

TEST(Simulation, FreshWorldsHoldTheInvariants) {
  const std::uint64_t first = FreshSeed();
  std::printf("%llu worlds from seed %llu\n", static_cast<unsigned long long>(kWorlds),
              static_cast<unsigned long long>(first));
  Totals totals;
  for (std::uint64_t seed = first; seed < first + kWorlds; ++seed) {
    const Outcome outcome = RunWorldOrNameIt(seed);
    totals.Add(outcome);
    EXPECT_TRUE(outcome.violations.empty()) << FailureText(outcome);
  }
  std::printf("%s\n", totals.ToText().c_str());
  // Worlds in which nothing happens would hold anything.
  EXPECT_GT(totals.completed, kWorlds);
  EXPECT_GT(totals.not_processed, 0u);
}

TEST(Simulation, ASeedIsAWholeWorld) {
  const std::uint64_t first = FreshSeed();
  for (std::uint64_t seed = first; seed < first + 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Outcome once = RunWorldOrNameIt(seed), again = RunWorldOrNameIt(seed);
    EXPECT_EQ(once.trace_hash, again.trace_hash);
    EXPECT_EQ(once.steps, again.steps);
    EXPECT_NE(once.trace_hash, RunWorldOrNameIt(seed + 1).trace_hash);
  }
}

// Whoever watches a world does not change it.
TEST(Simulation, AWatchedWorldIsTheSame) {
  struct Watcher final : WorldObserver {
    void OnSent(Instant, const Transfer&) override { ++sent; }
    void OnNote(Instant, std::string_view, std::string_view) override { ++notes; }
    std::uint64_t sent = 0;
    std::uint64_t notes = 0;
  } watcher;
  const Outcome watched = RunWorld(1, &watcher);
  EXPECT_EQ(watched.trace_hash, RunWorld(1).trace_hash);
  EXPECT_EQ(watcher.sent, watched.datagrams);
  EXPECT_GT(watcher.notes, 20u);
}

}  // namespace
}  // namespace quiesce::sim
