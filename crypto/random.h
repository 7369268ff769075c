// Where randomness comes from. Every part that needs chance is given a Random; tests give a seeded
// one. RFC 9001 §9.7.
#pragma once

#include <cstdint>
#include <span>

namespace quiesce::crypto {

// Two sources, so that a seeded or recorded stream of public bytes never repeats in a secret.
class Random {
 public:
  virtual ~Random() = default;

  // For bytes that everybody on the path may see: connection IDs, path challenges, greasing.
  virtual void FillPublic(std::span<std::uint8_t> out) = 0;
  // For bytes that must stay unknown: keys of tokens and of stateless resets, hash seeds.
  virtual void FillSecret(std::span<std::uint8_t> out) = 0;
};

// BoringSSL's generator, for both: its output tells nothing about its state. Safe from any thread.
class SystemRandom final : public Random {
 public:
  void FillPublic(std::span<std::uint8_t> out) override;
  void FillSecret(std::span<std::uint8_t> out) override;
};

}  // namespace quiesce::crypto
