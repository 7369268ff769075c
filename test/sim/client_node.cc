#include "test/sim/client_node.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <variant>

namespace quiesce::sim {
namespace {

constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();
constexpr Duration kLeaveWithin = std::chrono::seconds(10);

// The response has the body that the plan says.
bool IsDownload(Work work) {
  return work == Work::kAtOnce || work == Work::kLater || work == Work::kStream ||
         work == Work::kTrailers;
}

}  // namespace

std::string_view ToString(Fate fate) {
  switch (fate) {
    case Fate::kPending:
      return "pending";
    case Fate::kNotSent:
      return "not sent";
    case Fate::kCompleted:
      return "completed";
    case Fate::kNotProcessed:
      return "not processed";
    case Fate::kMaybeProcessed:
      return "maybe processed";
    case Fate::kProcessed:
      return "processed";
  }
  return "unknown";
}

ClientNode::ClientNode(const ClientOptions& options)
    : options_(options),
      parts_(options.endpoint, options.seed),
      core_(options.http3, parts_.MakeClient(), parts_.random()),
      sessions_(options.servers.size()) {
  for (const RequestPlan& plan : options.plans) requests_.push_back({.plan = plan});
  timers_.Add(options.start, [this](Instant now) { Connect(now, 0); });
  for (Request& request : requests_) {
    timers_.Add(options.start + request.plan.at,
                [this, &request](Instant now) { Send(now, request); });
    if (request.plan.cancel_after) {
      timers_.Add(options.start + request.plan.at + *request.plan.cancel_after,
                  [this, &request](Instant now) { Cancel(now, request); });
    }
  }
  if (options.vanish_at) {
    timers_.Add(*options.vanish_at, [this](Instant) {
      vanished_ = true;
      Note("vanishes");
    });
  }
}

// ---------------------------------------------------------------------------------------- verbs

void ClientNode::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                                std::span<std::uint8_t> bytes) {
  if (!vanished_) core_.HandleDatagram(now, info, bytes);
}

void ClientNode::HandleTimeout(Instant now) {
  core_.HandleTimeout(now);
  timers_.RunDue(now);
}

std::size_t ClientNode::PollTransmit(Instant now, quic::TransmitBatch& out) {
  if (vanished_) return 0;
  std::size_t sent = 0;
  do {
    TakeEvents(now);
    sent = core_.PollTransmit(now, out);
  } while (sent == 0 && TakeEvents(now));
  return sent;
}

std::optional<Instant> ClientNode::NextTimeout() const {
  if (vanished_) return std::nullopt;
  return Sooner(core_.NextTimeout(), timers_.NextTimeout());
}

// -------------------------------------------------------------------------------------- sending

void ClientNode::Connect(Instant now, std::size_t server) {
  Session& session = sessions_[server];
  session.state = Session::State::kConnecting;
  session.id = core_.Connect(now, {.local = options_.address, .peer = options_.servers[server]},
                             options_.version, parts_.MakeClientTls());
}

void ClientNode::Send(Instant now, Request& request) {
  if (request.attempts.empty()) request.attempts.push_back({});
  Attempt& attempt = request.attempts.back();
  Session& session = sessions_[attempt.server];
  if (session.state == Session::State::kNone) Connect(now, attempt.server);
  if (session.state == Session::State::kConnecting) return;
  http3::Connection* connection = core_.Find(session.id);
  if (session.state == Session::State::kOver || !connection)
    return End(now, request, Fate::kNotSent, 0, "connection is over");
  const bool upload = request.plan.work == Work::kUpload;
  const std::string path = request.plan.Path();
  const std::string length = std::to_string(request.plan.bytes);
  const std::array<qpack::Field, 1> fields{{{.name = "content-length", .value = length}}};
  const http3::RequestResult result = connection->SendRequest(
      now, {.method = upload ? "POST" : "GET", .authority = "sim.example", .path = path},
      std::span(fields).first(upload ? 1 : 0), /*end=*/!upload);
  if (result.refusal == http3::RequestRefusal::kNoStreamCredit) return;  // RequestsAvailable comes
  if (!result.stream_id) return End(now, request, Fate::kNotSent, 0, ToString(result.refusal));
  attempt.stream = result.stream_id;
  if (session.goaway) faults_.push_back("I9: a request could be sent after GOAWAY");
  if (noting()) {
    Note("request " + std::to_string(request.plan.key) + " (" +
         std::string(ToString(request.plan.work)) + ", " + length + " bytes) to server " +
         std::to_string(attempt.server) + " on stream " +
         std::to_string(result.stream_id->value()));
  }
  if (upload) WriteBody(now, request);
}

// Requests whose time has come and that could not be sent then.
void ClientNode::SendWaiting(Instant now, std::size_t server) {
  for (Request& request : requests_) {
    if (request.attempts.empty() || request.attempts.back().server != server) continue;
    if (request.pending() && !request.attempts.back().stream) Send(now, request);
  }
}

void ClientNode::WriteBody(Instant now, Request& request) {
  const Attempt& attempt = request.attempts.back();
  http3::Connection* connection = core_.Find(sessions_[attempt.server].id);
  if (!connection) return;
  std::vector<std::uint8_t> rest(request.plan.bytes - request.sent);
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = request.plan.BodyByte(request.sent + i);
  request.sent += connection->WriteBody(now, *attempt.stream, rest, /*end=*/true).accepted;
}

void ClientNode::ReadBody(Instant now, Request& request, std::size_t bytes_max) {
  request.reading = false;
  const Attempt attempt = request.attempts.back();
  http3::Connection* connection = core_.Find(sessions_[attempt.server].id);
  if (!connection || !attempt.stream || attempt.fate != Fate::kPending) return;
  std::size_t room = bytes_max;
  for (;;) {
    const auto bytes = connection->ReadBody(*attempt.stream);
    const std::size_t count = std::min(bytes.size(), room);
    if (count == 0) break;
    if (IsDownload(request.plan.work)) {
      for (std::size_t i = 0; i < count; ++i)
        if (bytes[i] != request.plan.BodyByte(request.received + i))
          faults_.push_back("request " + std::to_string(request.plan.key) + " got other bytes");
    }
    request.received += count;
    room -= count;
    connection->ConsumeBody(now, *attempt.stream, count);
  }
  if (room > 0) return;
  request.reading = true;
  timers_.Add(now + *options_.read_pause,
              [this, &request](Instant then) { ReadBody(then, request, options_.read_bytes); });
}

void ClientNode::Cancel(Instant now, Request& request) {
  if (!request.pending()) return;
  request.cancelled = true;
  const Attempt attempt = request.attempts.back();
  if (!attempt.stream) return End(now, request, Fate::kNotSent, 0, "cancelled");
  if (http3::Connection* connection = core_.Find(sessions_[attempt.server].id))
    connection->Abort(now, *attempt.stream, http3::ErrorCode::kRequestCancelled);
}

void ClientNode::End(Instant now, Request& request, Fate fate, std::uint64_t code,
                     std::string_view reason) {
  Attempt& attempt = request.attempts.back();
  if (attempt.fate != Fate::kPending)
    faults_.push_back("request " + std::to_string(request.plan.key) + " has a second fate");
  attempt.fate = fate;
  attempt.code = code;
  attempt.reason = reason;
  if (noting()) {
    Note("request " + std::to_string(request.plan.key) + ": " + std::string(ToString(fate)) +
         " by server " + std::to_string(attempt.server) + " " + std::string(reason));
  }
  const bool retry = (fate == Fate::kNotSent || fate == Fate::kNotProcessed) &&
                     !request.cancelled && attempt.server + 1 < options_.servers.size();
  if (retry) {
    const std::size_t next = attempt.server + 1;
    request.attempts.push_back({.server = next});
    request.status = 0;
    request.received = request.sent = 0;
    request.interim = request.trailers = false;
    Send(now, request);
  }
  LeaveIfDone(now);
}

void ClientNode::LeaveIfDone(Instant now) {
  if (std::ranges::any_of(requests_, [](const Request& each) { return each.pending(); })) return;
  for (std::size_t server = 0; server < sessions_.size(); ++server) {
    const Session& session = sessions_[server];
    const bool open =
        session.state == Session::State::kConnecting || session.state == Session::State::kReady;
    if (!open || (server == 0 && !options_.leaves_when_done)) continue;
    if (http3::Connection* connection = core_.Find(session.id))
      connection->Shutdown(now, http3::ShutdownPolicy::kTwoPhase, now + kLeaveWithin);
  }
}

// --------------------------------------------------------------------------------------- events

bool ClientNode::TakeEvents(Instant now) {
  bool any = false;
  while (const auto event = core_.PollEvent(now)) {
    any = true;
    const auto session = std::ranges::find_if(sessions_, [&](const Session& each) {
      return each.state != Session::State::kNone && each.id == event->session;
    });
    if (session == sessions_.end() || session->state == Session::State::kOver) {
      faults_.push_back("an event of a session that is over");
      continue;
    }
    const auto server = static_cast<std::size_t>(session - sessions_.begin());
    if (const auto* ready = std::get_if<http3::SessionReady>(&event->event)) {
      Handle(now, server, *ready);
    } else {
      std::visit([&](const auto& value) { Handle(now, server, value); },
                 std::get<http3::Event>(event->event));
    }
  }
  return any;
}

ClientNode::Request* ClientNode::Find(std::size_t server, quic::StreamId id) {
  for (Request& request : requests_) {
    if (request.attempts.empty()) continue;
    const Attempt& attempt = request.attempts.back();
    if (attempt.server == server && attempt.stream == id) return &request;
  }
  return nullptr;
}

// Every event is about a request that was sent and has no fate yet.
template <typename E>
ClientNode::Request* ClientNode::FindOf(std::size_t server, const E& event) {
  Request* request = Find(server, event.stream_id);
  if (request && request->pending()) return request;
  faults_.push_back("an event about a request that has its fate, or does not exist");
  return nullptr;
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::SessionReady&) {
  sessions_[server].state = Session::State::kReady;
  Note("connected to server " + std::to_string(server));
  SendWaiting(now, server);
}

void ClientNode::Handle(Instant, std::size_t server, const http3::ResponseHeaders& event) {
  Request* request = FindOf(server, event);
  if (!request) return;
  if (event.head.is_interim())
    request->interim = true;
  else
    request->status = event.head.status;
}

void ClientNode::Handle(Instant, std::size_t server, const http3::Trailers& event) {
  if (Request* request = FindOf(server, event)) request->trailers = event.fields.size() == 1;
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::BodyReadable& event) {
  Request* request = FindOf(server, event);
  if (request && !request->reading)
    ReadBody(now, *request, options_.read_pause ? options_.read_bytes : kEverything);
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::MessageFinished& event) {
  Request* request = FindOf(server, event);
  if (!request) return;
  if (!IsResponseRight(*request))
    faults_.push_back("request " + std::to_string(request->plan.key) + " got a wrong response");
  End(now, *request, Fate::kCompleted, 0, "");
}

bool ClientNode::IsResponseRight(const Request& request) const {
  const bool adorned = request.plan.work == Work::kTrailers;
  if (request.status != 200 || request.interim != adorned || request.trailers != adorned)
    return false;
  switch (request.plan.work) {
    case Work::kAtOnce:
    case Work::kLater:
    case Work::kStream:
    case Work::kTrailers:
      return request.received == request.plan.bytes;
    case Work::kUpload:
      return request.received == std::to_string(request.plan.bytes).size();
    case Work::kUntilDrain:
      return true;
    case Work::kFail:
    case Work::kNever:
      break;
  }
  return false;
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::BodyWritable& event) {
  // The server may have answered before it has read everything, and need no more.
  if (Request* request = Find(server, event.stream_id)) WriteBody(now, *request);
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::RequestFailed& event) {
  Request* request = FindOf(server, event);
  if (!request) return;
  constexpr Fate kFateOf[] = {Fate::kNotProcessed, Fate::kMaybeProcessed, Fate::kProcessed};
  End(now, *request, kFateOf[static_cast<std::size_t>(event.safety)], event.code, event.reason);
}

// RFC 9114 §5.2: the identifiers of a row of GOAWAY frames do not increase.
void ClientNode::Handle(Instant, std::size_t server, const http3::GoawayReceived& event) {
  Session& session = sessions_[server];
  if (session.goaway && event.limit > *session.goaway)
    faults_.push_back("a GOAWAY with a larger identifier");
  session.goaway = event.limit;
  Note("GOAWAY " + std::to_string(event.limit.wire_value()));
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::RequestsAvailable&) {
  SendWaiting(now, server);
}

void ClientNode::Handle(Instant now, std::size_t server, const http3::Closed& event) {
  sessions_[server].state = Session::State::kOver;
  sessions_[server].closed = event;
  if (noting()) {
    Note("connection to server " + std::to_string(server) +
         " is over: " + std::string(ToString(event.cause)) + " (" + event.reason + ")");
  }
  SendWaiting(now, server);
}

}  // namespace quiesce::sim
