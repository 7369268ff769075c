#include "quic/connection/connection.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "quic/base/check.h"
#include "quic/connection/connection_parts.h"
#include "quic/connection/datagram_reader.h"
#include "quic/connection/frame_dispatch.h"
#include "quic/connection/packet_builder.h"
#include "quic/connection/retry.h"
#include "quic/connection/token_routing.h"
#include "quic/wire/transport_parameters.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {
namespace {

std::uint64_t Milliseconds(Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// RFC 9000 §20.2: application error codes have 62 bits.
std::uint64_t Sendable(std::uint64_t application_error_code) {
  return std::min(application_error_code, kMaxVarint);
}

// What this side declares. RFC 9000 §18.2.
TransportParameters LocalParameters(const ConnectionSeed& seed, const IssuedCid& initial_cid) {
  const ConnectionConfig& config = seed.config;
  const ByteCount stream_window = config.streams.initial_max_stream_data;
  TransportParameters parameters;
  parameters.max_idle_timeout_ms = Milliseconds(config.idle_timeout);
  parameters.max_udp_payload_size = config.max_udp_payload_size;
  parameters.initial_max_data = config.streams.initial_max_data;
  parameters.initial_max_stream_data_bidi_local = stream_window;
  parameters.initial_max_stream_data_bidi_remote = stream_window;
  parameters.initial_max_stream_data_uni = stream_window;
  parameters.initial_max_streams_bidi = config.streams.max_streams_bidi;
  parameters.initial_max_streams_uni = config.streams.max_streams_uni;
  parameters.ack_delay_exponent = config.ack_delay_exponent;
  parameters.max_ack_delay_ms = Milliseconds(config.max_ack_delay);
  // RFC 9000 §9: packets from a new address of the peer are not accepted.
  parameters.disable_active_migration = true;
  parameters.active_connection_id_limit = config.active_connection_id_limit;
  parameters.initial_source_connection_id = initial_cid.id;
  if (seed.perspective == Perspective::kServer) {
    parameters.original_destination_connection_id = seed.original_destination_cid;
    parameters.stateless_reset_token = initial_cid.reset_token;
  }
  return parameters;
}

}  // namespace

Connection::Connection(Instant now, ConnectionSeed seed)
    : perspective_(seed.perspective),
      version_(seed.version),
      path_(seed.path),
      local_cids_(seed.cid_issuer, seed.config.active_connection_id_limit) {
  const bool client = perspective_ == Perspective::kClient;
  const VersionRow* version = FindVersion(version_);
  QUIESCE_CHECK(version != nullptr);
  const TransportParameters parameters = LocalParameters(seed, local_cids_.initial());
  parts_ = std::make_unique<ConnectionParts>(now, seed, *version, local_cids_, stats_);
  builder_ = std::make_unique<PacketBuilder>(*parts_);
  if (!client) local_cids_.AddOriginal(seed.original_destination_cid);

  InstallInitialKeys(seed.original_destination_cid, *parts_);
  parts_->timers.Set(Timer::kHandshake, now + seed.config.handshake_timeout);
  if (auto started = parts_->handshake.Start(parameters, version_, parts_->spaces); !started)
    Fail(started.error());
  UpdateTimers(now);
}

Connection::~Connection() = default;

// ---------------------------------------------------------------------------------- receiving

void Connection::HandleDatagram(Instant now, const DatagramInfo& info,
                                std::span<std::uint8_t> bytes) {
  EnterClosingIfAsked(now);
  ++stats_.datagrams_received;
  stats_.bytes_received += bytes.size();
  if (!active()) {
    ++stats_.packets_dropped_closing;
    closer_.OnDatagramReceived(info, ByteCount(bytes.size()));
    return;
  }
  // RFC 9000 §9: a peer that was told not to migrate and does is not followed.
  if (info.path.peer != path_.peer) {
    ++stats_.datagrams_dropped_wrong_path;
    return;
  }
  parts_->path.OnDatagramReceived(ByteCount(bytes.size()));
  if (!parts_->path.validated()) parts_->recovery.SetAmplificationLimited(now, false);
  HandlePackets(now, info, bytes);
  if (active()) ReplayEarlyPackets(now);
  EnterClosingIfAsked(now);
  UpdateTimers(now);
}

void Connection::HandlePackets(Instant now, const DatagramInfo& info,
                               std::span<std::uint8_t> bytes) {
  using Kind = DatagramReader::Item::Kind;
  DatagramReader reader(*parts_, info, bytes);
  while (active() && !close_asked_) {
    const DatagramReader::Item item = reader.Next();
    switch (item.kind) {
      case Kind::kEnd:
        return;
      case Kind::kPacket:
        HandlePacket(now, info.ecn, item.packet);
        break;
      case Kind::kFault:
        Fail(item.fault);
        break;
      case Kind::kVersionRefused:
        End(LifecycleEvent::kDiscarded,
            {.source = CloseSource::kVersionNegotiation,
             .reason = "the server does not speak this version of QUIC"});
        break;
      case Kind::kRetry:
        FollowRetry(now, reader.retry(), *parts_);
        break;
      case Kind::kStatelessReset:
        HandleStatelessReset(now);
        break;
    }
  }
}

void Connection::HandlePacket(Instant now, Ecn ecn, const ReceivedPacket& packet) {
  const auto effects = DispatchFrames(now, packet, *parts_);
  if (!effects) return Fail(effects.error());
  PacketSpace& space = parts_->space(SpaceOf(packet.type));
  space.received.OnPacketReceived(now, packet.number, effects->ack_eliciting, ecn);
  if (ecn == Ecn::kCe) ++stats_.ecn_ce_received;
  parts_->idle.OnPacketReceived(now);
  if (effects->close) {
    return EnterDraining(now, LifecycleEvent::kCloseReceived,
                         {.source = CloseSource::kPeer,
                          .is_application = effects->close->is_application,
                          .error_code = effects->close->error_code,
                          .frame_type = effects->close->frame_type,
                          .reason = effects->close->reason});
  }
  // RFC 9000 §8.1, RFC 9001 §4.9.1: only the real client can have Handshake keys.
  if (perspective_ == Perspective::kServer && packet.type == PacketType::kHandshake) {
    parts_->path.Validate();
    DiscardSpace(now, PacketNumberSpace::kInitial, *parts_);
  }
  AdvanceHandshake(now);
  if (effects->handshake_done && !close_asked_) ConfirmHandshake(now);
}

// Packets that waited for keys which may have come with the last datagram. What still has no keys
// goes back to waiting.
void Connection::ReplayEarlyPackets(Instant now) {
  const bool has_keys = parts_->space(PacketNumberSpace::kHandshake).read_keys.has_value() ||
                        parts_->space(PacketNumberSpace::kApplication).read_keys.has_value();
  if (parts_->early_packets.empty() || !has_keys) return;
  for (auto& early : std::exchange(parts_->early_packets, {})) {
    if (!active() || close_asked_) return;
    HandlePackets(now, early.info, early.bytes);
  }
}

// ---------------------------------------------------------------------------------- handshake

void Connection::AdvanceHandshake(Instant now) {
  while (auto session = parts_->handshake.PollSession(version_))
    events_.push_back(SessionSaved{std::move(*session)});
  if (lifecycle_.state() != LifecycleState::kHandshaking || !ApplyPeerParameters()) return;
  if (parts_->space(PacketNumberSpace::kHandshake).write_keys)
    parts_->recovery.OnHandshakeKeysAvailable(now);
  if (!parts_->handshake.complete()) return;
  QUIESCE_CHECK(lifecycle_.Apply(LifecycleEvent::kHandshakeCompleted));
  parts_->timers.Stop(Timer::kHandshake);
  events_.push_back(HandshakeCompleted{.alpn = std::string(parts_->handshake.alpn()),
                                       .resumed = parts_->handshake.resumed()});
  if (perspective_ == Perspective::kServer) {
    // RFC 9001 §4.1.2: a server confirms as soon as it completes, and tells the client.
    parts_->send_handshake_done = true;
    ConfirmHandshake(now);
  }
}

// False when the connection is failing.
bool Connection::ApplyPeerParameters() {
  auto taken = parts_->handshake.TakePeerParameters(
      {.original_destination = parts_->original_destination_cid,
       .peer_source = parts_->peer_source_cid,
       .retry_source = parts_->retry_source_cid});
  if (!taken) {
    Fail(taken.error());
    return false;
  }
  if (!*taken) return true;
  const TransportParameters& peer = **taken;
  server_name_ = std::string(parts_->handshake.server_name());
  parts_->streams.SetPeerLimits(
      {.initial_max_data = peer.initial_max_data,
       .initial_max_stream_data_bidi_local = peer.initial_max_stream_data_bidi_local,
       .initial_max_stream_data_bidi_remote = peer.initial_max_stream_data_bidi_remote,
       .initial_max_stream_data_uni = peer.initial_max_stream_data_uni,
       .initial_max_streams_bidi = peer.initial_max_streams_bidi,
       .initial_max_streams_uni = peer.initial_max_streams_uni});
  parts_->idle.SetPeerTimeout(peer.max_idle_timeout_ms);
  parts_->recovery.SetMaxAckDelay(std::chrono::milliseconds(peer.max_ack_delay_ms));
  parts_->peer_ack_delay_exponent = peer.ack_delay_exponent;
  parts_->datagram_size = std::min(parts_->datagram_size, peer.max_udp_payload_size);
  local_cids_.SetPeerLimit(peer.active_connection_id_limit);
  if (peer.stateless_reset_token)
    parts_->remote_cids.SetInitialResetToken(*peer.stateless_reset_token);
  return true;
}

// RFC 9001 §4.1.2, §4.9.2.
void Connection::ConfirmHandshake(Instant now) {
  if (lifecycle_.state() == LifecycleState::kConfirmed) return;
  if (!lifecycle_.Apply(LifecycleEvent::kHandshakeConfirmed)) {
    return Fail({TransportErrorCode::kProtocolViolation, HandshakeDoneFrame::kType,
                 "HANDSHAKE_DONE before the handshake is complete"});
  }
  DiscardSpace(now, PacketNumberSpace::kHandshake, *parts_);
  parts_->recovery.OnHandshakeConfirmed(now);
  events_.push_back(HandshakeConfirmed{});
}

// ------------------------------------------------------------------------------------- timers

void Connection::HandleTimeout(Instant now) {
  EnterClosingIfAsked(now);
  if (!active()) {
    if (closer_.deadline() && *closer_.deadline() <= now && !closed())
      QUIESCE_CHECK(lifecycle_.Apply(LifecycleEvent::kClosePeriodEnded));
    return;
  }
  Timers& timers = parts_->timers;
  if (timers.IsDue(Timer::kIdle, now)) {
    return End(LifecycleEvent::kIdleTimeout,
               {.source = CloseSource::kIdleTimeout, .reason = "idle timeout"});
  }
  if (timers.IsDue(Timer::kHandshake, now)) {
    // RFC 9000 §10.1: who announced an idle timeout does not give up earlier without a word.
    close_asked_ = ConnectionClosed{.source = CloseSource::kHandshakeTimeout,
                                    .reason = "the handshake took too long"};
    return EnterClosingIfAsked(now);
  }
  if (timers.IsDue(Timer::kPacing, now)) timers.Stop(Timer::kPacing);  // PollTransmit follows
  if (timers.IsDue(Timer::kKeepAlive, now)) parts_->send_ping = true;
  // RFC 9002 §6.2.1: no probe timeout is armed while losses are about to be declared; one that
  // comes to light behind them may be due as well.
  for (bool due = timers.IsDue(Timer::kLossDetection, now); due;) {
    HandleLossTimeout(now);
    const auto next = parts_->recovery.Deadline();
    due = parts_->outcome.probes == 0 && next && *next <= now;
  }
  UpdateTimers(now);
}

// RFC 9002 §6.2.4: what is outstanding is sent again with each probe; before the handshake is
// confirmed, in every space that has something outstanding, because the flights depend on each
// other.
void Connection::HandleLossTimeout(Instant now) {
  RecoveryOutcome& outcome = parts_->outcome;
  parts_->recovery.OnTimeout(now, outcome);
  RouteOutcome(*parts_);
  if (outcome.probes == 0) return;
  ++stats_.probe_timeouts;
  const PacketNumberSpace expired = outcome.space;
  const int probes = outcome.probes;
  for (PacketSpace& space : parts_->spaces) {
    const bool owes = space.space == expired || (expired != PacketNumberSpace::kApplication &&
                                                 parts_->recovery.HasUnackedEliciting(space.space));
    if (!owes || !space.write_keys) continue;
    space.probes = probes;
    parts_->unacked.clear();
    parts_->recovery.CollectUnacked(space.space, static_cast<std::size_t>(probes), parts_->unacked);
    RouteLost(space.space, parts_->unacked, *parts_);
  }
}

void Connection::UpdateTimers(Instant now) {
  if (!active()) return;
  Timers& timers = parts_->timers;
  timers.Set(Timer::kLossDetection, parts_->recovery.Deadline());
  const Duration probe_timeout = ProbeTimeout();
  timers.Set(Timer::kIdle, parts_->idle.Deadline(probe_timeout));
  timers.Set(Timer::kKeepAlive, WantsKeepAlive() ? parts_->idle.KeepAliveDeadline() : std::nullopt);
  // An acknowledgment that is due at once leaves with the PollTransmit that follows this verb. One
  // that the amplification limit holds back needs no timer: only a datagram can release it.
  std::optional<Instant> ack;
  for (const PacketSpace& space : parts_->spaces) {
    const auto deadline = space.received.AckDeadline();
    if (!space.write_keys || !deadline || *deadline <= now) continue;
    ack = ack ? std::min(*ack, *deadline) : *deadline;
  }
  timers.Set(Timer::kAckDelay, ack);
}

// RFC 9000 §10.1.2. What is unacknowledged is probed for anyway, and a PING could be stuck behind
// it.
bool Connection::WantsKeepAlive() const {
  return lifecycle_.state() == LifecycleState::kConfirmed && !parts_->send_ping &&
         !parts_->recovery.HasUnackedEliciting(PacketNumberSpace::kApplication);
}

std::optional<Instant> Connection::NextTimeout() const {
  if (active()) return parts_->timers.Soonest();
  return closed() ? std::nullopt : closer_.deadline();
}

// ------------------------------------------------------------------------------------ sending

std::size_t Connection::PollTransmit(Instant now, TransmitBatch& out) {
  EnterClosingIfAsked(now);
  std::size_t sent = active() ? SendPackets(now, out) : 0;
  EnterClosingIfAsked(now);  // the packets may have used up their keys
  if (lifecycle_.state() == LifecycleState::kClosing && closer_.PollTransmit(out) > 0) {
    CountSent(out);
    ++sent;
  }
  return sent;
}

std::size_t Connection::SendPackets(Instant now, TransmitBatch& out) {
  std::size_t sent = 0;
  parts_->pacer.Follow(now, *parts_->congestion, parts_->rtt.smoothed_rtt());
  while (!close_asked_) {
    const std::size_t size = builder_->Build(now, out.Room());
    if (size == 0) break;
    // RFC 9000 §13.4: nothing is marked as long as no path is validated for it.
    out.Append({.path = path_, .ecn = Ecn::kNotEct}, size);
    CountSent(out);
    ++sent;
    CloseBeforeKeysAreUsedUp();
  }
  UpdateTimers(now);
  return sent;
}

void Connection::CountSent(const TransmitBatch& out) {
  ++stats_.datagrams_sent;
  stats_.bytes_sent += out.datagrams().back().bytes.size();
}

// RFC 9001 §6.6: keys are not updated, so that the connection ends with them.
void Connection::CloseBeforeKeysAreUsedUp() {
  for (const PacketSpace& space : parts_->spaces) {
    if (space.write_keys_used_up())
      Fail({TransportErrorCode::kAeadLimitReached, 0, "packet protection keys are used up"});
  }
}

// ------------------------------------------------------------------------------------- closing

void Connection::Fail(const Error& error) {
  if (close_asked_ || !active()) return;
  std::string reason = error.reason;
  if (error.code >= TransportErrorCode::kCryptoErrorBase && !parts_->handshake.error().empty())
    reason = parts_->handshake.error();
  close_asked_ = ConnectionClosed{.source = CloseSource::kLocal,
                                  .is_application = false,
                                  .error_code = static_cast<std::uint64_t>(error.code),
                                  .frame_type = error.frame_type,
                                  .reason = std::move(reason)};
}

void Connection::CloseWithTransportError(const Error& error) { Fail(error); }

void Connection::Close(std::uint64_t application_error_code, std::string_view reason) {
  if (close_asked_ || !active()) return;
  close_asked_ = ConnectionClosed{.source = CloseSource::kLocal,
                                  .is_application = true,
                                  .error_code = Sendable(application_error_code),
                                  .reason = std::string(reason)};
}

// RFC 9000 §10.2.1.
void Connection::EnterClosingIfAsked(Instant now) {
  if (!close_asked_ || !active()) return;
  ConnectionClosed closed = std::move(*close_asked_);
  // A server that has not heard of a connection needs not hear of its end.
  if (perspective_ == Perspective::kClient && stats_.packets_sent == 0)
    return End(LifecycleEvent::kDiscarded, std::move(closed));
  std::array<std::uint8_t, 1500> buffer;
  const std::size_t size = builder_->BuildClose(
      now, buffer,
      ConnectionCloseFrame{.is_application = closed.is_application,
                           .error_code = closed.error_code,
                           .frame_type = closed.frame_type,
                           .reason = std::string_view(closed.reason).substr(0, 256)});
  closer_.StartClosing(now, ProbeTimeout(), {.path = path_}, std::span(buffer).first(size),
                       parts_->path.send_credit());
  QUIESCE_CHECK(lifecycle_.Apply(LifecycleEvent::kCloseSent));
  ReleaseParts(std::move(closed), /*keep_received_bytes=*/false);
}

void Connection::HandleStatelessReset(Instant now) {
  if (!active()) return;
  EnterDraining(now, LifecycleEvent::kStatelessReset,
                {.source = CloseSource::kStatelessReset,
                 .reason = "the peer has lost the state of this connection"});
}

// RFC 9000 §10.2.2.
void Connection::EnterDraining(Instant now, LifecycleEvent event, ConnectionClosed closed) {
  closer_.StartDraining(now, ProbeTimeout());
  QUIESCE_CHECK(lifecycle_.Apply(event));
  ReleaseParts(std::move(closed), /*keep_received_bytes=*/true);
}

void Connection::End(LifecycleEvent event, ConnectionClosed closed) {
  QUIESCE_CHECK(lifecycle_.Apply(event));
  ReleaseParts(std::move(closed), /*keep_received_bytes=*/true);
}

// What the peer sent in order before it closed is the application's to read, until it has handled
// the news of the close and polls again. After a close of our own nobody reads on.
void Connection::ReleaseParts(ConnectionClosed closed, bool keep_received_bytes) {
  while (auto event = parts_->streams.PollEvent())
    std::visit([this](const auto& value) { events_.push_back(value); }, *event);
  events_.push_back(std::move(closed));
  builder_.reset();
  if (!keep_received_bytes) return parts_.reset();
  for (PacketSpace& space : parts_->spaces) space.Discard();
  parts_->early_packets.clear();
}

std::optional<StatelessResetToken> Connection::peer_reset_token() const {
  return active() ? parts_->remote_cids.current_reset_token() : std::nullopt;
}

std::size_t Connection::memory_bytes() const {
  if (!parts_) return closer_.memory_bytes();
  std::size_t bytes = sizeof(ConnectionParts) + parts_->streams.memory_bytes();
  for (const PacketSpace& space : parts_->spaces)
    bytes += space.crypto_in.memory_bytes() + space.crypto_out.memory_bytes();
  for (const auto& early : parts_->early_packets) bytes += early.bytes.capacity();
  return bytes + closer_.memory_bytes();
}

// ------------------------------------------------------------------------------------ transport

std::optional<Event> Connection::PollEvent() {
  if (events_.empty()) {
    if (!active()) {
      parts_.reset();  // the news of the close has been handled
      return std::nullopt;
    }
    auto event = parts_->streams.PollEvent();
    if (!event) return std::nullopt;
    return std::visit([](const auto& value) { return Event(value); }, *event);
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<StreamId> Connection::OpenStream(StreamDirection direction) {
  if (!active() || close_asked_) return std::nullopt;
  return parts_->streams.OpenStream(direction);
}

Readable Connection::Peek(StreamId stream_id) const {
  return parts_ ? parts_->streams.Peek(stream_id) : Readable{};
}

void Connection::Consume(StreamId stream_id, ByteCount count) {
  if (parts_) parts_->streams.Consume(stream_id, count);
}

WriteResult Connection::Write(StreamId stream_id, std::span<const std::uint8_t> bytes, bool fin) {
  if (!active() || close_asked_) return {.status = WriteStatus::kClosed};
  return parts_->streams.Write(stream_id, bytes, fin);
}

void Connection::ResetStream(StreamId stream_id, std::uint64_t application_error_code) {
  if (active()) parts_->streams.ResetStream(stream_id, Sendable(application_error_code));
}

void Connection::StopSending(StreamId stream_id, std::uint64_t application_error_code) {
  if (active()) parts_->streams.StopSending(stream_id, Sendable(application_error_code));
}

void Connection::SetPriority(StreamId stream_id, std::uint8_t urgency, bool incremental) {
  if (active()) parts_->streams.SetPriority(stream_id, urgency, incremental);
}

ByteCount Connection::write_offset(StreamId stream_id) const {
  return parts_ ? parts_->streams.write_offset(stream_id) : ByteCount();
}

void Connection::WatchAcked(StreamId stream_id, ByteCount offset) {
  if (active()) parts_->streams.WatchAcked(stream_id, offset);
}

std::optional<StreamId> Connection::highest_peer_stream(StreamDirection direction) const {
  return parts_ ? parts_->streams.highest_peer_stream(direction) : std::nullopt;
}

void Connection::StopStreamCredit(StreamDirection direction) {
  if (active()) parts_->streams.StopStreamCredit(direction);
}

bool Connection::handshake_confirmed() const {
  return lifecycle_.state() == LifecycleState::kConfirmed;
}

Duration Connection::ProbeTimeout() const {
  if (!parts_) return kInitialRtt * 3;
  return parts_->recovery.ProbeTimeout(PacketNumberSpace::kApplication);
}

}  // namespace quiesce::quic
