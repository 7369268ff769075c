// Packet headers: find one packet in a datagram and read what is not protected; write each kind.
// RFC 8999 §5, RFC 9000 §12.2, §17. Nothing here decides anything: a header that cannot be parsed
// is dropped by whoever asked, and says why only for logs and counters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "quic/base/types.h"
#include "quic/wire/cursor.h"
#include "quic/wire/packet_type.h"
#include "quic/wire/version.h"

namespace quiesce::quic {

// Bits of the first byte. The reserved bits, the key phase and the packet number length are
// readable only once header protection is removed, and to be judged only once the packet is
// authenticated (RFC 9001 §9.5).
inline constexpr std::uint8_t kLongHeaderBit = 0x80;           // RFC 8999 §5.1
inline constexpr std::uint8_t kFixedBit = 0x40;                // RFC 9000 §17.2, §17.3.1
inline constexpr std::uint8_t kLongPacketTypeMask = 0x30;      // §17.2
inline constexpr std::uint8_t kLongReservedBits = 0x0c;        // §17.2
inline constexpr std::uint8_t kSpinBit = 0x20;                 // §17.3.1, §17.4
inline constexpr std::uint8_t kShortReservedBits = 0x18;       // §17.3.1
inline constexpr std::uint8_t kKeyPhaseBit = 0x04;             // §17.3.1
inline constexpr std::uint8_t kPacketNumberLengthMask = 0x03;  // §17.2, §17.3.1
inline constexpr std::size_t kMaxPacketNumberLength = 4;
inline constexpr std::size_t kRetryIntegrityTagSize = 16;     // §17.2.5
inline constexpr std::size_t kMinInitialDatagramSize = 1200;  // §14.1

constexpr bool IsLongHeader(std::uint8_t first_byte) { return (first_byte & kLongHeaderBit) != 0; }

// The reserved bits of an unprotected first byte: nonzero is a PROTOCOL_VIOLATION. RFC 9000 §17.2.
constexpr std::uint8_t ReservedBits(std::uint8_t first_byte) {
  return first_byte & (IsLongHeader(first_byte) ? kLongReservedBits : kShortReservedBits);
}

// 1 to 4, from an unprotected first byte.
constexpr std::size_t PacketNumberLength(std::uint8_t first_byte) {
  return std::size_t{1} + (first_byte & kPacketNumberLengthMask);
}

// One packet as found in a datagram. All spans are views into it.
struct PacketHeader {
  PacketType type = PacketType::kOneRtt;
  std::uint8_t first_byte = 0;              // as received: protected bits still protected
  Version version = Version::kNegotiation;  // long headers only
  // At most 20 bytes, except in Version Negotiation packets and in packets of unsupported versions,
  // where RFC 8999 allows 255.
  std::span<const std::uint8_t> destination_cid{};
  std::span<const std::uint8_t> source_cid{};           // long headers only
  std::span<const std::uint8_t> token{};                // Initial: may be empty; Retry: never
  std::span<const std::uint8_t> retry_integrity_tag{};  // Retry: 16 bytes
  std::span<const std::uint8_t> supported_versions{};   // Version Negotiation: 4 * n bytes, n > 0
  // Where the protected part begins; 0 for Retry and Version Negotiation, which have none.
  std::size_t packet_number_offset = 0;
  // The whole packet in the datagram. What follows is the next coalesced packet (RFC 9000 §12.2).
  std::size_t size = 0;
};

enum class HeaderFault : std::uint8_t {
  kNone,
  kTruncated,            // a field, or what Length promises, reaches past the datagram
  kFixedBitClear,        // RFC 9000 §17.2
  kUnsupportedVersion,   // type unknown, but version and both connection IDs are filled in (RFC
                         // 8999)
  kConnectionIdTooLong,  // above 20 bytes in a version that forbids it, RFC 9000 §17.2
  kMalformed,            // Version Negotiation without whole versions, Retry without a token
};

// "truncated", "fixed_bit_clear", ...
std::string_view ToString(HeaderFault fault);

struct HeaderRules {
  // Length of the connection IDs that this endpoint issues: short headers do not say it.
  std::size_t local_cid_length = 0;
  // RFC 9287 §3: set once this endpoint has advertised grease_quic_bit.
  bool fixed_bit_may_be_clear = false;
};

// Parses the packet at the start of `datagram` (the whole datagram, or what is left behind earlier
// coalesced packets). On a fault the rest of the datagram is to be dropped, RFC 9000 §12.2: where
// the next packet would begin is not known. Whether `size` leaves enough for a header protection
// sample is for the remover of protection to check.
[[nodiscard]] HeaderFault ParseHeader(std::span<const std::uint8_t> datagram,
                                      const HeaderRules& rules, PacketHeader& header);

// The versions in PacketHeader::supported_versions, one by one.
constexpr std::size_t SupportedVersionCount(const PacketHeader& header) {
  return header.supported_versions.size() / 4;
}
inline Version SupportedVersion(const PacketHeader& header, std::size_t index) {
  return static_cast<Version>(Reader(header.supported_versions.subspan(4 * index, 4)).U32());
}

// What the writers below leave for later, as positions in the writer's span.
struct HeaderLayout {
  std::size_t start = 0;          // first byte of the packet
  std::size_t length_offset = 0;  // long headers: two bytes for SetPacketLength()
  std::size_t packet_number_offset =
      0;                           // what header protection covers, with the bits of the first byte
  std::size_t payload_offset = 0;  // end of the header
};

struct LongHeader {
  PacketType type = PacketType::kInitial;  // kInitial, kZeroRtt or kHandshake
  Version version = Version::kV1;          // one of kVersions
  ConnectionId destination_cid{};
  ConnectionId source_cid{};
  std::span<const std::uint8_t> token{};  // Initial packets only
  PacketNumber packet_number{};
  std::size_t packet_number_length = 1;  // 1 to 4, EncodedPacketNumberLength()
  bool fixed_bit = true;                 // false only where RFC 9287 §3.1 allows it
};

struct ShortHeader {
  ConnectionId destination_cid{};
  PacketNumber packet_number{};
  std::size_t packet_number_length = 1;
  bool spin_bit = false;
  bool key_phase = false;
  bool fixed_bit = true;
};

std::size_t HeaderSize(const LongHeader& header);
std::size_t HeaderSize(const ShortHeader& header);

// Writes the header up to and including the packet number, unprotected. False, and nothing written,
// if it does not fit.
[[nodiscard]] bool WriteHeader(Writer& writer, const LongHeader& header, HeaderLayout& layout);
[[nodiscard]] bool WriteHeader(Writer& writer, const ShortHeader& header, HeaderLayout& layout);

// The largest packet number plus payload plus tag that the two-byte Length field of WriteHeader()
// holds.
inline constexpr std::size_t kMaxLongPacketLength = (1u << 14) - 1;

// Fills in Length of a long header once the packet's end, authentication tag included, is known.
// `buffer` is the span that the writer was given; `packet_end` a position in it.
void SetPacketLength(std::span<std::uint8_t> buffer, const HeaderLayout& layout,
                     std::size_t packet_end);

struct RetryHeader {
  Version version = Version::kV1;
  ConnectionId destination_cid{};
  ConnectionId source_cid{};
  std::span<const std::uint8_t> token{};  // not empty
  std::uint8_t unused_bits = 0;           // four arbitrary bits, RFC 9000 §17.2.5
};

// Writes a Retry packet up to its integrity tag, which is computed over these bytes and follows
// them.
[[nodiscard]] bool WriteRetry(Writer& writer, const RetryHeader& header);

struct VersionNegotiationHeader {
  // The connection IDs of the packet that is answered, exchanged; up to 255 bytes (RFC 8999 §6).
  std::span<const std::uint8_t> destination_cid{};
  std::span<const std::uint8_t> source_cid{};
  std::span<const Version> supported_versions{};
  std::uint8_t unused_bits = 0;  // six arbitrary bits; 0x40 is always set, RFC 9000 §17.2.1
};

// Writes a whole Version Negotiation packet.
[[nodiscard]] bool WriteVersionNegotiation(Writer& writer, const VersionNegotiationHeader& header);

}  // namespace quiesce::quic
