// One received packet without its protection. RFC 9000 §12.
#pragma once

#include <cstdint>
#include <span>

#include "quic/base/types.h"
#include "quic/wire/packet_type.h"

namespace quiesce::quic {

// Authentic and not seen before.
struct ReceivedPacket {
  PacketType type = PacketType::kOneRtt;
  PacketNumber number;
  ConnectionId destination_cid;
  std::span<const std::uint8_t> payload;
};

}  // namespace quiesce::quic
