#include "qpack/prefix_int.h"

namespace quiesce::qpack {

PrefixInt ReadPrefixInt(std::span<const std::uint8_t> bytes, int prefix_bits) {
  if (bytes.empty()) return {};
  const std::uint8_t mask = static_cast<std::uint8_t>((1u << prefix_bits) - 1);
  std::uint64_t value = bytes[0] & mask;
  if (value < mask) return {ReadStatus::kOk, value, 1};

  int shift = 0;
  for (std::size_t i = 1; i < bytes.size(); ++i, shift += 7) {
    value += static_cast<std::uint64_t>(bytes[i] & 0x7f)
             << shift;  // below 2^64: at most nine groups
    const bool last = (bytes[i] & 0x80) == 0;
    if (value > kMaxPrefixInt || (!last && i + 1 == kMaxPrefixIntLength)) {
      return {ReadStatus::kInvalid};
    }
    if (last) return {ReadStatus::kOk, value, i + 1};
  }
  return {};
}

void AppendPrefixInt(std::uint8_t first_byte, int prefix_bits, std::uint64_t value,
                     std::vector<std::uint8_t>& out) {
  const std::uint8_t mask = static_cast<std::uint8_t>((1u << prefix_bits) - 1);
  if (value < mask) {
    out.push_back(static_cast<std::uint8_t>(first_byte | value));
    return;
  }
  out.push_back(first_byte | mask);
  value -= mask;
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace quiesce::qpack
