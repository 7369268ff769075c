#include "examples/server/drain_line.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace quiesce::examples {

std::string DrainLine(const shutdown::DrainProgress& progress) {
  const char* const what =
      progress.state == shutdown::ProcessState::kUnready ? "about to drain" : "draining";
  char line[200];
  std::snprintf(line, sizeof line,
                "%s: %llu of %llu sessions left, %llu requests running, %.1f s until the deadline",
                what, static_cast<unsigned long long>(progress.sessions_left),
                static_cast<unsigned long long>(progress.sessions_total),
                static_cast<unsigned long long>(progress.requests_running),
                std::chrono::duration<double>(progress.until_deadline).count());
  return line;
}

void DrainDisplay::Show(const shutdown::DrainProgress& progress) {
  if (!isatty(STDERR_FILENO)) {
    if (!shown_) std::fprintf(stderr, "%s\n", DrainLine(progress).c_str());
    shown_ = true;
    return;
  }
  // Over the line before, of which nothing may be left; the report follows on a line of its own.
  const bool last = progress.state == shutdown::ProcessState::kExited;
  std::fprintf(stderr, "\r%s\x1b[K%s", DrainLine(progress).c_str(), last ? "\n" : "");
}

}  // namespace quiesce::examples
