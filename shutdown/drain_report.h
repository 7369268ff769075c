// What a shutdown did, for whoever asks afterwards: every request with its outcome, every session
// with its end, and how long it took. A value; as text for people and as JSON for programs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http3/request_ledger.h"
#include "http3/session_state.h"
#include "quic/base/address.h"
#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::shutdown {

// How the drain as a whole ended.
enum class DrainResult : std::uint8_t {
  kDrained,   // every session left by itself
  kDeadline,  // the grace period was over
  kForced,    // a second signal, or Force()
};

std::string_view ToString(DrainResult result);

inline constexpr std::size_t kEndCauses = 8;  // of http3::EndCause

// One session that was alive when the drain began, or came while it ran.
struct SessionReport {
  quic::SocketAddress peer;
  http3::EndCause cause = http3::EndCause::kConnectionLost;
  http3::LedgerTotals requests;  // over the session's life
  // Since the drain began: when the session was told to leave, when the cutoff was fixed, when
  // nothing was left but acknowledgments, and when it was over. nullopt for a phase that it
  // skipped.
  std::optional<quic::Duration> goaway;
  std::optional<quic::Duration> cutoff;
  std::optional<quic::Duration> flushing;
  quic::Duration closed{};
  std::uint64_t body_bytes_received = 0;
  std::uint64_t body_bytes_sent = 0;
};

// A handler that had not finished its response when its session was cut off.
struct UnfinishedRequest {
  quic::SocketAddress peer;
  quic::StreamId stream_id;
  std::string method;
  std::string target;
  quic::Duration age{};
};

struct DrainReport {
  // Sessions and requests are listed one by one up to this many; the counts cover all.
  static constexpr std::size_t kSlowestMax = 10;
  static constexpr std::size_t kUnfinishedMax = 20;

  DrainResult result = DrainResult::kDrained;
  quic::Duration duration{};  // from the wish to stop until nothing was left
  quic::Duration grace_period{};
  std::uint64_t sessions = 0;  // alive when the drain began, or opened while it ran
  std::array<std::uint64_t, kEndCauses> sessions_by_cause{};
  // Over the life of the process. Every request that was opened is in exactly one of `ended`.
  http3::LedgerTotals requests;
  // Of these, on the sessions above.
  http3::LedgerTotals drained_requests;
  std::vector<SessionReport> slowest;         // longest first
  std::vector<UnfinishedRequest> unfinished;  // in the order in which they were cut off
  std::uint64_t unfinished_total = 0;

  std::uint64_t completed() const { return requests.of(http3::Outcome::kCompleted); }
  std::uint64_t rejected() const { return requests.of(http3::Outcome::kRejected); }
  // Dispatched and then cut off by this side's leaving: the client cannot know whether it took
  // effect.
  std::uint64_t cut_off() const { return requests.of(http3::Outcome::kAbortedByDeadline); }
  // Requests without an outcome. Not 0 means that the ledger is wrong.
  std::uint64_t lost() const;

  // Several lines, the first of which says how it went.
  std::string ToText() const;
  // One object; docs/drain-report.md describes it.
  std::string ToJson() const;
};

}  // namespace quiesce::shutdown
