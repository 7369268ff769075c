// A fault was planted in the shutdown (http3/mutation.h): the simulation must notice. Worlds run in
// a child process, because noticing may well mean that a check ends it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <random>

#include "http3/mutation.h"
#include "test/sim/report.h"
#include "test/sim/scenario.h"

namespace quiesce::sim {
namespace {

static_assert(http3::kMutant != http3::Mutant::kNone, "built without a fault");

constexpr int kBatches = 100;
constexpr std::uint64_t kWorldsPerBatch = 50;

// Exit code 0: every world was as it should be.
int RunBatch(std::uint64_t first) {
  for (std::uint64_t seed = first; seed < first + kWorldsPerBatch; ++seed) {
    const Outcome outcome = RunWorldOrNameIt(seed);
    if (outcome.violations.empty()) continue;
    std::printf("%s\n", FailureText(outcome).c_str());
    std::fflush(stdout);
    return 1;
  }
  return 0;
}

bool BatchIsCaught(std::uint64_t first) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(RunBatch(first));
  EXPECT_GT(child, 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

TEST(Mutant, IsCaught) {
  const std::uint64_t first = std::uint64_t{std::random_device{}()} << 16;
  std::printf("mutant %d, worlds from seed %llu\n", static_cast<int>(http3::kMutant),
              static_cast<unsigned long long>(first));
  for (int batch = 0; batch < kBatches; ++batch) {
    if (!BatchIsCaught(first + static_cast<std::uint64_t>(batch) * kWorldsPerBatch)) continue;
    std::printf(
        "caught after at most %llu worlds\n",
        static_cast<unsigned long long>(kWorldsPerBatch * static_cast<std::uint64_t>(batch + 1)));
    return;
  }
  FAIL() << "the fault survived " << kBatches * kWorldsPerBatch << " worlds";
}

}  // namespace
}  // namespace quiesce::sim
