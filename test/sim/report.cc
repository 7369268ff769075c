#include "test/sim/report.h"

#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <string_view>

namespace quiesce::sim {
namespace {

constexpr std::string_view kReplay = "bazel run //test/sim:soak -- --replay ";

// Written before a world runs, so that the signal handler has nothing to compute.
char abort_text[128];
std::size_t abort_text_size = 0;

void NameTheWorld(int) {
  // Nothing else is left to be done if this fails.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, abort_text, abort_text_size);
  std::signal(SIGABRT, SIG_DFL);
}

}  // namespace

void Totals::Add(const Outcome& outcome) {
  ++worlds;
  steps += outcome.steps;
  datagrams += outcome.datagrams;
  requests += outcome.requests;
  completed += outcome.completed;
  not_processed += outcome.not_processed;
}

std::string Totals::ToText() const {
  return std::to_string(worlds) + " worlds, " + std::to_string(steps) + " steps, " +
         std::to_string(datagrams) + " datagrams, " + std::to_string(requests) + " requests (" +
         std::to_string(completed) + " completed, " + std::to_string(not_processed) +
         " not processed)";
}

std::string FailureText(const Outcome& outcome) {
  std::string text = "world " + std::to_string(outcome.seed) + ": " + outcome.description + "\n";
  for (const std::string& violation : outcome.violations) text += "  " + violation + "\n";
  return text + "  " + std::string(kReplay) + std::to_string(outcome.seed) + "\n";
}

Outcome RunWorldOrNameIt(std::uint64_t seed) {
  const std::string text =
      std::string("aborted in: ") + std::string(kReplay) + std::to_string(seed) + "\n";
  abort_text_size = text.copy(abort_text, sizeof(abort_text));
  std::signal(SIGABRT, NameTheWorld);
  Outcome outcome = RunWorld(seed);
  std::signal(SIGABRT, SIG_DFL);
  return outcome;
}

}  // namespace quiesce::sim
