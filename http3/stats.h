// Counters of one HTTP/3 connection and the record that it leaves behind. Read by copying.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "http3/goaway.h"
#include "http3/request_ledger.h"
#include "http3/session_state.h"
#include "quic/base/time.h"

namespace quiesce::http3 {

struct Stats {
  std::uint64_t body_bytes_received = 0;  // consumed by the application
  std::uint64_t body_bytes_sent = 0;      // taken from the application
  std::uint64_t sections_received = 0;
  std::uint64_t sections_sent = 0;
  std::uint64_t goaways_received = 0;
  std::uint64_t goaways_sent = 0;

  // Client.
  std::uint64_t requests_sent = 0;
  std::uint64_t responses_finished = 0;
  std::array<std::uint64_t, 3> requests_failed{};  // by RetrySafety
};

// What a drain report needs from one connection.
struct DrainRecord {
  LedgerTotals requests;  // server
  // When each state was entered, by SessionState; nullopt for a state that was skipped.
  std::array<std::optional<quic::Instant>, 6> entered{};
  std::optional<FirstRejectedId> cutoff;  // of the last GOAWAY that rejects something
  std::optional<EndCause> end;            // nullopt while the session lives
  Stats stats;

  std::optional<quic::Instant> at(SessionState state) const {
    return entered[static_cast<std::size_t>(state)];
  }
};

}  // namespace quiesce::http3
