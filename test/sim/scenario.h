// One seed is one whole world: a server that is told to leave at some moment, clients of all kinds,
// a network of any quality, and what must hold all the same (invariants.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/sim/world.h"

namespace quiesce::sim {

struct Outcome {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;
  // What happened, for comparing two runs and for sums over many.
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t requests = 0;
  std::uint64_t completed = 0;
  std::uint64_t not_processed = 0;  // the client was told so, or could not send it
  // One line: what kind of world it was.
  std::string description;
};

// Runs the world of `seed` to its end. `timeline` is told everything that happens.
Outcome RunWorld(std::uint64_t seed, WorldObserver* timeline = nullptr);

}  // namespace quiesce::sim
