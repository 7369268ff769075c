// Variable-length integers whose bytes arrive in pieces, and their writing. RFC 9000 §16, RFC 9114
// §6.2, §7.1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace quiesce::http3 {

class IntegerReader {
 public:
  // Takes bytes from the front of `bytes` until the integer is complete, returns it and is ready
  // for the next one. nullopt: all of `bytes` was taken and more is needed.
  std::optional<std::uint64_t> Read(std::span<const std::uint8_t>& bytes);

  // Whether an integer has begun and is not complete.
  bool in_progress() const { return size_ != 0; }

 private:
  std::array<std::uint8_t, 8> bytes_{};
  std::uint8_t size_ = 0;
};

// Appends the shortest encoding of `value`, at most 2^62 - 1.
void AppendInteger(std::uint64_t value, std::vector<std::uint8_t>& out);

}  // namespace quiesce::http3
