#include "test/sim/rng.h"

#include <algorithm>
#include <bit>

namespace quiesce::sim {

// SplitMix64: passes the usual batteries of tests, and any seed is as good as another.
std::uint64_t Rng::Next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

quic::Duration Rng::Between(quic::Duration low, quic::Duration high) {
  return low + quic::Duration(Below(static_cast<std::uint64_t>((high - low).count()) + 1));
}

std::uint64_t Rng::Scaled(std::uint64_t low, std::uint64_t high) {
  const int doublings = std::bit_width(high / low) - 1;
  const std::uint64_t from = low << Below(static_cast<std::uint64_t>(doublings) + 1);
  return Between(from, std::min(high, 2 * from));
}

quic::Duration Rng::Scaled(quic::Duration low, quic::Duration high) {
  return quic::Duration(
      Scaled(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count())));
}

}  // namespace quiesce::sim
