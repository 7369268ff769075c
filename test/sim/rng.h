// Chance for a simulated world: every draw follows from the seed, and a split gives a stream of its
// own, so that one part can draw more without changing what another part sees. Integers only: the
// same on every machine. Not for anything secret.
#pragma once

#include <cstdint>

#include "quic/base/time.h"

namespace quiesce::sim {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next();
  // A stream that has nothing to do with the rest of this one.
  Rng Split() { return Rng(Next()); }

  // 0 to bound - 1; `bound` is at least 1.
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }
  // Both ends included.
  std::uint64_t Between(std::uint64_t low, std::uint64_t high) {
    return low + Below(high - low + 1);
  }
  quic::Duration Between(quic::Duration low, quic::Duration high);
  // Both ends included; every doubling between them is as likely as any other. `low` is above zero.
  std::uint64_t Scaled(std::uint64_t low, std::uint64_t high);
  quic::Duration Scaled(quic::Duration low, quic::Duration high);
  // True so many times of a thousand.
  bool Chance(std::uint64_t permille) { return Below(1000) < permille; }

 private:
  std::uint64_t state_;
};

}  // namespace quiesce::sim
