// The kinds of packets, whatever their bits in one version. RFC 9000 §12, §17.
#pragma once

#include <cstdint>
#include <string_view>

#include "quic/base/types.h"

namespace quiesce::quic {

enum class PacketType : std::uint8_t {
  kInitial,             // RFC 9000 §17.2.2
  kZeroRtt,             // §17.2.3
  kHandshake,           // §17.2.4
  kRetry,               // §17.2.5
  kVersionNegotiation,  // §17.2.1
  kOneRtt,              // §17.3.1, the only one with a short header
};

// As qlog names them: "initial", "0RTT", "handshake", "retry", "version_negotiation", "1RTT".
constexpr std::string_view ToString(PacketType type) {
  switch (type) {
    case PacketType::kInitial:
      return "initial";
    case PacketType::kZeroRtt:
      return "0RTT";
    case PacketType::kHandshake:
      return "handshake";
    case PacketType::kRetry:
      return "retry";
    case PacketType::kVersionNegotiation:
      return "version_negotiation";
    case PacketType::kOneRtt:
      return "1RTT";
  }
  return "unknown";
}

// The number space of a packet type that has a packet number. RFC 9000 §12.3.
constexpr PacketNumberSpace SpaceOf(PacketType type) {
  switch (type) {
    case PacketType::kInitial:
      return PacketNumberSpace::kInitial;
    case PacketType::kHandshake:
      return PacketNumberSpace::kHandshake;
    default:
      return PacketNumberSpace::kApplication;
  }
}

}  // namespace quiesce::quic
