// Every request of a connection ends in exactly one outcome, and the ledger counts them. What was
// processed decides what may be retried. RFC 9114 §4.1.1.
//
// The ledger keeps totals and counts of live requests, never a list of past ones: a connection that
// serves a million requests holds what one that serves ten holds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "quic/base/state_machine.h"

namespace quiesce::http3 {

enum class RequestPhase : std::uint8_t {
  kOpened,          // the stream exists; nothing of the request has arrived
  kHeadersPartial,  // some of the header section has
  kDispatched,    // handed to the application: from here on it may have acted, so it is "processed"
  kResponding,    // the final response has begun
  kResponseSent,  // FIN or RESET_STREAM of the response is queued
  kResponseAcked,  // and acknowledged, or the connection is gone
};
inline constexpr std::size_t kRequestPhases = 6;

enum class RequestEvent : std::uint8_t {
  kBytesArrived,
  kDispatched,
  kResponseStarted,
  kResponseEnded,  // FIN queued
  kRefused,        // answered by this layer, never dispatched: 431
  kReset,          // RESET_STREAM queued, by whoever's wish
  kAcked,
  kConnectionEnded,
};

inline constexpr quic::Transition<RequestPhase, RequestEvent> kRequestTransitions[] = {
    {RequestPhase::kOpened, RequestEvent::kBytesArrived, RequestPhase::kHeadersPartial},
    {RequestPhase::kHeadersPartial, RequestEvent::kDispatched, RequestPhase::kDispatched},
    {RequestPhase::kDispatched, RequestEvent::kResponseStarted, RequestPhase::kResponding},
    {RequestPhase::kResponding, RequestEvent::kResponseEnded, RequestPhase::kResponseSent},
    {RequestPhase::kResponseSent, RequestEvent::kAcked, RequestPhase::kResponseAcked},
    {RequestPhase::kHeadersPartial, RequestEvent::kRefused, RequestPhase::kResponseSent},
    {RequestPhase::kOpened, RequestEvent::kReset, RequestPhase::kResponseSent},
    {RequestPhase::kHeadersPartial, RequestEvent::kReset, RequestPhase::kResponseSent},
    {RequestPhase::kDispatched, RequestEvent::kReset, RequestPhase::kResponseSent},
    {RequestPhase::kResponding, RequestEvent::kReset, RequestPhase::kResponseSent},
    {RequestPhase::kResponseSent, RequestEvent::kReset, RequestPhase::kResponseSent},
    {RequestPhase::kOpened, RequestEvent::kConnectionEnded, RequestPhase::kResponseAcked},
    {RequestPhase::kHeadersPartial, RequestEvent::kConnectionEnded, RequestPhase::kResponseAcked},
    {RequestPhase::kDispatched, RequestEvent::kConnectionEnded, RequestPhase::kResponseAcked},
    {RequestPhase::kResponding, RequestEvent::kConnectionEnded, RequestPhase::kResponseAcked},
    {RequestPhase::kResponseSent, RequestEvent::kConnectionEnded, RequestPhase::kResponseAcked},
};
using RequestMachine = quic::StateMachine<RequestPhase, RequestEvent, kRequestTransitions>;

std::string_view ToString(RequestPhase phase);
std::string_view ToString(RequestEvent event);

// The one label that every request ends with.
enum class Outcome : std::uint8_t {
  kCompleted,          // the response is acknowledged to its FIN
  kFailed,             // this side reset it: malformed, incomplete, or the handler gave up
  kCancelledByPeer,    // the peer reset it or stopped reading
  kRejected,           // H3_REQUEST_REJECTED; never dispatched, safe to retry
  kAbortedByDeadline,  // cut off by the deadline or a forced shutdown
  kAbortedByConnError  // the connection ended under it
};
inline constexpr std::size_t kOutcomes = 6;

std::string_view ToString(Outcome outcome);

// One connection's sums. opened == live + the sum of `ended`.
struct LedgerTotals {
  std::uint64_t opened = 0;
  std::uint64_t dispatched = 0;                            // "processed" in the sense of §4.1.1
  std::array<std::uint64_t, kOutcomes> ended{};            // by Outcome
  std::array<std::uint64_t, kOutcomes> ended_processed{};  // those of them that were dispatched

  std::uint64_t of(Outcome outcome) const { return ended[static_cast<std::size_t>(outcome)]; }
  std::uint64_t processed(Outcome outcome) const {
    return ended_processed[static_cast<std::size_t>(outcome)];
  }
  LedgerTotals& operator+=(const LedgerTotals& other);
};

class RequestLedger;

// One live request's line in the ledger. Lives in the request's stream; only the ledger writes it.
class RequestRecord {
 public:
  RequestPhase phase() const { return machine_.state(); }
  bool processed() const { return processed_; }
  std::optional<Outcome> outcome() const { return outcome_; }
  // The end of the response is queued, or the request was reset: nothing more will be written.
  bool decided() const { return phase() >= RequestPhase::kResponseSent; }

 private:
  friend class RequestLedger;
  RequestMachine machine_{RequestPhase::kOpened};
  bool processed_ = false;
  std::optional<Outcome> outcome_;
};

class RequestLedger {
 public:
  // A stream was opened by the peer (or, on a client, by this side).
  RequestRecord Open();

  // Moves a request along its table. A move without a row is a fault of ours (InvariantBroken).
  void Advance(RequestRecord& record, RequestEvent event);
  // Gives a request its label and counts it; the first label stays. kRejected for a dispatched
  // request is a fault of ours: RFC 9114 §4.1.1 forbids it.
  void End(RequestRecord& record, Outcome outcome);

  // How many live requests stand at each phase; one that reaches kResponseAcked is no longer live.
  std::size_t live(RequestPhase phase) const { return live_[static_cast<std::size_t>(phase)]; }
  std::size_t live() const;
  // Neither dispatched nor rejected yet.
  std::size_t undispatched() const {
    return live(RequestPhase::kOpened) + live(RequestPhase::kHeadersPartial);
  }
  // Dispatched and not yet answered to the end.
  std::size_t running() const {
    return live(RequestPhase::kDispatched) + live(RequestPhase::kResponding);
  }

  const LedgerTotals& totals() const { return totals_; }

 private:
  LedgerTotals totals_;
  std::array<std::size_t, kRequestPhases> live_{};
};

}  // namespace quiesce::http3
