// What differs between the versions of QUIC: one row per version that this endpoint speaks.
// RFC 9000 §15, §17.2; RFC 9369 §3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/protection_labels.h"
#include "quic/base/types.h"
#include "quic/wire/packet_type.h"

namespace quiesce::quic {

struct VersionRow {
  Version version;
  std::string_view name;
  const crypto::ProtectionLabels& protection;  // salts, labels, Retry key
  // The two type bits of a long header, indexed by PacketType::kInitial to kRetry.
  std::array<std::uint8_t, 4> long_packet_type_bits;
};

inline constexpr VersionRow kVersions[] = {
    // version      name  protection              Initial 0-RTT Handshake Retry
    {Version::kV1,
     "1",
     crypto::kProtectionV1,
     {0b00, 0b01, 0b10, 0b11}},  // RFC 9000 §17.2, Table 5
    {Version::kV2, "2", crypto::kProtectionV2, {0b01, 0b10, 0b11, 0b00}},  // RFC 9369 §3.2
};

// Every version of the table, most preferred first; for Version Negotiation and
// version_information.
inline constexpr std::array<Version, 2> kSupportedVersions = {Version::kV1, Version::kV2};

// The row of a version, or null for one that this endpoint does not speak.
constexpr const VersionRow* FindVersion(Version version) {
  for (const VersionRow& row : kVersions) {
    if (row.version == version) return &row;
  }
  return nullptr;
}

// `type` is one of kInitial, kZeroRtt, kHandshake, kRetry.
constexpr std::uint8_t LongPacketTypeBits(const VersionRow& row, PacketType type) {
  return row.long_packet_type_bits[static_cast<std::size_t>(type)];
}

constexpr PacketType LongPacketTypeFromBits(const VersionRow& row, std::uint8_t bits) {
  std::size_t type = 0;
  while (row.long_packet_type_bits[type] != bits) ++type;  // the four values are a permutation
  return static_cast<PacketType>(type);
}

// RFC 9000 §15: versions 0x?a?a?a?a are reserved, to be offered and never chosen.
constexpr bool IsReservedVersion(Version version) {
  return (static_cast<std::uint32_t>(version) & 0x0f0f'0f0f) == 0x0a0a'0a0a;
}

// A reserved version out of 32 bits of the caller's (public) randomness.
constexpr Version MakeReservedVersion(std::uint32_t random) {
  return static_cast<Version>((random & 0xf0f0'f0f0) | 0x0a0a'0a0a);
}

}  // namespace quiesce::quic
