// The parts of a connection that end when its closing or draining period begins: everything but the
// close datagram and the connection IDs. Plain data, so that the conductor and the three rooms that
// need several parts at once (frame dispatch, token routing, packet building) see the same thing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "quic/base/block_pool.h"
#include "quic/base/datagram.h"
#include "quic/base/token.h"
#include "quic/base/types.h"
#include "quic/connection/config.h"
#include "quic/connection/connection_seed.h"
#include "quic/connection/handshake.h"
#include "quic/connection/idle.h"
#include "quic/connection/local_cids.h"
#include "quic/connection/packet_space.h"
#include "quic/connection/path.h"
#include "quic/connection/remote_cids.h"
#include "quic/connection/skipped_numbers.h"
#include "quic/connection/stats.h"
#include "quic/connection/timers.h"
#include "quic/recovery/congestion_factory.h"
#include "quic/recovery/loss_detector.h"
#include "quic/recovery/pacer.h"
#include "quic/recovery/rtt.h"
#include "quic/stream/stream_set.h"
#include "quic/wire/frames.h"
#include "quic/wire/version.h"

namespace quiesce::quic {

struct ConnectionParts {
  // `peer_cid` is where to send: the client makes one up, the server has seen one. `local` and
  // `stat` belong to the connection and outlive the parts.
  ConnectionParts(Instant now, ConnectionSeed& seed, const VersionRow& version_row,
                  LocalCids& local, ConnectionStats& stat);

  // RFC 9000 §8.2.2: answers owed to PATH_CHALLENGE frames. More than these are dropped: whoever
  // sends more is not validating a path.
  static constexpr std::size_t kPathResponsesMax = 8;

  PacketSpace& space(PacketNumberSpace number_space) {
    return spaces[static_cast<std::size_t>(number_space)];
  }
  const PacketSpace& space(PacketNumberSpace number_space) const {
    return spaces[static_cast<std::size_t>(number_space)];
  }
  // Client: no packet of the server has been processed, so that it may still answer the first one
  // with Version Negotiation or Retry. RFC 9000 §6.2, §17.2.5.2.
  bool awaits_first_answer() const {
    return perspective == Perspective::kClient && !peer_source_cid && !retry_source_cid;
  }

  const ConnectionConfig& config;
  Perspective perspective;
  const VersionRow& version;
  LocalCids& local_cids;  // the connection's own: they outlive the parts
  ConnectionStats& stats;
  PacketSpaces spaces;
  Path path;
  RttEstimator rtt;
  std::unique_ptr<CongestionController> congestion;
  Pacer pacer;
  LossDetector recovery;
  StreamSet streams;
  SkippedNumbers skipped_numbers;
  RemoteCids remote_cids;
  Idle idle;
  Timers timers;
  Handshake handshake;

  // Facts of the handshake.
  ConnectionId original_destination_cid;
  std::optional<ConnectionId> peer_source_cid;
  std::optional<ConnectionId> retry_source_cid;  // client: of the Retry that was followed
  std::vector<std::uint8_t> initial_token;       // client: in each of its Initial packets
  std::uint64_t peer_ack_delay_exponent = 3;     // RFC 9000 §18.2
  ByteCount datagram_size;                       // of what we send; UDP payload bytes

  // Frames owed, beside those of the parts.
  bool send_handshake_done = false;
  bool send_ping = false;
  std::vector<PathData> path_responses;  // at most kPathResponsesMax

  // Packets whose keys are not there yet. RFC 9000 §5.2.1, RFC 9001 §5.7.
  struct EarlyPacket {
    DatagramInfo info;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<EarlyPacket> early_packets;

  // Scratch of one ACK frame or timeout.
  RecoveryOutcome outcome;
  std::vector<SentToken> unacked;
};

// RFC 9001 §5.2: the keys that everybody on the path can derive from the Destination Connection ID
// of a client's Initial packet.
void InstallInitialKeys(const ConnectionId& destination_cid, ConnectionParts& parts);

// RFC 9001 §4.9: drops the keys of a space with all that was sent or expected under them.
void DiscardSpace(Instant now, PacketNumberSpace space, ConnectionParts& parts);

}  // namespace quiesce::quic
