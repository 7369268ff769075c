// Takes the protection off one received packet, in place. RFC 9001 §5.3, §5.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/packet_keys.h"
#include "quic/base/types.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

struct OpenedPacket {
  std::uint8_t first_byte = 0;  // unprotected; its reserved bits are for the caller to judge
  PacketNumber number;
  std::span<std::uint8_t> payload;  // plaintext, inside the packet's bytes
};

// `packet` is the `header.size` bytes that `header` was parsed from. `largest_received` is the
// largest authenticated packet number of the space. nullopt when the packet is too short for a
// header protection sample or is not authentic: it is to be dropped, and its bytes are then
// undefined.
std::optional<OpenedPacket> OpenPacket(crypto::PacketKeys& keys, const PacketHeader& header,
                                       std::span<std::uint8_t> packet,
                                       std::optional<PacketNumber> largest_received);

}  // namespace quiesce::quic
