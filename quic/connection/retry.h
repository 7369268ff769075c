// A client that is asked to show its address. RFC 9000 §8.1.2, §17.2.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quic/base/time.h"
#include "quic/connection/connection_parts.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

// The longest token that is taken: it goes into each of our Initial packets, which must have room
// left for the ClientHello. A Retry with a longer one is dropped.
inline constexpr std::size_t kRetryTokenSizeMax = 1000;

// Whether to follow a Retry: it is the first packet that this client gets, is meant for it, and was
// made by somebody who has seen its Initial. `packet` is the whole of it, tag included. The version
// has been compared.
bool IsRetryToFollow(const PacketHeader& header, std::span<const std::uint8_t> packet,
                     const ConnectionParts& parts);

// Starts again: new connection ID, new Initial keys, the token in every Initial from now on, and
// the same ClientHello. Packet numbers go on. `header` passed IsRetryToFollow().
void FollowRetry(Instant now, const PacketHeader& header, ConnectionParts& parts);

}  // namespace quiesce::quic
