// Packet numbers on the wire: 1 to 4 bytes, of which the receiver recovers the rest. RFC 9000
// §17.1, Appendix A.2, A.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "quic/base/types.h"

namespace quiesce::quic {

// Bytes (1 to 4) that packet number `full` needs, given the largest number of its space that the
// peer has acknowledged, if any; `full` is above it. 0 when even four bytes leave it ambiguous:
// such a packet must not be sent. RFC 9000 §17.1: able to represent more than twice the distance;
// the whole number before the first acknowledgment.
constexpr std::size_t EncodedPacketNumberLength(PacketNumber full,
                                                std::optional<PacketNumber> largest_acknowledged) {
  const std::uint64_t unacknowledged =
      largest_acknowledged ? full.value() - largest_acknowledged->value() : full.value() + 1;
  for (std::size_t length = 1; length <= 4; ++length) {
    if (unacknowledged < (std::uint64_t{1} << (8 * length - 1))) return length;
  }
  return 0;
}

// The value of a packet number field: its bytes, 1 to 4, header protection removed.
constexpr std::uint32_t TruncatedPacketNumber(std::span<const std::uint8_t> field) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : field) value = (value << 8) | byte;
  return value;
}

// The number closest to the next expected one whose last `length` bytes (1 to 4) are `truncated`.
// `largest_received` is the largest number of the space in a packet that was authenticated, if any.
// Always within 0 to 2^62 - 1. RFC 9000 §A.3.
constexpr PacketNumber RecoverPacketNumber(std::optional<PacketNumber> largest_received,
                                           std::uint32_t truncated, std::size_t length) {
  const std::uint64_t expected = largest_received ? largest_received->value() + 1 : 0;
  const std::uint64_t window = std::uint64_t{1} << (8 * length);
  const std::uint64_t half = window / 2;
  const std::uint64_t candidate = (expected & ~(window - 1)) | truncated;
  // Sums instead of the RFC's differences: `expected - half` would wrap below zero.
  if (candidate + half <= expected && candidate + window <= kMaxVarint) {
    return PacketNumber(candidate + window);
  }
  // The second case stands at the very end of the space, where `expected` is 2^62 itself.
  if ((candidate > expected + half || candidate > kMaxVarint) && candidate >= window) {
    return PacketNumber(candidate - window);
  }
  return PacketNumber(candidate);
}

}  // namespace quiesce::quic
