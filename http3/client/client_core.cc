#include "http3/client/client_core.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace quiesce::http3 {

struct ClientCore::Session {
  Session(SessionId session_id, std::string session_origin, quic::Transport& transport,
          const Config& config, crypto::Random& random)
      : id(session_id), origin(std::move(session_origin)), connection(transport, config, random) {}

  SessionId id;
  std::string origin;
  Connection connection;
  bool dirty = false;
};

ClientCore::ClientCore(const Config& config, std::unique_ptr<quic::Endpoint> endpoint,
                       crypto::Random& random)
    : config_(config), endpoint_(std::move(endpoint)), random_(random) {}

ClientCore::~ClientCore() = default;

SessionId ClientCore::Connect(quic::Instant now, const quic::NetworkPath& path,
                              quic::Version version, std::unique_ptr<crypto::TlsHandshake> tls,
                              std::string origin) {
  const SessionId id = endpoint_->Connect(now, path, version, std::move(tls));
  sessions_[id] =
      std::make_unique<Session>(id, std::move(origin), *endpoint_->Find(id), config_, random_);
  return id;
}

ClientCore::Session* ClientCore::FindSession(SessionId id) const {
  const auto it = sessions_.find(id);
  return it != sessions_.end() ? it->second.get() : nullptr;
}

ClientCore::Session* ClientCore::NewestInSlot(std::uint32_t slot) const {
  const auto next = sessions_.upper_bound(
      {.slot = slot, .generation = std::numeric_limits<std::uint32_t>::max()});
  if (next == sessions_.begin()) return nullptr;
  const auto& [id, session] = *std::prev(next);
  return id.slot == slot ? session.get() : nullptr;
}

// The older ones have nothing left to wait for.
void ClientCore::SetDeadline(const Session& session) {
  if (NewestInSlot(session.id.slot) == &session)
    deadlines_.Set(session.id.slot, session.connection.NextTimeout());
}

Connection* ClientCore::Find(SessionId id) {
  Session* session = FindSession(id);
  if (!session) return nullptr;
  endpoint_->Find(id);  // it will have something to send
  MarkDirty(*session);
  return &session->connection;
}

void ClientCore::MarkDirty(Session& session) {
  if (!std::exchange(session.dirty, true)) dirty_.push_back(session.id);
}

void ClientCore::HandleDatagram(quic::Instant now, const quic::DatagramInfo& info,
                                std::span<std::uint8_t> bytes) {
  endpoint_->HandleDatagram(now, info, bytes);
}

void ClientCore::HandleTimeout(quic::Instant now) {
  endpoint_->HandleTimeout(now);
  while (const auto slot = deadlines_.PopDue(now)) {
    Session* session = NewestInSlot(*slot);
    if (!session) continue;
    session->connection.HandleTimeout(now);
    Find(session->id);
  }
}

std::size_t ClientCore::PollTransmit(quic::Instant now, quic::TransmitBatch& out) {
  TakeTransportEvents(now);
  const std::size_t sent = endpoint_->PollTransmit(now, out);
  TakeTransportEvents(now);
  return sent;
}

std::optional<quic::Instant> ClientCore::NextTimeout() const {
  const auto transport = endpoint_->NextTimeout(), session = deadlines_.Next();
  if (!transport || !session) return transport ? transport : session;
  return std::min(*transport, *session);
}

void ClientCore::TakeTransportEvents(quic::Instant now) {
  while (auto event = endpoint_->PollEvent()) {
    Session* session = FindSession(event->connection);
    auto* transport_event = std::get_if<quic::Event>(&event->event);
    if (!session || !transport_event) continue;
    if (const auto* completed = std::get_if<quic::HandshakeCompleted>(transport_event))
      ready_.push_back({session->id, SessionReady{completed->alpn, completed->resumed}});
    if (auto* saved = std::get_if<quic::SessionSaved>(transport_event))
      KeepSession(*session, std::move(saved->session));
    session->connection.HandleEvent(now, *transport_event);
    Find(session->id);
  }
  for (const SessionId id : dirty_) {
    if (const Session* session = FindSession(id)) SetDeadline(*session);
  }
}

// RFC 9114 §7.2.4.2: with the settings that the server has given, if they came before the ticket.
void ClientCore::KeepSession(const Session& session, quic::SavedSession saved) {
  if (!session_cache_ || session.origin.empty()) return;
  const Connection& connection = session.connection;
  session_cache_->Put(session.origin, {.transport = std::move(saved),
                                       .settings = connection.peer_settings_received()
                                                       ? std::optional(connection.peer_settings())
                                                       : std::nullopt});
}

std::optional<ConnectionEvent> ClientCore::PollEvent(quic::Instant now) {
  TakeTransportEvents(now);
  if (!ready_.empty()) {
    ConnectionEvent event = std::move(ready_.front());
    ready_.pop_front();
    return event;
  }
  while (!dirty_.empty()) {
    const SessionId id = dirty_.front();
    Session* session = FindSession(id);
    if (session) {
      if (auto event = session->connection.PollEvent()) {
        if (std::holds_alternative<Closed>(*event)) {
          SetDeadline(*session);  // it has none any more
          sessions_.erase(id);
        }
        return ConnectionEvent{id, std::move(*event)};
      }
      session->dirty = false;
      SetDeadline(*session);
    }
    dirty_.pop_front();
  }
  return std::nullopt;
}

}  // namespace quiesce::http3
