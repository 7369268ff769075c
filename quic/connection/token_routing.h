// Takes the tokens of acknowledged and lost packets back to the parts that own what they carried.
// RFC 9000 §13.3.
#pragma once

#include "quic/connection/connection_parts.h"

namespace quiesce::quic {

// Tells the owners what `parts.outcome` says and adds its counts to the statistics.
void RouteOutcome(ConnectionParts& parts);

// The information in `tokens` is to be sent again by its owners, unless it has become pointless.
void RouteLost(PacketNumberSpace space, std::span<const SentToken> tokens, ConnectionParts& parts);

}  // namespace quiesce::quic
