// Puts the protection on one packet, in place. RFC 9001 §5.3, §5.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/packet_keys.h"
#include "quic/base/types.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

// Every AEAD of QUIC version 1 and 2 has a tag of this size. RFC 9001 §5.3.
inline constexpr std::size_t kAeadTagSize = 16;

// RFC 9001 §5.4.2: packet number and payload together have at least four bytes, so that there is a
// sample. The payload (frames and padding) must be at least this long.
constexpr std::size_t MinimumPayload(std::size_t packet_number_length) {
  return packet_number_length >= kMaxPacketNumberLength
             ? 0
             : kMaxPacketNumberLength - packet_number_length;
}

// `datagram` is the buffer that the header was written into; the payload stands in
// [layout.payload_offset, payload_end) and kAeadTagSize bytes of room follow. Fills in the Length
// field of a long header. Returns the end of the packet.
std::size_t SealPacket(crypto::PacketKeys& keys, std::span<std::uint8_t> datagram,
                       const HeaderLayout& layout, PacketNumber number, std::size_t payload_end);

}  // namespace quiesce::quic
