// One line about a running drain, redrawn on a terminal.
#pragma once

#include <string>

#include "shutdown/coordinator.h"

namespace quiesce::examples {

// "draining: 3 of 10 sessions left, 2 requests running, 7.3 s until the deadline".
std::string DrainLine(const shutdown::DrainProgress& progress);

// Shows it on the standard error: again and again if that is a terminal, else once.
class DrainDisplay {
 public:
  void Show(const shutdown::DrainProgress& progress);

 private:
  bool shown_ = false;
};

}  // namespace quiesce::examples
