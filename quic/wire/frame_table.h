// One row per frame type: where it may appear and what its presence means. RFC 9000 §12.4, Table 3,
// with errata 7365 and 8240; RFC 9221 §4, §5.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "quic/base/types.h"
#include "quic/wire/packet_type.h"

namespace quiesce::quic {

// A set of packet types that carry frames.
using PacketTypes = std::uint8_t;
inline constexpr PacketTypes kInit = 1u << static_cast<unsigned>(PacketType::kInitial);
inline constexpr PacketTypes k0Rtt = 1u << static_cast<unsigned>(PacketType::kZeroRtt);
inline constexpr PacketTypes kHs = 1u << static_cast<unsigned>(PacketType::kHandshake);
inline constexpr PacketTypes k1Rtt = 1u << static_cast<unsigned>(PacketType::kOneRtt);

struct FrameRow {
  std::uint64_t first;
  std::uint64_t last;
  std::string_view name;  // as in qlog
  PacketTypes packets;    // elsewhere: PROTOCOL_VIOLATION
  bool server_only;       // from a client: PROTOCOL_VIOLATION, §19.7, §19.20
  bool ack_eliciting;     // not "N": a packet with such a frame is to be acknowledged, §13.2
  bool in_flight;         // not "C": a packet with such a frame counts as in flight, RFC 9002 §2
  bool probing;           // "P": packets of only such frames do not migrate the connection, §9.1

  constexpr bool AllowedIn(PacketType type) const {
    return (packets & (1u << static_cast<unsigned>(type))) != 0;
  }
  constexpr bool AllowedFrom(Perspective sender) const {
    return !server_only || sender == Perspective::kServer;
  }
};

inline constexpr PacketTypes kAnyPacket = kInit | k0Rtt | kHs | k1Rtt;
inline constexpr PacketTypes kApplicationPackets = k0Rtt | k1Rtt;

// clang-format off
inline constexpr FrameRow kFrameTable[] = {
  // first last  name                    packets              server ack-el. flight probing
  {0x00, 0x00, "padding",              kAnyPacket,          false,  false,  true,  true},
  {0x01, 0x01, "ping",                 kAnyPacket,          false,  true,   true,  false},
  {0x02, 0x03, "ack",                  kInit | kHs | k1Rtt, false,  false,  false, false},
  {0x04, 0x04, "reset_stream",         kApplicationPackets, false,  true,   true,  false},
  {0x05, 0x05, "stop_sending",         kApplicationPackets, false,  true,   true,  false},
  {0x06, 0x06, "crypto",               kInit | kHs | k1Rtt, false,  true,   true,  false},
  {0x07, 0x07, "new_token",            k1Rtt,               true,   true,   true,  false},
  {0x08, 0x0f, "stream",               kApplicationPackets, false,  true,   true,  false},
  {0x10, 0x10, "max_data",             kApplicationPackets, false,  true,   true,  false},
  {0x11, 0x11, "max_stream_data",      kApplicationPackets, false,  true,   true,  false},
  {0x12, 0x13, "max_streams",          kApplicationPackets, false,  true,   true,  false},
  {0x14, 0x14, "data_blocked",         kApplicationPackets, false,  true,   true,  false},
  {0x15, 0x15, "stream_data_blocked",  kApplicationPackets, false,  true,   true,  false},
  {0x16, 0x17, "streams_blocked",      kApplicationPackets, false,  true,   true,  false},
  {0x18, 0x18, "new_connection_id",    kApplicationPackets, false,  true,   true,  true},
  {0x19, 0x19, "retire_connection_id", k1Rtt,               false,  true,   true,  false},
  {0x1a, 0x1a, "path_challenge",       kApplicationPackets, false,  true,   true,  true},
  {0x1b, 0x1b, "path_response",        k1Rtt,               false,  true,   true,  true},
  {0x1c, 0x1c, "connection_close",     kAnyPacket,          false,  false,  false, false},
  {0x1d, 0x1d, "connection_close",     kApplicationPackets, false,  false,  false, false},
  {0x1e, 0x1e, "handshake_done",       k1Rtt,               true,   true,   true,  false},
  {0x30, 0x31, "datagram",             kApplicationPackets, false,  true,   true,  false},
};
// clang-format on

inline constexpr std::uint64_t kFrameTypeEnd = 0x32;  // one past the highest type of the table

namespace internal {
// From type to row without a search; std::size(kFrameTable) where there is none.
inline constexpr auto kFrameRowByType = [] {
  std::array<std::uint8_t, kFrameTypeEnd> index{};
  index.fill(static_cast<std::uint8_t>(std::size(kFrameTable)));
  for (std::size_t row = 0; row < std::size(kFrameTable); ++row) {
    for (std::uint64_t type = kFrameTable[row].first; type <= kFrameTable[row].last; ++type) {
      index[type] = static_cast<std::uint8_t>(row);
    }
  }
  return index;
}();
}  // namespace internal

// The row of a frame type, or null for an unknown one.
constexpr const FrameRow* FindFrameRow(std::uint64_t type) {
  if (type >= kFrameTypeEnd) return nullptr;
  const std::uint8_t row = internal::kFrameRowByType[type];
  return row < std::size(kFrameTable) ? &kFrameTable[row] : nullptr;
}

}  // namespace quiesce::quic
