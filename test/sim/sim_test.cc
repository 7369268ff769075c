// A thousand worlds with seeds that nobody has seen before, and the same world twice.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <random>

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

}  // namespace
}  // namespace quiesce::sim
