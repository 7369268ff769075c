#include "http3/client_requests.h"

#include <algorithm>
#include <utility>

namespace quiesce::http3 {
namespace {

// The head of a request, checked by the rules that a server will check it by.
Result<RequestHead> MakeHead(const RequestLine& line, std::span<const qpack::Field> fields,
                             const MessageRules& rules) {
  const bool tunnel = line.method == "CONNECT" && line.protocol.empty();
  qpack::FieldSection section;
  section.AddView({.name = ":method", .value = line.method});
  if (!tunnel) section.AddView({.name = ":scheme", .value = line.scheme});
  if (!line.authority.empty()) section.AddView({.name = ":authority", .value = line.authority});
  if (!tunnel) section.AddView({.name = ":path", .value = line.path});
  if (!line.protocol.empty()) section.AddView({.name = ":protocol", .value = line.protocol});
  for (const qpack::Field& field : fields) section.AddView(field);
  return ParseRequestHead(std::move(section), rules);
}

}  // namespace

std::string_view ToString(RequestRefusal refusal) {
  switch (refusal) {
    case RequestRefusal::kNone:
      return "none";
    case RequestRefusal::kGoawayReceived:
      return "goaway_received";
    case RequestRefusal::kServerRejects:
      return "server_rejects";
    case RequestRefusal::kLeaving:
      return "leaving";
    case RequestRefusal::kClosed:
      return "closed";
    case RequestRefusal::kNoStreamCredit:
      return "no_stream_credit";
    case RequestRefusal::kMalformed:
      return "malformed";
    case RequestRefusal::kTooLarge:
      return "too_large";
  }
  return "unknown";
}

ClientRequests::Request* ClientRequests::Find(quic::StreamId id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

ClientRequests::Request* ClientRequests::FindUnfinished(quic::StreamId id) {
  Request* request = Find(id);
  return request == nullptr || request->finished ? nullptr : request;
}

// --- From the transport.

Result<void> ClientRequests::HandleReadable(quic::StreamId id) {
  Request* request = FindUnfinished(id);
  return request == nullptr ? Result<void>() : Pump(*request);
}

bool ClientRequests::HandleReset(quic::StreamId id, std::uint64_t code) {
  Request* request = FindUnfinished(id);
  if (request == nullptr) return false;
  const bool rejected = code == static_cast<std::uint64_t>(ErrorCode::kRequestRejected);
  request->stream.in.Stop();
  Fail(*request, SafetyOf(*request, rejected), code,
       rejected ? "rejected by the server" : "reset by the server");
  return rejected;
}

void ClientRequests::HandleStopSending(quic::StreamId id) {
  // RFC 9114 §4.1: the server needs no more of the request; its response, or a reset, says the
  // rest.
  Request* request = Find(id);
  if (request != nullptr) request->stream.out.Stop();
}

void ClientRequests::HandleWritable(quic::StreamId id) {
  if (Request* request = Find(id)) request->stream.HandleWritable(context_);
}

void ClientRequests::HandleSendFinished(quic::StreamId id) {
  Request* request = Find(id);
  if (request == nullptr) return;
  request->send_finished = true;
  EraseIfOver(*request);
}

// --- Reading.

Result<void> ClientRequests::Pump(Request& request) {
  while (!request.stream.in.done()) {
    Result<Incoming> next = request.stream.in.Next();
    if (!next) return HandleFault(request, next.error());
    if (*next == Incoming::kHead) {
      ResponseHead head = request.stream.in.TakeResponseHead();
      if (head.is_interim()) {
        HandleHead(request, std::move(head), false);
        continue;
      }
      // RFC 9114 §4.1.2: a client does not accept a malformed response.
      next = request.stream.in.Next();
      if (!next) return HandleFault(request, next.error());
      HandleHead(request, std::move(head), *next == Incoming::kEnd);
    }
    request.stream.Report(context_, *next);
    if (*next == Incoming::kEnd) {
      request.finished = true;
      ++context_.stats.responses_finished;
      context_.meter.OnAnswered();
      EraseIfOver(request);
      return {};
    }
    if (*next != Incoming::kTrailers) break;
  }
  if (!request.stream.in.in_section() || !context_.meter.partial_sections_full()) return {};
  return HandleFault(request, StreamError(ErrorCode::kExcessiveLoad,
                                          "too many bytes of unfinished field sections"));
}

void ClientRequests::HandleHead(Request& request, ResponseHead head, bool fin) {
  ++context_.stats.sections_received;
  (head.is_interim() ? request.interim_seen : request.final_seen) = true;
  context_.events.emplace_back(ResponseHeaders{request.stream.id, std::move(head), fin});
}

Result<void> ClientRequests::HandleFault(Request& request, const Error& error) {
  if (error.scope == ErrorScope::kConnection) return error;
  context_.meter.OnUnanswered();
  // The server answered, if wrongly.
  const RetrySafety safety = RetrySafety::kProcessed;
  Fail(request, safety, static_cast<std::uint64_t>(error.code), error.reason, error.code);
  return {};
}

// --- Ending.

RetrySafety ClientRequests::SafetyOf(const Request& request, bool rejected) {
  if (request.final_seen) return RetrySafety::kProcessed;
  if (request.stream.out.never_sent()) return RetrySafety::kNotProcessed;
  // A server that has said anything about a request and then calls it rejected contradicts itself;
  // its word is not enough to send the request a second time.
  return rejected && !request.interim_seen ? RetrySafety::kNotProcessed
                                           : RetrySafety::kMaybeProcessed;
}

void ClientRequests::Fail(Request& request, RetrySafety safety, std::uint64_t code,
                          const char* reason, ErrorCode reset_code) {
  request.finished = true;
  request.failed = true;
  ++context_.stats.requests_failed[static_cast<std::size_t>(safety)];
  context_.events.emplace_back(RequestFailed{request.stream.id, safety, code, reason});
  if (connection_ended_)
    request.stream.in.Stop();
  else
    request.stream.Reset(context_, reset_code);
  EraseIfOver(request);
}

void ClientRequests::EraseIfOver(Request& request) {
  if (request.finished && request.send_finished) requests_.erase(request.stream.id);
}

void ClientRequests::HandleGoaway(FirstRejectedId limit) {
  for (auto next = requests_.begin(); next != requests_.end();) {
    Request& request = (next++)->second;
    // A response that is already arriving disproves the identifier, and is worth more than an
    // error.
    if (request.finished || request.final_seen || !limit.IsRejected(request.stream.id)) continue;
    Fail(request, SafetyOf(request, true), static_cast<std::uint64_t>(ErrorCode::kRequestRejected),
         "rejected by GOAWAY");
  }
}

void ClientRequests::AbortAll() {
  for (auto next = requests_.begin(); next != requests_.end();) {
    Request& request = (next++)->second;
    if (request.finished) continue;
    Fail(request, SafetyOf(request, false),
         static_cast<std::uint64_t>(ErrorCode::kRequestCancelled), "cancelled by this side");
  }
}

void ClientRequests::EndAll(bool refused, std::uint64_t code) {
  for (auto next = requests_.begin(); next != requests_.end();) {
    Request& request = (next++)->second;
    request.send_finished = true;
    if (request.finished) {
      EraseIfOver(request);
    } else if (!KeepResponse(request)) {
      // RFC 9114 §5.4: without GOAWAY, whatever was sent might have been processed.
      Fail(request, SafetyOf(request, refused), code, "connection ended");
    }
  }
  connection_ended_ = true;
}

// RFC 9114 §4.1: a complete response is not discarded because of how its stream ended. The server
// saw it acknowledged and closed; that the application has not read it to the end yet is none of
// its business.
bool ClientRequests::KeepResponse(Request& request) {
  if (!request.final_seen || !request.stream.in.KeepRest()) return false;
  request.stream.out.Stop();
  return Pump(request).ok();
}

// --- From the application.

RequestResult ClientRequests::Send(const RequestLine& line, std::span<const qpack::Field> fields,
                                   bool end) {
  const MessageRules rules{.extended_connect = context_.peer_settings.enable_connect_protocol == 1};
  const Result<RequestHead> head = MakeHead(line, fields, rules);
  if (!head) return {std::nullopt, RequestRefusal::kMalformed};
  const BodyLength length = BodyLength::OfRequest(*head);
  if (end && !length.OnEnd()) return {std::nullopt, RequestRefusal::kMalformed};
  if (!context_.Fits(head->section.fields())) return {std::nullopt, RequestRefusal::kTooLarge};
  const std::optional<quic::StreamId> id =
      context_.transport.OpenStream(quic::StreamDirection::kBidirectional);
  if (!id) return {std::nullopt, RequestRefusal::kNoStreamCredit};
  Request& request = requests_.try_emplace(*id, context_, *id, head->method).first->second;
  ++context_.stats.requests_sent;
  // Cannot be refused: it is the stream's first call, and `end` agrees with the declared length.
  (void)request.stream.out.SendHead(context_.Encode(*id, head->section.fields()), length, end);
  return {id, RequestRefusal::kNone};
}

SendStatus ClientRequests::SendTrailers(quic::StreamId id, std::span<const qpack::Field> fields) {
  Request* request = Find(id);
  if (request == nullptr) return SendStatus::kClosed;
  return request->stream.SendTrailers(context_, fields);
}

BodyResult ClientRequests::WriteBody(quic::StreamId id, std::span<const std::uint8_t> bytes,
                                     bool end) {
  Request* request = Find(id);
  if (request == nullptr) return {BodyStatus::kClosed, 0};
  return request->stream.WriteBody(context_, bytes, end);
}

std::span<const std::uint8_t> ClientRequests::ReadBody(quic::StreamId id) const {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return {};
  return found->second.stream.in.Body();
}

Result<void> ClientRequests::ConsumeBody(quic::StreamId id, std::size_t count) {
  Request* request = FindUnfinished(id);
  if (request == nullptr) return {};
  request->stream.ConsumeBody(context_, count);
  return Pump(*request);
}

void ClientRequests::Abort(quic::StreamId id, ErrorCode code) {
  Request* request = Find(id);
  if (request == nullptr) return;
  // RFC 9114 §4.1.1: a client does not use this code of its own accord.
  if (code == ErrorCode::kRequestRejected) code = ErrorCode::kRequestCancelled;
  // The response is complete; what is left of the request is not worth sending.
  if (request->finished) return request->stream.Reset(context_, code);
  Fail(*request, SafetyOf(*request, false), static_cast<std::uint64_t>(code),
       "cancelled by this side", code);
}

std::size_t ClientRequests::active() const {
  return static_cast<std::size_t>(std::ranges::count_if(requests_, [](const auto& entry) {
    const Request& request = entry.second;
    const bool sending = !request.stream.out.ended() && !request.stream.out.stopped();
    return !request.finished || sending;
  }));
}

std::size_t ClientRequests::unacknowledged() const {
  return static_cast<std::size_t>(std::ranges::count_if(requests_, [](const auto& entry) {
    const Request& request = entry.second;
    return request.finished && !request.failed && request.stream.out.ended() &&
           !request.send_finished;
  }));
}

}  // namespace quiesce::http3
