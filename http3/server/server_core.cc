#include "http3/server/server_core.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "http3/error.h"
#include "http3/mutation.h"

namespace quiesce::http3 {

struct ServerCore::Session {
  Session(quic::Transport& transport, const Config& config, crypto::Random& random)
      : connection(transport, config, random) {}

  SessionId id;
  quic::SocketAddress peer;
  std::uint64_t order = 0;  // sessions are listed in the order they were opened
  Connection connection;
  std::map<quic::StreamId, std::unique_ptr<Exchange>> exchanges;
  bool dirty = false;
  bool registered = false;  // the observers know of it
  bool drain_told = false;  // OnDrain was called on every listener
};

ServerCore::ServerCore(const Config& config, std::unique_ptr<quic::Endpoint> endpoint,
                       RequestHandler& handler, crypto::Random& random)
    : config_(config), endpoint_(std::move(endpoint)), handler_(handler), random_(random) {}

ServerCore::~ServerCore() = default;

// --------------------------------------------------------------------------------------- verbs

void ServerCore::HandleDatagram(quic::Instant now, const quic::DatagramInfo& info,
                                std::span<std::uint8_t> bytes) {
  now_ = now;
  endpoint_->HandleDatagram(now, info, bytes);
}

void ServerCore::HandleTimeout(quic::Instant now) {
  now_ = now;
  endpoint_->HandleTimeout(now);
  while (const auto slot = deadlines_.PopDue(now)) {
    const auto it = sessions_.find(*slot);
    if (it == sessions_.end()) continue;
    it->second->connection.HandleTimeout(now);
    MarkDirty(*it->second);
  }
}

// Events are taken up here, once for a whole batch of datagrams: requests that arrived together are
// answered together.
std::size_t ServerCore::PollTransmit(quic::Instant now, quic::TransmitBatch& out) {
  now_ = now;
  Pump();
  const std::size_t sent = endpoint_->PollTransmit(now, out);
  Pump();
  return sent;
}

std::optional<quic::Instant> ServerCore::NextTimeout() const {
  const auto transport = endpoint_->NextTimeout(), session = deadlines_.Next();
  if (!transport || !session) return transport ? transport : session;
  return std::min(*transport, *session);
}

void ServerCore::Run(quic::Instant now, const std::function<void(ServerCore&)>& task) {
  now_ = now;
  task(*this);
  Pump();
}

// -------------------------------------------------------------------------------------- events

void ServerCore::Pump() {
  for (bool progress = true; progress;) {
    progress = PumpEndpoint();
    for (const SessionId id : std::exchange(dirty_, {})) {
      Session* session = FindSession(id);
      if (!session) continue;
      session->dirty = false;
      progress = PumpSession(*session) || progress;
    }
  }
}

bool ServerCore::PumpEndpoint() {
  bool progress = false;
  while (auto event = endpoint_->PollEvent()) {
    progress = true;
    if (std::holds_alternative<quic::ConnectionAccepted>(event->event)) {
      OpenSession(event->connection);
      continue;
    }
    Session* session = FindSession(event->connection);
    if (!session) continue;
    session->connection.HandleEvent(now_, std::get<quic::Event>(event->event));
    MarkDirty(*session);
  }
  return progress;
}

void ServerCore::OpenSession(SessionId id) {
  quic::Connection* transport = endpoint_->Find(id);
  if (!transport) return;
  auto session = std::make_unique<Session>(*transport, config_, random_);
  session->id = id;
  session->peer = transport->path().peer;
  session->order = next_order_++;
  Session& opened = *session;
  // Registered before anything else can see it: what a shutdown does not know it cannot end.
  if constexpr (!IsMutant(Mutant::kConnectionRegisteredLate)) Register(opened);
  sessions_[id.slot] = std::move(session);
  MarkDirty(opened);
}

void ServerCore::Register(Session& session) {
  if (std::exchange(session.registered, true)) return;
  for (SessionObserver* observer : observers_)
    observer->OnSessionOpened(now_, session.id, session.peer);
}

bool ServerCore::PumpSession(Session& session) {
  bool progress = false;
  // Calls on the HTTP/3 connection may have given the transport something to send.
  endpoint_->Find(session.id);
  while (auto event = session.connection.PollEvent()) {
    progress = true;
    if (auto* closed = std::get_if<Closed>(&*event)) {
      EndSession(session, *closed);
      return true;
    }
    std::visit([&](auto& value) { Handle(session, value); }, *event);
  }
  deadlines_.Set(session.id.slot, session.connection.NextTimeout());
  return progress;
}

Exchange* ServerCore::FindExchange(Session& session, quic::StreamId stream_id) {
  const auto it = session.exchanges.find(stream_id);
  return it == session.exchanges.end() ? nullptr : it->second.get();
}

void ServerCore::Handle(Session& session, RequestHeaders& event) {
  if constexpr (IsMutant(Mutant::kConnectionRegisteredLate)) Register(session);
  const ExchangeId id{session.id, event.stream_id};
  auto& slot = session.exchanges[event.stream_id];
  slot = std::make_unique<Exchange>(session.connection, now_, id, std::move(event.head), event.fin,
                                    session.peer);
  Exchange& exchange = *slot;
  for (SessionObserver* observer : observers_) observer->OnRequestStarted(now_, exchange);
  handler_.HandleRequest(exchange);
  if (!exchange.IsHandled() &&
      exchange.Respond(500, {}, "the handler did not answer\n") != SendStatus::kOk) {
    exchange.Abort(ErrorCode::kInternalError);
  }
  // Admitted between the two GOAWAYs.
  if (session.drain_told && exchange.listener_) exchange.listener_->OnDrain(exchange);
  MarkDirty(session);
}

void ServerCore::Handle(Session& session, BodyReadable& event) {
  Exchange* exchange = FindExchange(session, event.stream_id);
  if (!exchange) return;
  if (exchange->listener_) {
    exchange->listener_->OnBodyReadable(*exchange);
  } else if (!exchange->deferred_) {
    // Nobody reads the body of a request that was answered without it.
    while (!exchange->ReadBody().empty()) exchange->ConsumeBody(exchange->ReadBody().size());
  }
  MarkDirty(session);
}

void ServerCore::Handle(Session& session, Trailers& event) {
  if (Exchange* exchange = FindExchange(session, event.stream_id))
    exchange->trailers_ = std::move(event.fields);
}

void ServerCore::Handle(Session& session, MessageFinished& event) {
  Exchange* exchange = FindExchange(session, event.stream_id);
  if (!exchange) return;
  exchange->complete_ = true;
  if (exchange->listener_) exchange->listener_->OnRequestComplete(*exchange);
  MarkDirty(session);
}

void ServerCore::Handle(Session& session, BodyWritable& event) {
  Exchange* exchange = FindExchange(session, event.stream_id);
  if (!exchange) return;
  exchange->FlushPending();
  if (exchange->listener_ && !exchange->response_ended_) exchange->listener_->OnWritable(*exchange);
  MarkDirty(session);
}

void ServerCore::Handle(Session& session, ResponseDelivered& event) {
  EndExchange(session, event.stream_id, Outcome::kCompleted);
}

void ServerCore::Handle(Session& session, RequestCancelled& event) {
  EndExchange(session, event.stream_id, event.outcome);
}

void ServerCore::EndExchange(Session& session, quic::StreamId stream_id, Outcome outcome) {
  const auto it = session.exchanges.find(stream_id);
  if (it == session.exchanges.end()) return;
  const std::unique_ptr<Exchange> exchange = std::move(it->second);
  session.exchanges.erase(it);
  exchange->ended_ = true;
  if (exchange->listener_) exchange->listener_->OnEnd(*exchange, outcome);
  for (SessionObserver* observer : observers_) observer->OnRequestEnded(now_, *exchange, outcome);
}

void ServerCore::EndSession(Session& session, const Closed& closed) {
  // The connection has named an outcome for every dispatched request before its last event.
  while (!session.exchanges.empty())
    EndExchange(session, session.exchanges.begin()->first, Outcome::kAbortedByConnError);
  const SessionId id = session.id;
  const DrainRecord record = session.connection.drain_record();
  deadlines_.Set(id.slot, std::nullopt);
  sessions_.erase(id.slot);
  for (SessionObserver* observer : observers_) observer->OnSessionClosed(now_, id, record, closed);
}

// ------------------------------------------------------------------------------------- sessions

ServerCore::Session* ServerCore::FindSession(SessionId id) const {
  const auto it = sessions_.find(id.slot);
  return it != sessions_.end() && it->second->id == id ? it->second.get() : nullptr;
}

void ServerCore::MarkDirty(Session& session) {
  if (!std::exchange(session.dirty, true)) dirty_.push_back(session.id);
}

Exchange* ServerCore::Find(const ExchangeId& id) {
  Session* session = FindSession(id.connection);
  if (!session) return nullptr;
  MarkDirty(*session);
  return FindExchange(*session, id.stream_id);
}

void ServerCore::StopAccepting(quic::Instant now) {
  now_ = now;
  endpoint_->StopAccepting();
  Pump();
}

std::vector<SessionId> ServerCore::sessions() const {
  std::vector<const Session*> ordered;
  for (const auto& [slot, session] : sessions_) ordered.push_back(session.get());
  std::ranges::sort(ordered, {}, &Session::order);
  std::vector<SessionId> ids;
  for (const Session* session : ordered) ids.push_back(session->id);
  return ids;
}

void ServerCore::Shutdown(quic::Instant now, SessionId id, ShutdownPolicy policy,
                          quic::Instant deadline) {
  now_ = now;
  Session* session = FindSession(id);
  if (!session) return;
  session->connection.Shutdown(now, policy, deadline);
  MarkDirty(*session);
  if (!std::exchange(session->drain_told, true)) {
    for (const auto& [stream_id, exchange] : session->exchanges)
      if (exchange->listener_) exchange->listener_->OnDrain(*exchange);
  }
  Pump();
}

void ServerCore::ShutdownNow(quic::Instant now, SessionId id) {
  now_ = now;
  Session* session = FindSession(id);
  if (!session) return;
  session->connection.ShutdownNow(now);
  MarkDirty(*session);
  Pump();
}

std::optional<SessionState> ServerCore::session_state(SessionId id) const {
  const Session* session = FindSession(id);
  return session ? std::optional(session->connection.server_state()) : std::nullopt;
}

std::optional<DrainRecord> ServerCore::drain_record(SessionId id) const {
  const Session* session = FindSession(id);
  return session ? std::optional(session->connection.drain_record()) : std::nullopt;
}

std::vector<const Exchange*> ServerCore::running_exchanges() const {
  std::vector<const Exchange*> running;
  for (const auto& [slot, session] : sessions_)
    for (const auto& [stream_id, exchange] : session->exchanges)
      if (!exchange->response_ended()) running.push_back(exchange.get());
  return running;
}

}  // namespace quiesce::http3
