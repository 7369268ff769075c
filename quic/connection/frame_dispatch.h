// Hands each frame of an authenticated packet to the part that owns its meaning, after the frame
// table has said that it may be there. RFC 9000 §12.4, §19.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quic/base/result.h"
#include "quic/base/time.h"
#include "quic/connection/connection_parts.h"
#include "quic/connection/received_packet.h"

namespace quiesce::quic {

// CONNECTION_CLOSE as the peer sent it. RFC 9000 §19.19.
struct PeerClose {
  bool is_application = false;
  std::uint64_t error_code = 0;
  std::uint64_t frame_type = 0;
  std::string reason;
};

// What the frames of one packet ask of the conductor itself.
struct PacketEffects {
  bool ack_eliciting = false;
  bool handshake_done = false;
  std::optional<PeerClose> close;  // the frames behind it were not read
};

// Errors: PROTOCOL_VIOLATION for an empty payload and for frames that the packet type or the sender
// does not allow (§12.4); whatever the frame codec and the owners of the frames report.
[[nodiscard]] Result<PacketEffects> DispatchFrames(Instant now, const ReceivedPacket& packet,
                                                   ConnectionParts& parts);

}  // namespace quiesce::quic
