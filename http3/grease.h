// Reserved identifiers that peers must ignore, sent so that they stay able to. RFC 9114 §6.2.3,
// §7.2.4.1, §7.2.8, §8.1.
#pragma once

#include <cstdint>

namespace quiesce::http3 {

// The reserved identifier 0x1f * N + 0x21 for an N drawn from `random`; it fits a variable-length
// integer whatever `random` is.
constexpr std::uint64_t GreaseId(std::uint64_t random) {
  constexpr std::uint64_t kMaxVarint = (std::uint64_t{1} << 62) - 1;
  return 0x1f * (random % ((kMaxVarint - 0x21) / 0x1f + 1)) + 0x21;
}

}  // namespace quiesce::http3
