#include "examples/demo/tally.h"

#include <cinttypes>
#include <cstddef>
#include <cstdio>

namespace quiesce::examples {

bool Tally::ok() const {
  return lost == 0 && duplicated == 0 && cut_off == 0 && requests == completed + rejected;
}

std::string Tally::ToLine() const {
  char line[256];
  std::snprintf(line, sizeof line,
                "requests=%" PRIu64 " completed=%" PRIu64 " rejected=%" PRIu64 " cut_off=%" PRIu64
                " lost=%" PRIu64 " duplicated=%" PRIu64 " drained_ms=%" PRId64,
                requests, completed, rejected, cut_off, lost, duplicated, drained_ms);
  return line;
}

Tally Compare(std::span<const Fate> fates, std::span<const std::uint8_t> executions) {
  Tally tally;
  tally.requests = fates.size();
  for (std::size_t key = 0; key < fates.size(); ++key) {
    const bool executed = executions[key] > 0;
    if (executions[key] > 1) ++tally.duplicated;
    if (fates[key] == Fate::kAnswered && executed) {
      ++tally.completed;
    } else if (fates[key] == Fate::kNotProcessed && !executed) {
      ++tally.rejected;
    } else if (fates[key] == Fate::kCutOff) {
      ++tally.cut_off;
    } else {
      ++tally.lost;
    }
  }
  return tally;
}

}  // namespace quiesce::examples
