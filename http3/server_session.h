// How a server's session leaves: decides when to announce, when to cut off, what to wait for and
// when to close. Holds no request and writes no frame: it is told facts and answers with actions,
// so that every row of its table can be tested by itself. RFC 9114 §5.2; shutdown.md §3.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "http3/config.h"
#include "http3/goaway.h"
#include "http3/session_state.h"
#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

// What the session cannot know by itself, true at the moment of the call.
struct SessionFacts {
  quic::Duration pto{};  // Transport::ProbeTimeout()
  bool settings_sent = false;
  bool handshake_confirmed = false;
  std::size_t undispatched = 0;    // open requests that the application has not seen
  std::size_t running = 0;         // dispatched and not answered to the end
  std::size_t unacknowledged = 0;  // responses and resets that are queued and not acknowledged
  bool goaway_acked = false;       // every GOAWAY written so far
  quic::Instant last_heard{};      // when the peer last gave a sign of life
  std::optional<quic::StreamId> highest_seen;      // request stream, by the transport
  std::optional<quic::StreamId> highest_reported;  // by StreamOpened, which may lag behind
  std::optional<quic::StreamId> highest_dispatched;
};

// What the conductor has to do now, in this order.
struct SessionActions {
  bool stop_stream_credit = false;
  bool reject_undispatched = false;
  // Write this GOAWAY and, in the same step, stop dispatching from there on.
  std::optional<FirstRejectedId> goaway;
  // Reset what is unfinished (before the GOAWAY, unless everything is done) and close.
  std::optional<EndCause> close;

  bool empty() const { return !stop_stream_credit && !reject_undispatched && !goaway && !close; }
};

class ServerSession {
 public:
  explicit ServerSession(const Config& config) : config_(config) {}

  // See Connection::Shutdown.
  SessionActions Shutdown(quic::Instant now, ShutdownPolicy policy, quic::Instant deadline,
                          const SessionFacts& facts);
  SessionActions ShutdownNow(quic::Instant now, const SessionFacts& facts);
  // Moves on as far as `now` and the facts allow; to be called after anything happened, and again
  // until it answers with nothing. Runs the timers that are due.
  SessionActions Step(quic::Instant now, const SessionFacts& facts);
  // The peer broke a rule: a GOAWAY if none has cut off yet, and the end.
  SessionActions HandleConnectionError(quic::Instant now, const SessionFacts& facts);
  // The connection is gone, for whatever reason outside this session.
  void HandleConnectionEnded(quic::Instant now);

  std::optional<quic::Instant> NextTimeout() const;
  SessionState state() const { return machine_.state(); }
  // Set once the cutoff is frozen; never changes afterwards.
  std::optional<FirstRejectedId> cutoff() const { return cutoff_; }
  std::optional<quic::Instant> entered(SessionState state) const {
    return entered_[static_cast<std::size_t>(state)];
  }

 private:
  enum class Timer : std::uint8_t { kGoaway, kPartialHeaders, kLinger, kPeerGone, kDeadline };
  static constexpr std::size_t kTimers = 5;

  void Move(quic::Instant now, SessionEvent event);
  SessionActions End(quic::Instant now, SessionEvent event, EndCause cause,
                     const SessionFacts& facts);
  SessionActions CutOff(quic::Instant now, SessionEvent event, const SessionFacts& facts);
  SessionActions StepGoaway(quic::Instant now, const SessionFacts& facts);
  SessionActions StepDraining(quic::Instant now, const SessionFacts& facts);
  SessionActions StepFlushing(quic::Instant now, const SessionFacts& facts);
  SessionActions StepClosing(quic::Instant now, const SessionFacts& facts);
  bool Due(Timer timer, quic::Instant now) const;
  std::optional<quic::Instant>& At(Timer timer) { return timers_[static_cast<std::size_t>(timer)]; }

  const Config& config_;
  SessionMachine machine_{SessionState::kActive};
  ShutdownPolicy policy_ = ShutdownPolicy::kTwoPhase;
  std::array<std::optional<quic::Instant>, kTimers> timers_{};
  std::array<std::optional<quic::Instant>, 6> entered_{};
  std::optional<FirstRejectedId> cutoff_;
  bool partial_headers_over_ = false;
  FirstRejectedId early_cutoff_ = FirstRejectedId::None();  // Mutant::kCutoffComputedEarly only
};

}  // namespace quiesce::http3
