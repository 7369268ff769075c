// The connection IDs that lead to this connection: issued, announced in NEW_CONNECTION_ID, retired
// by the peer. RFC 9000 §5.1.1, §19.15, §19.16. Owned by the connection; the owner of the
// connection mirrors the set in its table through PollChange().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "quic/base/result.h"
#include "quic/base/types.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

struct IssuedCid {
  ConnectionId id;
  StatelessResetToken reset_token{};
};

// Where new IDs come from; the endpoint implements it. It outlives every connection.
class CidIssuer {
 public:
  virtual ~CidIssuer() = default;
  // A fresh ID that this issuer never gave before, with its reset token. All IDs of one issuer have
  // one length, or all are empty: then the connection is found by its address (RFC 9000 §5.1).
  virtual IssuedCid Issue() = 0;
};

struct LocalCidChange {
  enum class Kind : std::uint8_t { kAdded, kRemoved };
  Kind kind;
  ConnectionId id;
  friend bool operator==(const LocalCidChange&, const LocalCidChange&) = default;
};

class LocalCids {
 public:
  // Issues sequence number 0 at once. Never more than `active_max` numbered IDs at a time, whatever
  // the peer allows. The issuer outlives this.
  LocalCids(CidIssuer& issuer, std::size_t active_max);

  // Sequence number 0: the Source Connection ID of our long headers, and its token, which a server
  // sends as stateless_reset_token.
  const IssuedCid& initial() const { return initial_; }

  // Server: the ID that the client made up for its first packets leads here too, without a sequence
  // number (RFC 9000 §5.1.1), to the end: a copy of such a packet that comes late is no newcomer.
  void AddOriginal(const ConnectionId& id);

  // The peer's active_connection_id_limit (at least 2, checked by the parameter codec); issues up
  // to it. Does nothing when our IDs are empty.
  void SetPeerLimit(std::uint64_t active_connection_id_limit);

  // `packet_destination` is the Destination Connection ID of the packet that carried the frame.
  // Issues a replacement. A repeated frame has no effect. Errors: PROTOCOL_VIOLATION for a sequence
  // number that was never sent, for the ID that the packet itself was sent to, and when our IDs are
  // empty (§19.16).
  [[nodiscard]] Result<void> HandleRetireConnectionId(const RetireConnectionIdFrame& frame,
                                                      const ConnectionId& packet_destination);

  // The next frame that the peer should get: new, or lost. Not taken until OnFrameSent().
  std::optional<NewConnectionIdFrame> NextFrame() const;
  void OnFrameSent(std::uint64_t sequence_number);
  // A frame of an ID that is still active is sent again.
  void OnFrameLost(std::uint64_t sequence_number);

  // Changes to the set of IDs, oldest first; the first is the addition of initial().
  std::optional<LocalCidChange> PollChange();
  // Every ID that leads here now, the original one included.
  std::vector<ConnectionId> ids() const;

 private:
  struct Entry {
    std::uint64_t sequence_number;
    IssuedCid cid;
    bool send_frame;
  };

  void Refill();
  void SetSendFrame(std::uint64_t sequence_number, bool send_frame);
  void Add(const ConnectionId& id) { changes_.push_back({LocalCidChange::Kind::kAdded, id}); }
  void Remove(const ConnectionId& id) { changes_.push_back({LocalCidChange::Kind::kRemoved, id}); }

  CidIssuer& issuer_;
  std::size_t active_max_;
  std::size_t active_allowed_ = 1;  // by the peer and by us; 1 until its parameters are known
  IssuedCid initial_;
  std::vector<Entry> entries_;  // active, ascending sequence numbers
  std::uint64_t next_sequence_number_ = 0;
  std::uint64_t sent_before_ = 1;  // sequence numbers below this one are known to the peer
  std::optional<ConnectionId> original_;
  std::deque<LocalCidChange> changes_;
};

}  // namespace quiesce::quic
