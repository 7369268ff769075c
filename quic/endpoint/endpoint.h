// Many connections behind one address: the five verbs again. Finds the connection of a datagram by
// its Destination Connection ID, admits new ones, answers for those that do not exist (version
// negotiation, refusal, stateless reset), and removes those that are over. RFC 9000 §5.2. One per
// shard, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "crypto/random.h"
#include "crypto/tls_handshake.h"
#include "quic/base/block_pool.h"
#include "quic/base/datagram.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/connection/connection.h"
#include "quic/connection/events.h"
#include "quic/endpoint/cid_generator.h"
#include "quic/endpoint/connection_table.h"
#include "quic/endpoint/deadline_queue.h"
#include "quic/endpoint/endpoint_config.h"
#include "quic/endpoint/stateless_reset.h"
#include "quic/stream/intrusive_list.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

// Names a connection of one endpoint for as long as that connection exists, and nothing afterwards.
struct ConnectionHandle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // of the slot; never 0 in a live handle
  friend auto operator<=>(const ConnectionHandle&, const ConnectionHandle&) = default;
};

struct EndpointStats {
  std::uint64_t datagrams_received = 0;
  std::uint64_t datagrams_dropped = 0;  // belong to no connection, and got no answer
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // answered with CONNECTION_REFUSED
  std::uint64_t version_negotiations_sent = 0;
  std::uint64_t stateless_resets_sent = 0;
};

// A peer's first Initial has become a connection. The first event of every accepted connection.
struct ConnectionAccepted {};

struct EndpointEvent {
  ConnectionHandle connection;
  std::variant<ConnectionAccepted, Event> event;
};

// Makes the server's half of the handshake of one more connection.
using HandshakeFactory = std::function<std::unique_ptr<crypto::TlsHandshake>()>;

class Endpoint {
 public:
  // `config` was validated; `accept` is empty for an endpoint that only connects. The references
  // outlive the endpoint.
  Endpoint(const EndpointConfig& config, CidGenerator cids, const StatelessResetter& resetter,
           HandshakeFactory accept, crypto::Random& random);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // The five verbs. Events of one connection keep their order. PollTransmit follows every other
  // verb and every call on a connection, until it sends nothing; only then is NextTimeout up to
  // date.
  void HandleDatagram(Instant now, const DatagramInfo& info, std::span<std::uint8_t> bytes);
  void HandleTimeout(Instant now);
  std::size_t PollTransmit(Instant now, TransmitBatch& out);
  std::optional<Instant> NextTimeout() const;
  std::optional<EndpointEvent> PollEvent();

  ConnectionHandle Connect(Instant now, const NetworkPath& path, Version version,
                           std::unique_ptr<crypto::TlsHandshake> tls);

  // The connection, for calls on it; null once it is over. Whatever a call makes it want to send
  // leaves with the next PollTransmit.
  Connection* Find(ConnectionHandle handle);

  // Whether the first packet of a datagram names a connection that exists. A datagram that does not
  // may cost a handshake.
  bool HasConnectionFor(std::span<const std::uint8_t> bytes) const;

  // From now on an Initial of a new connection is answered with CONNECTION_REFUSED (RFC 9000
  // §5.2.2), and so is every connection that was accepted and whose handshake is not complete.
  void StopAccepting();

  std::size_t connection_count() const { return live_; }
  // Accepted connections whose handshake is not complete, nor over.
  std::size_t half_open_count() const { return half_open_; }
  // Bytes that all connections hold, see Connection::memory_bytes(). O(connections).
  std::size_t memory_bytes() const;
  const EndpointStats& stats() const { return stats_; }

 private:
  struct Slot {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
    std::unique_ptr<Connection> connection;
    ListLink<Slot> ready_link;
    ListLink<Slot> events_link;
    bool half_open = false;                          // counted in half_open_
    bool announce = false;                           // ConnectionAccepted is still to be polled
    bool closed_polled = false;                      // ConnectionClosed was polled: the last event
    std::optional<StatelessResetToken> reset_token;  // as in reset_tokens_
  };

  Slot* FindSlot(const ConnectionId& id);
  void AnswerUnknown(Instant now, const DatagramInfo& info, HeaderFault fault,
                     const PacketHeader& header, std::span<std::uint8_t> bytes);
  void HandleInitial(Instant now, const DatagramInfo& info, const PacketHeader& header,
                     std::span<std::uint8_t> bytes);
  bool HandleStatelessReset(Instant now, const DatagramInfo& info,
                            std::span<const std::uint8_t> bytes);
  void SendStatelessReset(const DatagramInfo& info, const PacketHeader& header,
                          std::size_t trigger_size);
  void Refuse(const DatagramInfo& info, const PacketHeader& header);
  void Answer(const DatagramInfo& received, std::span<const std::uint8_t> bytes,
              std::uint64_t& counter);

  Slot& NewSlot(std::unique_ptr<Connection> connection, bool accepted);
  bool HasRoom(TransmitBatch& out) const;
  std::size_t SendStateless(TransmitBatch& out);
  void Settle(Slot& slot);
  void Mirror(Slot& slot);
  void MirrorIds(Slot& slot);
  void EraseId(const Slot& slot, const ConnectionId& id);
  void MirrorResetToken(Slot& slot);
  void RemoveIfOver(Slot& slot);

  const EndpointConfig& config_;
  StatelessResetter resetter_;
  CidGenerator cids_;
  HandshakeFactory accept_;
  crypto::Random& random_;
  BlockPool block_pool_;  // outlives the connections
  EndpointStats stats_;
  bool accepting_ = true;
  std::size_t live_ = 0;
  std::size_t half_open_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::uint32_t> free_slots_;
  ConnectionTable ids_;           // local connection ID -> slot
  ConnectionTable reset_tokens_;  // token of the peer, 16 bytes -> slot
  DeadlineQueue deadlines_;
  IntrusiveList<Slot, &Slot::ready_link> ready_;         // may have something to send
  IntrusiveList<Slot, &Slot::events_link> with_events_;  // may have events
  struct Stateless {
    DatagramInfo info;
    std::vector<std::uint8_t> bytes;
  };
  std::deque<Stateless> stateless_;
};

}  // namespace quiesce::quic
