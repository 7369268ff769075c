// What many worlds come to, and what a failed one leaves to be found by.
#pragma once

#include <cstdint>
#include <string>

#include "test/sim/scenario.h"

namespace quiesce::sim {

struct Totals {
  std::uint64_t worlds = 0;
  std::uint64_t steps = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t requests = 0;
  std::uint64_t completed = 0;
  std::uint64_t not_processed = 0;

  void Add(const Outcome& outcome);
  // One line.
  std::string ToText() const;
};

// The seed, the kind of world, what was violated, and the command that runs it again.
std::string FailureText(const Outcome& outcome);

// RunWorld(); should the process abort in it, a broken CHECK say, the seed is named first.
Outcome RunWorldOrNameIt(std::uint64_t seed);

}  // namespace quiesce::sim
