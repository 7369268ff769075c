#include "quic/endpoint/endpoint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "quic/base/check.h"
#include "quic/endpoint/refusal.h"
#include "quic/endpoint/version_negotiation.h"
#include "quic/wire/version.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §7.2: the client's made-up Destination Connection ID has at least eight bytes.
constexpr std::size_t kOriginalCidLength = 8;

ConnectionId TokenAsId(const StatelessResetToken& token) { return ConnectionId(token); }

}  // namespace

Endpoint::Endpoint(const EndpointConfig& config, CidGenerator cids,
                   const StatelessResetter& resetter, HandshakeFactory accept,
                   crypto::Random& random)
    : config_(config),
      resetter_(resetter),
      cids_(std::move(cids)),
      accept_(std::move(accept)),
      random_(random),
      ids_(random),
      reset_tokens_(random) {}

Endpoint::~Endpoint() = default;

// ---------------------------------------------------------------------------------- receiving

void Endpoint::HandleDatagram(Instant now, const DatagramInfo& info,
                              std::span<std::uint8_t> bytes) {
  ++stats_.datagrams_received;
  PacketHeader header;
  const HeaderFault fault = ParseHeader(bytes, {.local_cid_length = cids_.length()}, header);
  const bool readable = fault == HeaderFault::kNone;
  if (readable && header.destination_cid.size() <= ConnectionId::kMaxLength) {
    if (Slot* slot = FindSlot(ConnectionId(header.destination_cid))) {
      slot->connection->HandleDatagram(now, info, bytes);
      return Settle(*slot);
    }
  }
  AnswerUnknown(now, info, fault, header, bytes);
}

bool Endpoint::HasConnectionFor(std::span<const std::uint8_t> bytes) const {
  PacketHeader header;
  return ParseHeader(bytes, {.local_cid_length = cids_.length()}, header) == HeaderFault::kNone &&
         header.destination_cid.size() <= ConnectionId::kMaxLength &&
         ids_.Find(ConnectionId(header.destination_cid)).has_value();
}

Endpoint::Slot* Endpoint::FindSlot(const ConnectionId& id) {
  const auto index = ids_.Find(id);
  return index ? slots_[*index].get() : nullptr;
}

// RFC 9000 §5.2: a datagram that belongs to no connection.
void Endpoint::AnswerUnknown(Instant now, const DatagramInfo& info, HeaderFault fault,
                             const PacketHeader& header, std::span<std::uint8_t> bytes) {
  if (fault == HeaderFault::kUnsupportedVersion && accept_) {
    std::array<std::uint8_t, kMaxVersionNegotiationSize> answer;
    const std::size_t size = AnswerUnsupportedVersion(header, bytes.size(), random_, answer);
    return Answer(info, std::span(answer).first(size), stats_.version_negotiations_sent);
  }
  if (fault == HeaderFault::kNone && header.type == PacketType::kInitial && accept_)
    return HandleInitial(now, info, header, bytes);
  if (!bytes.empty() && !IsLongHeader(bytes[0]) && HandleStatelessReset(now, info, bytes)) return;
  if (fault == HeaderFault::kNone && header.type == PacketType::kOneRtt && accept_)
    return SendStatelessReset(info, header, bytes.size());
  ++stats_.datagrams_dropped;
}

void Endpoint::HandleInitial(Instant now, const DatagramInfo& info, const PacketHeader& header,
                             std::span<std::uint8_t> bytes) {
  // RFC 9000 §14.1, §7.2: neither a small datagram nor a short ID can begin a connection.
  if (bytes.size() < kMinInitialDatagramSize ||
      header.destination_cid.size() < kOriginalCidLength) {
    ++stats_.datagrams_dropped;
    return;
  }
  if (!accepting_ || live_ >= config_.connections_max || half_open_ >= config_.half_open_max)
    return Refuse(info, header);
  auto connection = std::make_unique<Connection>(
      now, ConnectionSeed{.perspective = Perspective::kServer,
                          .version = header.version,
                          .path = info.path,
                          .original_destination_cid = ConnectionId(header.destination_cid),
                          .peer_cid = ConnectionId(header.source_cid),
                          .tls = accept_(),
                          .config = config_.connection,
                          .cid_issuer = cids_,
                          .block_pool = block_pool_,
                          .random = random_});
  connection->HandleDatagram(now, info, bytes);
  // RFC 9000 §5.2: a packet that is not authentic changes nothing.
  if (connection->stats().packets_received == 0) {
    ++stats_.datagrams_dropped;
    return;
  }
  ++stats_.connections_accepted;
  Settle(NewSlot(std::move(connection), /*accepted=*/true));
}

// RFC 9000 §10.3.1: from the address that the connection talks to. The tokens are looked up through
// a keyed hash, so that the time it takes tells nothing about them.
bool Endpoint::HandleStatelessReset(Instant now, const DatagramInfo& info,
                                    std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kTokenSize = std::tuple_size_v<StatelessResetToken>;
  if (bytes.size() < StatelessResetter::kMinSize) return false;
  const auto index = reset_tokens_.Find(ConnectionId(bytes.last(kTokenSize)));
  if (!index) return false;
  Slot& slot = *slots_[*index];
  if (slot.connection->path().peer != info.path.peer) return false;
  slot.connection->HandleStatelessReset(now);
  Settle(slot);
  return true;
}

void Endpoint::SendStatelessReset(const DatagramInfo& info, const PacketHeader& header,
                                  std::size_t trigger_size) {
  std::array<std::uint8_t, StatelessResetter::kMaxSize> reset;
  const std::size_t size =
      resetter_.Write(ConnectionId(header.destination_cid), trigger_size, random_, reset);
  Answer(info, std::span(reset).first(size), stats_.stateless_resets_sent);
}

void Endpoint::Refuse(const DatagramInfo& info, const PacketHeader& header) {
  std::array<std::uint8_t, kMaxRefusalSize> refusal;
  const std::size_t size = WriteRefusal(header, random_, refusal);
  Answer(info, std::span(refusal).first(size), stats_.connections_refused);
}

// Queues an answer that no connection stands behind; none when it is empty or too many wait.
void Endpoint::Answer(const DatagramInfo& received, std::span<const std::uint8_t> bytes,
                      std::uint64_t& counter) {
  if (bytes.empty() || stateless_.size() >= config_.stateless_datagrams_max) {
    ++stats_.datagrams_dropped;
    return;
  }
  stateless_.push_back({{.path = received.path}, {bytes.begin(), bytes.end()}});
  ++counter;
}

// ------------------------------------------------------------------------------------- timers

void Endpoint::HandleTimeout(Instant now) {
  while (const auto index = deadlines_.PopDue(now)) {
    Slot& slot = *slots_[*index];
    slot.connection->HandleTimeout(now);
    Settle(slot);
  }
}

std::optional<Instant> Endpoint::NextTimeout() const { return deadlines_.Next(); }

// ------------------------------------------------------------------------------------ sending

std::size_t Endpoint::PollTransmit(Instant now, TransmitBatch& out) {
  std::size_t sent = SendStateless(out);
  if (!stateless_.empty()) return sent;
  while (Slot* slot = ready_.front()) {
    if (!HasRoom(out)) return sent;
    ready_.Remove(*slot);
    sent += slot->connection->PollTransmit(now, out);
    Mirror(*slot);
    if (!HasRoom(out)) {
      // It may have more to send, with the next batch and behind the others.
      ready_.PushBack(*slot);
      return sent;
    }
    deadlines_.Set(slot->index, slot->connection->NextTimeout());
    RemoveIfOver(*slot);
  }
  return sent;
}

bool Endpoint::HasRoom(TransmitBatch& out) const {
  return out.Room().size() >= config_.connection.max_datagram_size.value();
}

std::size_t Endpoint::SendStateless(TransmitBatch& out) {
  std::size_t sent = 0;
  while (!stateless_.empty()) {
    const auto room = out.Room();
    const Stateless& next = stateless_.front();
    if (room.size() < next.bytes.size()) break;
    std::ranges::copy(next.bytes, room.begin());
    out.Append(next.info, next.bytes.size());
    stateless_.pop_front();
    ++sent;
  }
  return sent;
}

// -------------------------------------------------------------------------------------- events

std::optional<EndpointEvent> Endpoint::PollEvent() {
  while (Slot* slot = with_events_.front()) {
    const ConnectionHandle handle{slot->index, slot->generation};
    if (std::exchange(slot->announce, false)) return EndpointEvent{handle, ConnectionAccepted{}};
    if (auto event = slot->connection->PollEvent()) {
      if (std::holds_alternative<ConnectionClosed>(*event)) slot->closed_polled = true;
      return EndpointEvent{handle, std::move(*event)};
    }
    with_events_.Remove(*slot);
    RemoveIfOver(*slot);
  }
  return std::nullopt;
}

// --------------------------------------------------------------------------------- connections

ConnectionHandle Endpoint::Connect(Instant now, const NetworkPath& path, Version version,
                                   std::unique_ptr<crypto::TlsHandshake> tls) {
  std::array<std::uint8_t, kOriginalCidLength> original;
  random_.FillPublic(original);
  Slot& slot = NewSlot(std::make_unique<Connection>(
                           now, ConnectionSeed{.perspective = Perspective::kClient,
                                               .version = version,
                                               .path = path,
                                               .original_destination_cid = ConnectionId(original),
                                               .peer_cid = ConnectionId(),
                                               .tls = std::move(tls),
                                               .config = config_.connection,
                                               .cid_issuer = cids_,
                                               .block_pool = block_pool_,
                                               .random = random_}),
                       /*accepted=*/false);
  ++stats_.connections_opened;
  Settle(slot);
  return {slot.index, slot.generation};
}

Connection* Endpoint::Find(ConnectionHandle handle) {
  if (handle.slot >= slots_.size()) return nullptr;
  Slot& slot = *slots_[handle.slot];
  if (slot.generation != handle.generation || !slot.connection) return nullptr;
  ready_.PushBack(slot);
  return slot.connection.get();
}

void Endpoint::StopAccepting() {
  accepting_ = false;
  for (const auto& slot : slots_) {
    if (!slot->half_open) continue;
    slot->connection->CloseWithTransportError(
        {TransportErrorCode::kConnectionRefused, 0, "the server is stopping"});
    ++stats_.connections_refused;
    ready_.PushBack(*slot);
  }
}

std::size_t Endpoint::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& slot : slots_)
    if (slot->connection) bytes += slot->connection->memory_bytes();
  return bytes;
}

Endpoint::Slot& Endpoint::NewSlot(std::unique_ptr<Connection> connection, bool accepted) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->index = free_slots_.back();
  }
  Slot& slot = *slots_[free_slots_.back()];
  free_slots_.pop_back();
  ++slot.generation;
  slot.connection = std::move(connection);
  slot.half_open = accepted;
  slot.announce = accepted;
  slot.closed_polled = false;
  slot.reset_token.reset();
  ++live_;
  half_open_ += accepted ? 1 : 0;
  return slot;
}

// After a verb or a call that may have changed a connection.
void Endpoint::Settle(Slot& slot) {
  Mirror(slot);
  ready_.PushBack(slot);  // PollTransmit follows, and then takes over the deadline
}

void Endpoint::Mirror(Slot& slot) {
  MirrorIds(slot);
  MirrorResetToken(slot);
  with_events_.PushBack(slot);
  if (slot.half_open && slot.connection->state() != LifecycleState::kHandshaking) {
    slot.half_open = false;
    --half_open_;
  }
}

void Endpoint::MirrorIds(Slot& slot) {
  while (const auto change = slot.connection->PollCidChange()) {
    if (change->kind == LocalCidChange::Kind::kRemoved) {
      EraseId(slot, change->id);
    } else if (!ids_.Insert(change->id, slot.index)) {
      // Our own IDs never repeat. The one that a client made up may be somebody else's already:
      // then that connection keeps it, and this one is reached by the ID that it issued.
      QUIESCE_DCHECK(slot.half_open);
    }
  }
}

void Endpoint::EraseId(const Slot& slot, const ConnectionId& id) {
  if (ids_.Find(id) == slot.index) ids_.Erase(id);
}

void Endpoint::MirrorResetToken(Slot& slot) {
  const auto token = slot.connection->peer_reset_token();
  if (token == slot.reset_token) return;
  if (slot.reset_token) reset_tokens_.Erase(TokenAsId(*slot.reset_token));
  slot.reset_token.reset();
  // A token that another connection has already, by a peer's choice, stays with that one.
  if (token && reset_tokens_.Insert(TokenAsId(*token), slot.index)) slot.reset_token = token;
}

// A connection goes when its closing or draining period is over and its last event was polled.
void Endpoint::RemoveIfOver(Slot& slot) {
  if (!slot.connection->closed() || !slot.closed_polled || slot.ready_link.linked ||
      slot.events_link.linked) {
    return;
  }
  for (const ConnectionId& id : slot.connection->local_cids()) EraseId(slot, id);
  if (slot.reset_token) reset_tokens_.Erase(TokenAsId(*slot.reset_token));
  deadlines_.Set(slot.index, std::nullopt);
  slot.connection.reset();
  free_slots_.push_back(slot.index);
  --live_;
}

}  // namespace quiesce::quic
