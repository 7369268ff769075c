#include "quic/connection/connection_parts.h"

#include <algorithm>
#include <utility>

#include "crypto/initial_secrets.h"

namespace quiesce::quic {
namespace {

PacketSpaces MakeSpaces(const ConnectionConfig& config, BlockPool& pool) {
  const ReceivedPackets::Config received{.max_ack_delay = config.max_ack_delay};
  const ByteCount limit = config.crypto_buffer_limit;
  return {PacketSpace(PacketNumberSpace::kInitial, received, pool, limit),
          PacketSpace(PacketNumberSpace::kHandshake, received, pool, limit),
          PacketSpace(PacketNumberSpace::kApplication, received, pool, limit)};
}

bool IsClient(const ConnectionSeed& seed) { return seed.perspective == Perspective::kClient; }

}  // namespace

ConnectionParts::ConnectionParts(Instant now, ConnectionSeed& seed, const VersionRow& version_row,
                                 LocalCids& local, ConnectionStats& stat)
    : config(seed.config),
      perspective(seed.perspective),
      version(version_row),
      local_cids(local),
      stats(stat),
      spaces(MakeSpaces(seed.config, seed.block_pool)),
      path(seed.path, /*validated=*/IsClient(seed)),
      congestion(MakeCongestionController(seed.config.congestion, seed.config.max_datagram_size)),
      pacer(seed.config.max_datagram_size),
      recovery(seed.perspective, rtt, *congestion),
      streams(seed.perspective, seed.config.streams, seed.block_pool),
      skipped_numbers(seed.random),
      remote_cids(IsClient(seed) ? seed.original_destination_cid : seed.peer_cid,
                  seed.config.active_connection_id_limit),
      idle(now, {.idle_timeout = seed.config.idle_timeout,
                 .keep_alive_interval = seed.config.keep_alive_interval}),
      handshake(std::move(seed.tls), seed.perspective, version_row.protection),
      original_destination_cid(seed.original_destination_cid),
      datagram_size(seed.config.max_datagram_size) {
  if (!IsClient(seed)) peer_source_cid = seed.peer_cid;
}

void InstallInitialKeys(const ConnectionId& destination_cid, ConnectionParts& parts) {
  crypto::InitialKeys keys =
      crypto::DeriveInitialKeys(parts.version.protection, destination_cid.bytes());
  const bool client = parts.perspective == Perspective::kClient;
  PacketSpace& space = parts.space(PacketNumberSpace::kInitial);
  space.read_keys = std::move(client ? keys.server : keys.client);
  space.write_keys = std::move(client ? keys.client : keys.server);
}

void DiscardSpace(Instant now, PacketNumberSpace space, ConnectionParts& parts) {
  if (parts.space(space).discarded) return;
  parts.space(space).Discard();
  parts.recovery.OnSpaceDiscarded(now, space);
}

}  // namespace quiesce::quic
