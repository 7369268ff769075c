#include "http3/connection.h"

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace quiesce::http3 {
namespace {

Settings LocalSettings(const Config& config, quic::Perspective perspective) {
  Settings settings;
  settings.max_field_section_size = config.field_section_bytes_max;
  if (perspective == quic::Perspective::kServer && config.extended_connect)
    settings.enable_connect_protocol = 1;
  return settings;
}

std::uint64_t Draw(crypto::Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.FillPublic(bytes);
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

// What the end of a connection means to a session that did not ask for it.
EndCause CauseOf(const quic::ConnectionClosed& event) {
  switch (event.source) {
    case quic::CloseSource::kPeer: {
      if (!event.is_application)
        return event.error_code == 0 ? EndCause::kClosedByPeer : EndCause::kConnectionError;
      // RFC 9114 §8: an unknown code is H3_NO_ERROR.
      const auto code = static_cast<ErrorCode>(event.error_code);
      const bool no_error = code == ErrorCode::kNoError || ToString(code) == "unknown";
      return no_error ? EndCause::kClosedByPeer : EndCause::kConnectionError;
    }
    case quic::CloseSource::kLocal:
      return EndCause::kConnectionError;  // the transport found a fault of the peer
    case quic::CloseSource::kIdleTimeout:
    case quic::CloseSource::kHandshakeTimeout:
    case quic::CloseSource::kStatelessReset:
    case quic::CloseSource::kVersionNegotiation:
      break;
  }
  return EndCause::kConnectionLost;
}

// RFC 9000 §20.1, §6.2: the server never accepted the connection, so it processed nothing on it.
bool WasRefused(const quic::ConnectionClosed& event) {
  if (event.source == quic::CloseSource::kVersionNegotiation) return true;
  return event.source == quic::CloseSource::kPeer && !event.is_application &&
         event.error_code ==
             static_cast<std::uint64_t>(quic::TransportErrorCode::kConnectionRefused);
}

bool IsRequestStream(quic::StreamId id) {
  return id.is_bidirectional() && id.initiator() == quic::Perspective::kClient;
}

}  // namespace

Connection::Connection(quic::Transport& transport, const Config& config, crypto::Random& random)
    : transport_(transport),
      config_(config),
      control_(transport, LocalSettings(config, transport.perspective()), Draw(random)),
      qpack_(transport, config.field_section_bytes_max),
      peer_streams_(transport, qpack_, meter_),
      received_goaways_(transport.perspective()) {
  const RequestContext context{transport, config_,        qpack_.encoder(), qpack_.decoder(),
                               meter_,    peer_settings_, stats_,           events_};
  if (transport.perspective() == quic::Perspective::kServer) {
    server_.emplace(config_);
    server_requests_.emplace(context);
  } else {
    client_.emplace();
    client_requests_.emplace(context);
  }
}

// --- The verbs.

void Connection::HandleEvent(quic::Instant now, const quic::Event& event) {
  if (closed()) return;
  if (const auto* closed_event = std::get_if<quic::ConnectionClosed>(&event))
    return HandleClosed(now, *closed_event);
  last_heard_ = now;
  OpenCriticalStreams();
  Settle(now, std::visit([this](const auto& it) { return Handle(it); }, event));
}

void Connection::HandleTimeout(quic::Instant now) { Settle(now); }

std::optional<quic::Instant> Connection::NextTimeout() const {
  return is_server() ? server_->NextTimeout() : client_->NextTimeout();
}

std::optional<Event> Connection::PollEvent() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

// --- Transport events.

Result<void> Connection::Handle(const quic::StreamOpened& event) {
  if (event.stream_id.is_unidirectional()) {
    peer_streams_.HandleOpened(event.stream_id);
    return {};
  }
  // RFC 9114 §6.1: servers open no bidirectional stream.
  if (!is_server())
    return ConnectionError(ErrorCode::kStreamCreationError, "bidirectional stream from a server");
  server_requests_->HandleOpened(event.stream_id);
  return {};
}

Result<void> Connection::Handle(const quic::StreamReadable& event) {
  if (IsRequestStream(event.stream_id)) {
    return is_server() ? server_requests_->HandleReadable(event.stream_id)
                       : client_requests_->HandleReadable(event.stream_id);
  }
  std::vector<ControlItem> items;
  QUIESCE_RETURN_IF_ERROR(peer_streams_.HandleReadable(event.stream_id, items));
  for (const ControlItem& item : items) {
    Result<void> handled = std::visit([this](const auto& it) { return Handle(it); }, item);
    if (!handled) return handled;
  }
  return {};
}

Result<void> Connection::Handle(const quic::StreamReset& event) {
  if (!IsRequestStream(event.stream_id)) return peer_streams_.HandleReset(event.stream_id);
  if (is_server()) {
    server_requests_->HandleReset(event.stream_id, event.application_error_code);
  } else if (client_requests_->HandleReset(event.stream_id, event.application_error_code)) {
    // A request that was turned away is not tried again on this connection.
    client_->HandleRequestRejected();
  }
  return {};
}

Result<void> Connection::Handle(const quic::StopSendingReceived& event) {
  const quic::StreamId id = event.stream_id;
  // RFC 9114 §6.2.1, RFC 9204 §4.2: a receiver must not ask for the end of a critical stream.
  if (control_.Is(id) || qpack_.Is(id))
    return ConnectionError(ErrorCode::kClosedCriticalStream, "critical stream stopped");
  if (is_server())
    server_requests_->HandleStopSending(id, event.application_error_code);
  else
    client_requests_->HandleStopSending(id);
  return {};
}

Result<void> Connection::Handle(const quic::StreamWritable& event) {
  const quic::StreamId id = event.stream_id;
  if (control_.Is(id))
    control_.HandleWritable();
  else if (qpack_.Is(id))
    qpack_.HandleWritable();
  else if (is_server())
    server_requests_->HandleWritable(id);
  else
    client_requests_->HandleWritable(id);
  return {};
}

Result<void> Connection::Handle(const quic::StreamPrefixAcked& event) {
  if (control_.Is(event.stream_id)) control_.HandlePrefixAcked(event.offset);
  return {};
}

Result<void> Connection::Handle(const quic::StreamSendFinished& event) {
  if (is_server())
    server_requests_->HandleSendFinished(event.stream_id, event.reset);
  else
    client_requests_->HandleSendFinished(event.stream_id);
  return {};
}

Result<void> Connection::Handle(const quic::StreamsAvailable& event) {
  if (!is_server() && event.direction == quic::StreamDirection::kBidirectional)
    events_.emplace_back(RequestsAvailable{});
  return {};
}

Result<void> Connection::Handle(const Settings& settings) {
  peer_settings_ = settings;
  peer_settings_received_ = true;
  return {};
}

Result<void> Connection::Handle(const GoawayFrame& goaway) {
  QUIESCE_RETURN_IF_ERROR(received_goaways_.Handle(goaway.id));
  ++stats_.goaways_received;
  events_.emplace_back(GoawayReceived{received_goaways_.limit()});
  if (is_server()) return {};
  // First no new request, then the old ones: nothing slips in between.
  client_->HandleGoaway();
  client_requests_->HandleGoaway(received_goaways_.limit());
  return {};
}

void Connection::HandleClosed(quic::Instant now, const quic::ConnectionClosed& event) {
  if (is_server()) {
    server_->HandleConnectionEnded(now);
    server_requests_->EndAll();
  } else {
    client_->HandleConnectionEnded();
    client_requests_->EndAll(WasRefused(event), event.error_code);
  }
  end_ = CauseOf(event);
  closed_ = Closed{*end_, event.is_application, event.error_code, event.reason};
  ReportClosed();
}

void Connection::ReportClosed() {
  if (!closed_ || (client_requests_ && client_requests_->live() > 0)) return;
  events_.emplace_back(*std::exchange(closed_, std::nullopt));
}

// RFC 9114 §3.2, §7.2.4.2: as soon as the transport can send, without waiting for the peer.
void Connection::OpenCriticalStreams() {
  if (control_.Open()) qpack_.Open();
}

// --- Leaving.

void Connection::Shutdown(quic::Instant now, ShutdownPolicy policy, quic::Instant deadline) {
  if (closed()) return;
  OpenCriticalStreams();
  if (is_server())
    Perform(server_->Shutdown(now, policy, deadline, ServerFacts()));
  else
    Perform(client_->Shutdown(now, policy, deadline, CurrentClientFacts()));
  Settle(now);
}

void Connection::ShutdownNow(quic::Instant now) {
  if (closed()) return;
  OpenCriticalStreams();
  if (is_server())
    Perform(server_->ShutdownNow(now, ServerFacts()));
  else
    Perform(client_->ShutdownNow());
}

void Connection::Settle(quic::Instant now, Result<void> result) {
  if (closed()) return ReportClosed();
  if (!result) return Fail(now, result.error());
  // RFC 9114 §10.5.
  if (const char* excess = meter_.excess())
    return Fail(now, ConnectionError(ErrorCode::kExcessiveLoad, excess));
  if (is_server()) {
    // Only a session that is leaving has anything to decide.
    while (!closed() && server_->state() != SessionState::kActive) {
      const SessionActions actions = server_->Step(now, ServerFacts());
      if (actions.empty()) return;
      Perform(actions);
    }
  } else if (client_->state() != ClientState::kActive) {
    Perform(client_->Step(now, CurrentClientFacts()));
  }
}

SessionFacts Connection::ServerFacts() const {
  const RequestLedger& ledger = server_requests_->ledger();
  return {
      .pto = transport_.ProbeTimeout(),
      .settings_sent = control_.settings_sent(),
      .handshake_confirmed = transport_.handshake_confirmed(),
      .undispatched = ledger.undispatched(),
      .running = ledger.running(),
      .unacknowledged = ledger.live(RequestPhase::kResponseSent),
      .goaway_acked = control_.goaway_acked(),
      .last_heard = last_heard_,
      .highest_seen = transport_.highest_peer_stream(quic::StreamDirection::kBidirectional),
      .highest_reported = server_requests_->highest_reported(),
      .highest_dispatched = server_requests_->highest_dispatched(),
  };
}

ClientFacts Connection::CurrentClientFacts() const {
  return {.active = client_requests_->active(),
          .unacknowledged = client_requests_->unacknowledged()};
}

void Connection::Perform(const SessionActions& actions) {
  if (actions.stop_stream_credit)
    transport_.StopStreamCredit(quic::StreamDirection::kBidirectional);
  if (actions.reject_undispatched) server_requests_->RejectUndispatched();
  // Resets before the close, so that a client can tell what became of each request.
  if (actions.close && *actions.close != EndCause::kPeerGone) server_requests_->AbortAll();
  if (actions.goaway) {
    server_requests_->Freeze(*actions.goaway);
    WriteGoaway(actions.goaway->wire_value());
  }
  if (!actions.close) return;
  server_requests_->EndAll();
  Close(*actions.close, ErrorCode::kNoError, ToString(*actions.close));
}

void Connection::Perform(const ClientActions& actions) {
  if (actions.goaway) WriteGoaway(0);
  if (!actions.close) return;
  client_requests_->AbortAll();
  client_requests_->EndAll(false, static_cast<std::uint64_t>(ErrorCode::kNoError));
  Close(*actions.close, ErrorCode::kNoError, ToString(*actions.close));
}

void Connection::WriteGoaway(std::uint64_t id) {
  control_.WriteGoaway(id);
  ++stats_.goaways_sent;
}

// The peer broke a rule. Requests that were not dispatched can still be named as such.
void Connection::Fail(quic::Instant now, const Error& error) {
  const auto code = static_cast<std::uint64_t>(error.code);
  if (is_server()) {
    const SessionActions actions = server_->HandleConnectionError(now, ServerFacts());
    server_requests_->EndAll();
    if (actions.goaway) WriteGoaway(actions.goaway->wire_value());
  } else {
    client_->HandleConnectionError();
    client_requests_->EndAll(false, code);
  }
  Close(EndCause::kConnectionError, error.code, error.reason);
}

void Connection::Close(EndCause cause, ErrorCode code, std::string_view reason) {
  transport_.Close(static_cast<std::uint64_t>(code), reason);
  end_ = cause;
  events_.emplace_back(Closed{cause, true, static_cast<std::uint64_t>(code), std::string(reason)});
}

// --- Requests.

SendStatus Connection::SendInterim(quic::Instant now, quic::StreamId id, int status,
                                   std::span<const qpack::Field> fields) {
  if (!is_server()) return SendStatus::kClosed;
  const SendStatus sent = server_requests_->SendInterim(id, status, fields);
  Settle(now);
  return sent;
}

SendStatus Connection::Respond(quic::Instant now, quic::StreamId id, int status,
                               std::span<const qpack::Field> fields, bool end) {
  if (!is_server()) return SendStatus::kClosed;
  const SendStatus sent = server_requests_->Respond(id, status, fields, end);
  Settle(now);
  return sent;
}

RequestResult Connection::SendRequest(quic::Instant now, const RequestLine& line,
                                      std::span<const qpack::Field> fields, bool end) {
  if (is_server()) return {std::nullopt, RequestRefusal::kClosed};
  if (const RequestRefusal refusal = client_->refusal(); refusal != RequestRefusal::kNone)
    return {std::nullopt, refusal};
  OpenCriticalStreams();
  const RequestResult result = client_requests_->Send(line, fields, end);
  Settle(now);
  return result;
}

std::span<const std::uint8_t> Connection::ReadBody(quic::StreamId id) const {
  return is_server() ? server_requests_->ReadBody(id) : client_requests_->ReadBody(id);
}

void Connection::ConsumeBody(quic::Instant now, quic::StreamId id, std::size_t count) {
  Settle(now, is_server() ? server_requests_->ConsumeBody(id, count)
                          : client_requests_->ConsumeBody(id, count));
}

BodyResult Connection::WriteBody(quic::Instant now, quic::StreamId id,
                                 std::span<const std::uint8_t> bytes, bool end) {
  const BodyResult result = is_server() ? server_requests_->WriteBody(id, bytes, end)
                                        : client_requests_->WriteBody(id, bytes, end);
  Settle(now);
  return result;
}

SendStatus Connection::SendTrailers(quic::Instant now, quic::StreamId id,
                                    std::span<const qpack::Field> fields) {
  const SendStatus sent = is_server() ? server_requests_->SendTrailers(id, fields)
                                      : client_requests_->SendTrailers(id, fields);
  Settle(now);
  return sent;
}

void Connection::Abort(quic::Instant now, quic::StreamId id, ErrorCode code) {
  if (is_server())
    server_requests_->Abort(id, code);
  else
    client_requests_->Abort(id, code);
  Settle(now);
}

std::size_t Connection::live_requests() const {
  return is_server() ? server_requests_->ledger().live() : client_requests_->live();
}

DrainRecord Connection::drain_record() const {
  DrainRecord record;
  record.end = end_;
  record.stats = stats_;
  if (!is_server()) return record;
  record.requests = server_requests_->ledger().totals();
  record.cutoff = server_->cutoff();
  for (std::size_t i = 0; i < record.entered.size(); ++i)
    record.entered[i] = server_->entered(static_cast<SessionState>(i));
  return record;
}

}  // namespace quiesce::http3
