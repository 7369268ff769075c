// Randomness from a seed, for worlds that can be replayed. Never for anything real.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "crypto/random.h"

namespace quiesce::test {

class SeededRandom final : public crypto::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : public_(seed), secret_(~seed) {}

  void FillPublic(std::span<std::uint8_t> out) override { Fill(public_, out); }
  void FillSecret(std::span<std::uint8_t> out) override { Fill(secret_, out); }

 private:
  static void Fill(std::mt19937_64& source, std::span<std::uint8_t> out) {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(source());
  }

  std::mt19937_64 public_;
  std::mt19937_64 secret_;
};

}  // namespace quiesce::test
