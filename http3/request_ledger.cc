#include "http3/request_ledger.h"

#include <numeric>

#include "quic/base/check.h"

namespace quiesce::http3 {

std::string_view ToString(RequestPhase phase) {
  switch (phase) {
    case RequestPhase::kOpened:
      return "opened";
    case RequestPhase::kHeadersPartial:
      return "headers_partial";
    case RequestPhase::kDispatched:
      return "dispatched";
    case RequestPhase::kResponding:
      return "responding";
    case RequestPhase::kResponseSent:
      return "response_sent";
    case RequestPhase::kResponseAcked:
      return "response_acked";
  }
  return "unknown";
}

std::string_view ToString(RequestEvent event) {
  switch (event) {
    case RequestEvent::kBytesArrived:
      return "bytes_arrived";
    case RequestEvent::kDispatched:
      return "dispatched";
    case RequestEvent::kResponseStarted:
      return "response_started";
    case RequestEvent::kResponseEnded:
      return "response_ended";
    case RequestEvent::kRefused:
      return "refused";
    case RequestEvent::kReset:
      return "reset";
    case RequestEvent::kAcked:
      return "acked";
    case RequestEvent::kConnectionEnded:
      return "connection_ended";
  }
  return "unknown";
}

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCompleted:
      return "completed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kCancelledByPeer:
      return "cancelled_by_peer";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kAbortedByDeadline:
      return "aborted_by_deadline";
    case Outcome::kAbortedByConnError:
      return "aborted_by_connection_error";
  }
  return "unknown";
}

LedgerTotals& LedgerTotals::operator+=(const LedgerTotals& other) {
  opened += other.opened;
  dispatched += other.dispatched;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    ended[i] += other.ended[i];
    ended_processed[i] += other.ended_processed[i];
  }
  return *this;
}

RequestRecord RequestLedger::Open() {
  ++totals_.opened;
  ++live_[static_cast<std::size_t>(RequestPhase::kOpened)];
  return RequestRecord();
}

void RequestLedger::Advance(RequestRecord& record, RequestEvent event) {
  const RequestPhase before = record.phase();
  if (!record.machine_.Apply(event)) {
    QUIESCE_INVARIANT_BROKEN("request ledger: no such move");
    return;
  }
  --live_[static_cast<std::size_t>(before)];
  if (event == RequestEvent::kDispatched) {
    record.processed_ = true;
    ++totals_.dispatched;
  }
  if (record.phase() != RequestPhase::kResponseAcked) {
    ++live_[static_cast<std::size_t>(record.phase())];
  } else if (!record.outcome_) {
    QUIESCE_INVARIANT_BROKEN("request ledger: a request ended without an outcome");
  }
}

void RequestLedger::End(RequestRecord& record, Outcome outcome) {
  if (record.outcome_) return;
  if (outcome == Outcome::kRejected && record.processed_) {
    QUIESCE_INVARIANT_BROKEN("request ledger: a processed request was rejected");
    outcome = Outcome::kFailed;
  }
  record.outcome_ = outcome;
  ++totals_.ended[static_cast<std::size_t>(outcome)];
  if (record.processed_) ++totals_.ended_processed[static_cast<std::size_t>(outcome)];
}

std::size_t RequestLedger::live() const {
  return std::accumulate(live_.begin(), live_.end(), std::size_t{0});
}

}  // namespace quiesce::http3
