// Runs many worlds, or one again:
//
//   bazel run -c opt //test/sim:soak -- --worlds 10000
//   bazel run //test/sim:soak -- --replay 1234
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "test/sim/report.h"
#include "test/sim/scenario.h"
#include "test/sim/timeline.h"

namespace quiesce::sim {
namespace {

constexpr char kUsage[] =
    "usage: soak [--worlds N] [--seed S]   runs N worlds (1000), with the seeds S, S+1, ...\n"
    "       soak --replay SEED             runs one world and prints all that happens in it\n"
    "Without --seed the first seed is drawn and printed. Exit code 1 when a world went wrong.\n";

struct Options {
  std::uint64_t worlds = 1000;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> replay;
};

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Options> Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    const auto value = i + 1 < argc ? Number(argv[i + 1]) : std::nullopt;
    if (!value) return std::nullopt;
    if (flag == "--worlds")
      options.worlds = *value;
    else if (flag == "--seed")
      options.seed = *value;
    else if (flag == "--replay")
      options.replay = *value;
    else
      return std::nullopt;
  }
  return options;
}

int Replay(std::uint64_t seed) {
  Timeline timeline(stdout);
  const Outcome outcome = RunWorld(seed, &timeline);
  std::printf("world %llu: %s\n", static_cast<unsigned long long>(seed),
              outcome.description.c_str());
  std::printf("%llu steps, %llu datagrams, trace %016llx\n",
              static_cast<unsigned long long>(outcome.steps),
              static_cast<unsigned long long>(outcome.datagrams),
              static_cast<unsigned long long>(outcome.trace_hash));
  for (const std::string& violation : outcome.violations)
    std::printf("VIOLATION %s\n", violation.c_str());
  return outcome.violations.empty() ? 0 : 1;
}

int Soak(const Options& options) {
  const std::uint64_t first = options.seed.value_or(std::random_device()());
  std::printf("%llu worlds from seed %llu\n", static_cast<unsigned long long>(options.worlds),
              static_cast<unsigned long long>(first));
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t failed = 0;
  Totals totals;
  for (std::uint64_t i = 0; i < options.worlds; ++i) {
    const Outcome outcome = RunWorldOrNameIt(first + i);
    totals.Add(outcome);
    if (!outcome.violations.empty()) {
      ++failed;
      std::printf("%s", FailureText(outcome).c_str());
      std::fflush(stdout);
    }
    if (terminal && (i % 64 == 63 || i + 1 == options.worlds)) {
      std::fprintf(
          stderr, "\r%llu/%llu worlds, %llu failed", static_cast<unsigned long long>(i + 1),
          static_cast<unsigned long long>(options.worlds), static_cast<unsigned long long>(failed));
    }
  }
  if (terminal) std::fprintf(stderr, "\n");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%s in %.1f s: %llu failed\n", totals.ToText().c_str(), took.count(),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace quiesce::sim

int main(int argc, char** argv) {
  const auto options = quiesce::sim::Parse(argc, argv);
  if (!options) {
    std::fputs(quiesce::sim::kUsage, stderr);
    return 2;
  }
  return options->replay ? quiesce::sim::Replay(*options->replay) : quiesce::sim::Soak(*options);
}
