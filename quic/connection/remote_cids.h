// The connection IDs that the peer gave us to reach it, and which one is in use. RFC 9000 §5.1.2,
// §10.3.1, §19.15. Owned by the connection.
//
// IDs are used in the order of their sequence numbers, so whatever is lower than the one in use is
// retired: no list of all numbers ever seen is needed, and a late or repeated frame cannot bring a
// retired ID back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/result.h"
#include "quic/base/types.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

class RemoteCids {
 public:
  // `initial` has sequence number 0. `active_limit` is the active_connection_id_limit that we
  // announced, at least 2.
  RemoteCids(const ConnectionId& initial, std::size_t active_limit);

  // Client: the server's choice, from Retry or from its first Initial packet, replaces the one that
  // this client had made up. RFC 9000 §7.2. Only before any NEW_CONNECTION_ID.
  void ReplaceInitial(const ConnectionId& id);
  // Client: the stateless_reset_token parameter. Without it nothing matches.
  void SetInitialResetToken(const StatelessResetToken& token);

  // Also called with sequence number 1 for the ID of a preferred_address parameter.
  // Errors: PROTOCOL_VIOLATION when the peer asked for empty IDs, or when a number, an ID or a
  // token is used twice for different things; CONNECTION_ID_LIMIT_ERROR above our limit, or when
  // more retirements wait for an acknowledgment than we keep (§5.1.2).
  [[nodiscard]] Result<void> HandleNewConnectionId(const NewConnectionIdFrame& frame);

  // The Destination Connection ID of what we send.
  const ConnectionId& current() const { return active_.front().id; }
  // Whether SwitchToNext() has something to switch to.
  bool has_unused() const { return active_.size() > 1; }
  // Retires the ID in use and takes the next, for a new path (RFC 9000 §9.5). False when there is
  // none, or when too many retirements wait for an acknowledgment.
  [[nodiscard]] bool SwitchToNext();

  // The token that belongs to the ID in use, if the peer gave one.
  std::optional<StatelessResetToken> current_reset_token() const {
    return active_.front().reset_token;
  }
  // Whether the datagram ends in the token of the ID in use. Constant time. RFC 9000 §10.3.1.
  bool IsStatelessReset(std::span<const std::uint8_t> datagram) const;

  // The next retirement that the peer should hear of: new, or lost. Not taken until OnFrameSent().
  std::optional<RetireConnectionIdFrame> NextFrame() const;
  void OnFrameSent(std::uint64_t sequence_number);
  void OnFrameLost(std::uint64_t sequence_number);
  void OnFrameAcked(std::uint64_t sequence_number);

 private:
  struct Entry {
    std::uint64_t sequence_number;
    ConnectionId id;
    std::optional<StatelessResetToken> reset_token;
  };
  struct Retirement {
    std::uint64_t sequence_number;
    bool send_frame;
  };

  [[nodiscard]] Result<void> CheckRepetition(const NewConnectionIdFrame& frame,
                                             bool& repeated) const;
  [[nodiscard]] Result<void> Retire(std::uint64_t sequence_number);
  bool CanRetire() const;
  void SetSendFrame(std::uint64_t sequence_number, bool send_frame);

  std::size_t active_limit_;
  std::vector<Entry> active_;  // ascending; the first is in use, the others are not used yet
  std::vector<Retirement> retirements_;  // until acknowledged
};

}  // namespace quiesce::quic
