// Version Negotiation: when a server answers an unknown version, and how. What a client makes of
// the answer is quic/connection/version_answer. RFC 8999 §6, RFC 9000 §6, §17.2.1. No state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/random.h"
#include "quic/base/types.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

// The largest answer: two connection IDs of 255 bytes, our versions and a reserved one.
inline constexpr std::size_t kMaxVersionNegotiationSize = 1 + 4 + 2 * (1 + 255) + 4 * 8;

// Server. `header` is the first packet of a datagram of `datagram_size` bytes, and ParseHeader()
// said kUnsupportedVersion. Writes the answer into `out`, which has at least
// kMaxVersionNegotiationSize bytes of room, and returns its size; 0 when there is to be no answer:
// the datagram is too small to start a connection.
std::size_t AnswerUnsupportedVersion(const PacketHeader& header, std::size_t datagram_size,
                                     crypto::Random& random, std::span<std::uint8_t> out);

}  // namespace quiesce::quic
