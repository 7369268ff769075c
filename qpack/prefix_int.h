// Integers that share their first byte with other bits. RFC 9204 §4.1.1, RFC 7541 §5.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quiesce::qpack {

// RFC 9204 §4.1.1: integers up to and including 62 bits must be decoded; more is refused.
inline constexpr std::uint64_t kMaxPrefixInt = (std::uint64_t{1} << 62) - 1;
// The first byte and nine groups of seven bits hold 62 bits behind any prefix. RFC 7541 §5.1:
// longer encodings, which could only be padded with zero groups, are decoding errors.
inline constexpr std::size_t kMaxPrefixIntLength = 10;

enum class ReadStatus : std::uint8_t {
  kOk,
  kIncomplete,  // a valid beginning: more bytes are needed
  kInvalid,
  kTooLong,  // a string above the caller's limit
};

struct PrefixInt {
  ReadStatus status = ReadStatus::kIncomplete;
  std::uint64_t value = 0;
  std::size_t length = 0;  // bytes read, with kOk
};

// Reads from the low `prefix_bits` (1 to 8) of bytes[0] on. kInvalid above kMaxPrefixInt or
// kMaxPrefixIntLength, as soon as that is certain.
PrefixInt ReadPrefixInt(std::span<const std::uint8_t> bytes, int prefix_bits);

// Appends `value` (at most kMaxPrefixInt); `first_byte` holds the bits above the prefix.
void AppendPrefixInt(std::uint8_t first_byte, int prefix_bits, std::uint64_t value,
                     std::vector<std::uint8_t>& out);

}  // namespace quiesce::qpack
