// What a client makes of a Version Negotiation packet. RFC 9000 §6.2, §17.2.1.
#pragma once

#include "quic/base/types.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

// Whether a Version Negotiation packet ends the attempt to connect with `version`: it echoes both
// IDs of our first packet, and does not list that version. The caller has processed no other packet
// yet. False = discard it.
bool EndsConnectionAttempt(const PacketHeader& header, Version version,
                           const ConnectionId& original_destination_cid,
                           const ConnectionId& source_cid);

}  // namespace quiesce::quic
