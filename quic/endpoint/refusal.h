// CONNECTION_REFUSED in answer to a client's first Initial, without keeping any state. RFC 9000
// §5.2.2, §10.2.3; RFC 9001 §5.2.
#pragma once

#include <cstddef>
#include <span>

#include "crypto/random.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

inline constexpr std::size_t kMaxRefusalSize = 128;

// `header` is that Initial's. Writes one Initial packet into `out`, which has at least
// kMaxRefusalSize bytes of room, and returns its size: always far below the 1200 bytes that it
// answers.
std::size_t WriteRefusal(const PacketHeader& header, crypto::Random& random,
                         std::span<std::uint8_t> out);

}  // namespace quiesce::quic
