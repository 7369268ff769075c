// One QUIC connection: a pure state machine from (time, datagram | timeout | call) to (datagrams,
// events, next deadline). RFC 9000, 9001, 9002. Owned by an Endpoint, or by whoever brings a loop.
//
// The class is a conductor: it owns the parts and decides the order in which they are asked; what a
// frame means, when a packet is lost or how a stream ends is known to the part alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quic/base/datagram.h"
#include "quic/base/error.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/connection/closer.h"
#include "quic/connection/connection_seed.h"
#include "quic/connection/events.h"
#include "quic/connection/lifecycle.h"
#include "quic/connection/local_cids.h"
#include "quic/connection/stats.h"
#include "quic/connection/transport.h"

namespace quiesce::quic {

class PacketBuilder;
struct ConnectionParts;
struct ReceivedPacket;

class Connection final : public Transport {
 public:
  Connection(Instant now, ConnectionSeed seed);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The five verbs. `bytes` is one datagram for this connection; it is decrypted in place, not
  // kept.
  void HandleDatagram(Instant now, const DatagramInfo& info, std::span<std::uint8_t> bytes);
  void HandleTimeout(Instant now);
  std::size_t PollTransmit(Instant now, TransmitBatch& out);
  std::optional<Instant> NextTimeout() const;
  std::optional<Event> PollEvent();

  // Transport: see transport.h.
  Perspective perspective() const override { return perspective_; }
  std::optional<StreamId> OpenStream(StreamDirection direction) override;
  Readable Peek(StreamId stream_id) const override;
  void Consume(StreamId stream_id, ByteCount count) override;
  WriteResult Write(StreamId stream_id, std::span<const std::uint8_t> bytes, bool fin) override;
  void ResetStream(StreamId stream_id, std::uint64_t application_error_code) override;
  void StopSending(StreamId stream_id, std::uint64_t application_error_code) override;
  void SetPriority(StreamId stream_id, std::uint8_t urgency, bool incremental) override;
  ByteCount write_offset(StreamId stream_id) const override;
  void WatchAcked(StreamId stream_id, ByteCount offset) override;
  std::optional<StreamId> highest_peer_stream(StreamDirection direction) const override;
  void StopStreamCredit(StreamDirection direction) override;
  void Close(std::uint64_t application_error_code, std::string_view reason) override;
  bool handshake_confirmed() const override;
  Duration ProbeTimeout() const override;

  // Closes with a transport error, e.g. CONNECTION_REFUSED by a server that is stopping.
  void CloseWithTransportError(const Error& error);

  LifecycleState state() const { return lifecycle_.state(); }
  // Nothing is left to do: the owner removes the connection. RFC 9000 §10.2.
  bool closed() const { return lifecycle_.state() == LifecycleState::kClosed; }
  const NetworkPath& path() const { return path_; }
  Version version() const { return version_; }
  const ConnectionStats& stats() const { return stats_; }
  // The name that the client asked for; empty before its ClientHello was read, or if it sent none.
  const std::string& server_name() const { return server_name_; }

  // Changes to the set of IDs that lead here, for the owner's table, oldest first.
  std::optional<LocalCidChange> PollCidChange() { return local_cids_.PollChange(); }
  // Every ID that leads here now.
  std::vector<ConnectionId> local_cids() const { return local_cids_.ids(); }

  // The token with which the peer would say that it has lost this connection, if it gave one. The
  // owner compares it with datagrams that belong to no connection. RFC 9000 §10.3.1.
  std::optional<StatelessResetToken> peer_reset_token() const;
  void HandleStatelessReset(Instant now);

  // Bytes held by keys, streams, buffers and packets that wait. After a close by this side only the
  // close datagram is left; after one by the peer, received bytes stay until ConnectionClosed was
  // handled.
  std::size_t memory_bytes() const;

 private:
  bool active() const { return lifecycle_.state() < LifecycleState::kClosing; }
  void HandlePackets(Instant now, const DatagramInfo& info, std::span<std::uint8_t> bytes);
  void HandlePacket(Instant now, Ecn ecn, const ReceivedPacket& packet);
  void ReplayEarlyPackets(Instant now);

  void AdvanceHandshake(Instant now);
  bool ApplyPeerParameters();
  void ConfirmHandshake(Instant now);

  void HandleLossTimeout(Instant now);
  void UpdateTimers(Instant now);
  bool WantsKeepAlive() const;
  std::size_t SendPackets(Instant now, TransmitBatch& out);
  void CountSent(const TransmitBatch& out);
  void CloseBeforeKeysAreUsedUp();

  void Fail(const Error& error);
  void EnterClosingIfAsked(Instant now);
  void EnterDraining(Instant now, LifecycleEvent event, ConnectionClosed closed);
  void End(LifecycleEvent event, ConnectionClosed closed);
  void ReleaseParts(ConnectionClosed closed, bool keep_received_bytes);

  Perspective perspective_;
  Version version_;
  NetworkPath path_;
  LocalCids local_cids_;
  Lifecycle lifecycle_{LifecycleState::kHandshaking};
  ConnectionStats stats_;
  Closer closer_;
  std::string server_name_;
  std::deque<Event> events_;
  // A close that was asked for and happens with the next verb, which knows the time.
  std::optional<ConnectionClosed> close_asked_;
  // Everything that ends when the closing period starts; null afterwards.
  std::unique_ptr<ConnectionParts> parts_;
  std::unique_ptr<PacketBuilder> builder_;  // null from then on
};

}  // namespace quiesce::quic
