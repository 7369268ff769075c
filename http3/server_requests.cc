#include "http3/server_requests.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "http3/mutation.h"

namespace quiesce::http3 {
namespace {

constexpr const char* kTooManySections = "too many bytes of unfinished field sections";

// The head of a response, checked by the rules that a client will check it by.
Result<ResponseHead> MakeHead(int status, std::span<const qpack::Field> fields) {
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), status).ptr;
  qpack::FieldSection section;
  section.Add(":status", std::string_view(digits.data(), end));
  for (const qpack::Field& field : fields) section.AddView(field);
  return ParseResponseHead(std::move(section));
}

}  // namespace

ServerRequests::Request* ServerRequests::Find(quic::StreamId id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

ServerRequests::Request* ServerRequests::FindRunning(quic::StreamId id) {
  Request* request = Find(id);
  if (request == nullptr || !request->record.processed() || request->record.outcome())
    return nullptr;
  return request;
}

// --- From the transport.

void ServerRequests::HandleOpened(quic::StreamId id) {
  highest_reported_ = id;
  const bool late = cutoff_.IsRejected(id);
  if constexpr (IsMutant(Mutant::kLateStreamIgnored)) {
    if (late) return;
  }
  const std::size_t open = ledger_.undispatched() + ledger_.running();
  Request& request = requests_.try_emplace(id, context_, id, ledger_.Open()).first->second;
  // RFC 9114 §5.2: streams at or above the identifier are cancelled as they arrive; §4.1.1: any
  // other request may be, too, while nothing of it was processed.
  if (late || open >= context_.config.open_requests_max) Reject(request);
}

Result<void> ServerRequests::HandleReadable(quic::StreamId id) {
  Request* request = Find(id);
  return request == nullptr ? Result<void>() : Pump(*request);
}

void ServerRequests::HandleReset(quic::StreamId id, std::uint64_t code) {
  Request* request = Find(id);
  // A request that was read, or that this side stopped reading, may end as it likes.
  if (request == nullptr || request->stream.in.done()) return;
  request->stream.in.Stop();
  CancelByPeer(*request, code);
}

void ServerRequests::HandleStopSending(quic::StreamId id, std::uint64_t code) {
  Request* request = Find(id);
  if (request == nullptr || request->record.outcome()) return;
  CancelByPeer(*request, code);
}

void ServerRequests::HandleWritable(quic::StreamId id) {
  if (Request* request = Find(id)) request->stream.HandleWritable(context_);
}

void ServerRequests::HandleSendFinished(quic::StreamId id, bool reset) {
  Request* request = Find(id);
  if (request == nullptr) return;
  if (request->record.decided()) return Finish(*request, reset);
  request->fin_acked = true;
}

// --- Reading.

Result<void> ServerRequests::Pump(Request& request) {
  while (!request.stream.in.done()) {
    Result<Incoming> next = Next(request);
    if (!next) return HandleFault(request, next.error());
    if (*next == Incoming::kHead) {
      RequestHead head = request.stream.in.TakeRequestHead();
      // The test is whether it was dispatched, not whether it was there before the cutoff.
      if (cutoff_.IsRejected(request.stream.id)) {
        Reject(request);
        return {};
      }
      // What has arrived behind the head belongs to the decision: a request that is complete and
      // malformed is not passed on (RFC 9114 §4.1.2).
      next = Next(request);
      if (!next) return HandleFault(request, next.error());
      Dispatch(request, std::move(head), *next == Incoming::kEnd);
    }
    request.stream.Report(context_, *next);
    if (*next == Incoming::kEnd) {
      NoteResponseEnd(request);
      return {};
    }
    if (*next != Incoming::kTrailers) break;
  }
  if (!request.stream.in.in_section() || !context_.meter.partial_sections_full()) return {};
  if (request.record.processed())
    return HandleFault(request, StreamError(ErrorCode::kExcessiveLoad, kTooManySections));
  Reject(request);
  return {};
}

Result<Incoming> ServerRequests::Next(Request& request) {
  Result<Incoming> next = request.stream.in.Next();
  if (request.record.phase() == RequestPhase::kOpened && request.stream.in.started())
    ledger_.Advance(request.record, RequestEvent::kBytesArrived);
  return next;
}

void ServerRequests::Dispatch(Request& request, RequestHead head, bool fin) {
  ++context_.stats.sections_received;
  request.method = head.method;
  request.tunnel = head.is_connect();
  ledger_.Advance(request.record, RequestEvent::kDispatched);
  if (!highest_dispatched_ || *highest_dispatched_ < request.stream.id)
    highest_dispatched_ = request.stream.id;
  context_.events.emplace_back(RequestHeaders{request.stream.id, std::move(head), fin});
}

Result<void> ServerRequests::HandleFault(Request& request, const Error& error) {
  if (error.scope == ErrorScope::kConnection) return error;
  context_.meter.OnUnanswered();
  if (error.code == ErrorCode::kExcessiveLoad && !request.record.processed()) {
    RefuseTooLarge(request);
    return {};
  }
  Terminate(request, Outcome::kFailed, error.code);
  return {};
}

// RFC 9114 §4.2.2: a server that does not want a header section of this size can say so.
void ServerRequests::RefuseTooLarge(Request& request) {
  const Result<ResponseHead> head = MakeHead(431, {});
  const SendStatus status =
      request.stream.out.SendHead(context_.Encode(request.stream.id, head->section.fields()),
                                  BodyLength::OfResponse(*head, "GET"), true);
  if (status != SendStatus::kOk)
    return Terminate(request, Outcome::kFailed, ErrorCode::kExcessiveLoad);
  ledger_.End(request.record, Outcome::kFailed);
  ledger_.Advance(request.record, RequestEvent::kRefused);
  request.stream.StopReading(context_, ErrorCode::kNoError);
}

// --- Ending.

void ServerRequests::Reject(Request& request) {
  Terminate(request, Outcome::kRejected, ErrorCode::kRequestRejected);
}

void ServerRequests::CancelByPeer(Request& request, std::uint64_t code) {
  context_.meter.OnUnanswered();
  // RFC 9114 §4.1.1: a cancelled request of which nothing was processed may be called rejected,
  // which tells the client more; after processing it must not be.
  const bool processed = request.record.processed();
  ledger_.End(request.record, Outcome::kCancelledByPeer);
  Report(request, true, code);
  Terminate(request, Outcome::kCancelledByPeer,
            processed ? ErrorCode::kRequestCancelled : ErrorCode::kRequestRejected);
}

void ServerRequests::Terminate(Request& request, Outcome outcome, ErrorCode code) {
  if (!request.record.outcome()) {
    ledger_.End(request.record, outcome);
    Report(request, false, static_cast<std::uint64_t>(code));
  }
  request.stream.Reset(context_, code);
  ledger_.Advance(request.record, RequestEvent::kReset);
  if (request.fin_acked) Finish(request, false);
}

void ServerRequests::Report(const Request& request, bool by_peer, std::uint64_t code) {
  if (!request.record.processed()) return;
  context_.events.emplace_back(
      RequestCancelled{request.stream.id, *request.record.outcome(), by_peer, code});
}

void ServerRequests::NoteResponseEnd(Request& request) {
  if (!request.stream.out.ended() || request.record.decided()) return;
  if (request.tunnel && !request.stream.in.done()) return;
  // RFC 9114 §4.1: the response is complete, so the rest of the request is not needed.
  request.stream.StopReading(context_, ErrorCode::kNoError);
  ledger_.Advance(request.record, RequestEvent::kResponseEnded);
  if (request.fin_acked) Finish(request, false);
}

void ServerRequests::Finish(Request& request, bool reset) {
  if (!request.record.outcome() && reset) {
    ledger_.End(request.record, Outcome::kCancelledByPeer);
    Report(request, true, static_cast<std::uint64_t>(ErrorCode::kNoError));
  } else if (!request.record.outcome()) {
    ledger_.End(request.record, Outcome::kCompleted);
    context_.meter.OnAnswered();
    context_.events.emplace_back(ResponseDelivered{request.stream.id});
  }
  ledger_.Advance(request.record, RequestEvent::kAcked);
  requests_.erase(request.stream.id);
}

// --- From the application.

SendStatus ServerRequests::SendInterim(quic::StreamId id, int status,
                                       std::span<const qpack::Field> fields) {
  Request* request = FindRunning(id);
  if (request == nullptr) return SendStatus::kClosed;
  const Result<ResponseHead> head = MakeHead(status, fields);
  if (!head || !head->is_interim()) return SendStatus::kMalformed;
  if (!context_.Fits(head->section.fields())) return SendStatus::kTooLarge;
  return request->stream.out.SendInterim(context_.Encode(id, head->section.fields()));
}

SendStatus ServerRequests::Respond(quic::StreamId id, int status,
                                   std::span<const qpack::Field> fields, bool end) {
  Request* request = FindRunning(id);
  if (request == nullptr) return SendStatus::kClosed;
  const Result<ResponseHead> head = MakeHead(status, fields);
  if (!head || head->is_interim()) return SendStatus::kMalformed;
  if (!context_.Fits(head->section.fields())) return SendStatus::kTooLarge;
  const SendStatus sent =
      request->stream.out.SendHead(context_.Encode(id, head->section.fields()),
                                   BodyLength::OfResponse(*head, request->method), end);
  if (sent != SendStatus::kOk) return sent;
  ledger_.Advance(request->record, RequestEvent::kResponseStarted);
  NoteResponseEnd(*request);
  return SendStatus::kOk;
}

SendStatus ServerRequests::SendTrailers(quic::StreamId id, std::span<const qpack::Field> fields) {
  Request* request = FindRunning(id);
  if (request == nullptr) return SendStatus::kClosed;
  const SendStatus sent = request->stream.SendTrailers(context_, fields);
  if (sent == SendStatus::kOk) NoteResponseEnd(*request);
  return sent;
}

BodyResult ServerRequests::WriteBody(quic::StreamId id, std::span<const std::uint8_t> bytes,
                                     bool end) {
  Request* request = FindRunning(id);
  if (request == nullptr) return {BodyStatus::kClosed, 0};
  const BodyResult result = request->stream.WriteBody(context_, bytes, end);
  NoteResponseEnd(*request);
  return result;
}

std::span<const std::uint8_t> ServerRequests::ReadBody(quic::StreamId id) const {
  const auto found = requests_.find(id);
  if (found == requests_.end() || !found->second.record.processed()) return {};
  return found->second.stream.in.Body();
}

Result<void> ServerRequests::ConsumeBody(quic::StreamId id, std::size_t count) {
  Request* request = FindRunning(id);
  if (request == nullptr) return {};
  request->stream.ConsumeBody(context_, count);
  return Pump(*request);
}

void ServerRequests::Abort(quic::StreamId id, ErrorCode code) {
  Request* request = FindRunning(id);
  if (request == nullptr) return;
  // RFC 9114 §4.1.1: the application has it, so it was processed and cannot be rejected.
  if (code == ErrorCode::kRequestRejected) code = ErrorCode::kRequestCancelled;
  Terminate(*request, Outcome::kFailed, code);
}

// --- Leaving. `Terminate` may remove the request, hence the step before its use.

void ServerRequests::Freeze(FirstRejectedId cutoff) {
  cutoff_ = cutoff;
  for (auto next = requests_.begin(); next != requests_.end();) {
    Request& request = (next++)->second;
    if (cutoff.IsRejected(request.stream.id) && !request.record.processed() &&
        !request.record.outcome())
      Reject(request);
  }
}

void ServerRequests::RejectUndispatched() {
  for (auto next = requests_.begin(); next != requests_.end();) {
    Request& request = (next++)->second;
    if (!request.record.processed() && !request.record.outcome()) Reject(request);
  }
}

void ServerRequests::AbortAll() {
  RejectUndispatched();
  for (auto next = requests_.begin(); next != requests_.end();) {
    Request& request = (next++)->second;
    if (request.record.outcome()) continue;
    if (!request.record.decided()) {
      Terminate(request, Outcome::kAbortedByDeadline, ErrorCode::kRequestCancelled);
      continue;
    }
    // The response was handed over to its end; what of it still fits in front of the close may
    // arrive.
    ledger_.End(request.record, Outcome::kAbortedByDeadline);
    Report(request, false, static_cast<std::uint64_t>(ErrorCode::kNoError));
  }
}

void ServerRequests::EndAll() {
  for (auto& [id, request] : requests_) {
    if (!request.record.outcome()) {
      ledger_.End(request.record, Outcome::kAbortedByConnError);
      Report(request, false, static_cast<std::uint64_t>(ErrorCode::kNoError));
    }
    ledger_.Advance(request.record, RequestEvent::kConnectionEnded);
  }
  requests_.clear();
}

}  // namespace quiesce::http3
