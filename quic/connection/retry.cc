#include "quic/connection/retry.h"

#include <algorithm>

#include "crypto/retry_tag.h"
#include "quic/connection/token_routing.h"

namespace quiesce::quic {

bool IsRetryToFollow(const PacketHeader& header, std::span<const std::uint8_t> packet,
                     const ConnectionParts& parts) {
  // RFC 9000 §17.2.5.2: one Retry at most, and none after another packet from the server.
  if (!parts.awaits_first_answer()) return false;
  if (!std::ranges::equal(header.destination_cid, parts.local_cids.initial().id.bytes()))
    return false;
  // RFC 9000 §17.2.5.1: a server MUST NOT keep the ID that the client had made up.
  const auto original = parts.original_destination_cid.bytes();
  if (std::ranges::equal(header.source_cid, original)) return false;
  return header.token.size() <= kRetryTokenSizeMax &&
         crypto::VerifyRetryTag(parts.version.protection, original, packet);
}

void FollowRetry(Instant now, const PacketHeader& header, ConnectionParts& parts) {
  const ConnectionId source(header.source_cid);
  parts.retry_source_cid = source;
  parts.remote_cids.ReplaceInitial(source);
  parts.initial_token.assign(header.token.begin(), header.token.end());
  InstallInitialKeys(source, parts);

  // RFC 9002 §6.3: what was sent is neither acknowledged nor lost; it is said again.
  parts.recovery.ResetForRetry(now, kInitialRtt, parts.outcome);
  RouteLost(PacketNumberSpace::kInitial, parts.outcome.lost, parts);
  parts.idle.OnPacketReceived(now);
}

}  // namespace quiesce::quic
