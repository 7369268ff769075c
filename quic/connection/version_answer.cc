#include "quic/connection/version_answer.h"

#include <algorithm>

namespace quiesce::quic {

bool EndsConnectionAttempt(const PacketHeader& header, Version version,
                           const ConnectionId& original_destination_cid,
                           const ConnectionId& source_cid) {
  // RFC 9000 §17.2.1: the echo shows that the sender has seen our packet.
  if (!std::ranges::equal(header.destination_cid, source_cid.bytes()) ||
      !std::ranges::equal(header.source_cid, original_destination_cid.bytes())) {
    return false;
  }
  // RFC 9000 §6.2: a packet that lists the version selected by the client MUST be discarded.
  for (std::size_t i = 0; i < SupportedVersionCount(header); ++i) {
    if (SupportedVersion(header, i) == version) return false;
  }
  return true;
}

}  // namespace quiesce::quic
