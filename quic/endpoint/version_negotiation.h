// Version Negotiation: when a server answers an unknown version, and what a client makes of such an
// answer. RFC 8999 §6, RFC 9000 §6, §17.2.1. No state.
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

// Client. Whether a Version Negotiation packet ends the attempt to connect with `version`: it
// echoes both IDs of our first packet, and does not list that version. The caller has processed no
// other packet yet (RFC 9000 §6.2). False = discard it.
bool EndsConnectionAttempt(const PacketHeader& header, Version version,
                           const ConnectionId& original_destination_cid,
                           const ConnectionId& source_cid);

}  // namespace quiesce::quic
