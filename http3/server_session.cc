#include "http3/server_session.h"

#include <algorithm>

#include "http3/mutation.h"
#include "quic/base/check.h"

namespace quiesce::http3 {

SessionActions ServerSession::Shutdown(quic::Instant now, ShutdownPolicy policy,
                                       quic::Instant deadline, const SessionFacts& facts) {
  if (state() == SessionState::kClosed) return {};
  // The deadline is absolute and only ever moves forward.
  std::optional<quic::Instant>& until = At(Timer::kDeadline);
  until = until ? std::min(*until, deadline) : deadline;
  if (policy == ShutdownPolicy::kCloseAtOnce) return ShutdownNow(now, facts);
  if (state() != SessionState::kActive) return Step(now, facts);

  policy_ = policy;
  const bool established = facts.settings_sent && facts.handshake_confirmed;
  // There is no session yet and nobody waits for an answer.
  if (!established && !facts.highest_seen)
    return End(now, SessionEvent::kForced, EndCause::kRefused, facts);
  const bool idle = facts.undispatched == 0 && facts.running == 0;
  const bool two_phase = established && (policy == ShutdownPolicy::kTwoPhase ||
                                         (policy == ShutdownPolicy::kFast && !idle));
  SessionActions actions;
  if (two_phase) {
    Move(now, SessionEvent::kShutdownTwoPhase);
    At(Timer::kGoaway) = now + config_.goaway_ack_ptos * facts.pto;
    if constexpr (IsMutant(Mutant::kCutoffComputedEarly))
      early_cutoff_ = FirstRejectedId::After(facts.highest_seen);
    actions.goaway = FirstRejectedId::None();
  } else {
    actions = CutOff(now, SessionEvent::kShutdownSinglePhase, facts);
  }
  actions.stop_stream_credit = true;
  return actions;
}

SessionActions ServerSession::ShutdownNow(quic::Instant now, const SessionFacts& facts) {
  if (state() == SessionState::kClosed) return {};
  return End(now, SessionEvent::kForced, EndCause::kForced, facts);
}

SessionActions ServerSession::Step(quic::Instant now, const SessionFacts& facts) {
  if (state() == SessionState::kClosed) return {};
  if (Due(Timer::kDeadline, now))
    return End(now, SessionEvent::kForced, EndCause::kDeadline, facts);
  switch (state()) {
    case SessionState::kGoaway:
      return StepGoaway(now, facts);
    case SessionState::kDraining:
      return StepDraining(now, facts);
    case SessionState::kFlushing:
      return StepFlushing(now, facts);
    case SessionState::kClosing:
      return StepClosing(now, facts);
    case SessionState::kActive:
    case SessionState::kClosed:
      break;
  }
  return {};
}

// An acknowledgement proves that the peer's transport has the announcement. What its HTTP layer
// sent before reading it may still be on the way and is rejected one by one: whether that happens
// depends on the moment of the cutoff, correctness does not.
SessionActions ServerSession::StepGoaway(quic::Instant now, const SessionFacts& facts) {
  if (facts.goaway_acked) return CutOff(now, SessionEvent::kGoawayAcked, facts);
  if (Due(Timer::kGoaway, now)) return CutOff(now, SessionEvent::kGoawayTimeout, facts);
  return {};
}

// Takes the cutoff, freezes it and has it written: one step, so that nothing can be dispatched
// between. It lies behind everything the transport has seen, dispatched or not, and does not wait
// for any of it.
SessionActions ServerSession::CutOff(quic::Instant now, SessionEvent event,
                                     const SessionFacts& facts) {
  Move(now, event);
  cutoff_ = FirstRejectedId::After(facts.highest_seen);
  if constexpr (IsMutant(Mutant::kCutoffComputedEarly)) cutoff_ = std::min(*cutoff_, early_cutoff_);
  At(Timer::kGoaway).reset();
  At(Timer::kPartialHeaders) = now + config_.partial_headers_ptos * facts.pto;
  SessionActions actions;
  actions.goaway = cutoff_;
  return actions;
}

SessionActions ServerSession::StepDraining(quic::Instant now, const SessionFacts& facts) {
  // A slow header section below the cutoff must not hold the drain; nothing of it was processed, so
  // it may be rejected (RFC 9114 §5.2).
  if (Due(Timer::kPartialHeaders, now)) {
    At(Timer::kPartialHeaders).reset();
    partial_headers_over_ = true;
  }
  if (partial_headers_over_ && facts.undispatched > 0) {
    SessionActions actions;
    actions.reject_undispatched = true;
    return actions;
  }
  // Streams below the cutoff that the transport has seen and not yet reported are unfinished too.
  const bool all_reported = FirstRejectedId::After(facts.highest_reported) >= *cutoff_;
  if (facts.undispatched > 0 || facts.running > 0 || !all_reported) return {};
  Move(now, SessionEvent::kAllFinished);
  At(Timer::kPartialHeaders).reset();
  return StepFlushing(now, facts);
}

SessionActions ServerSession::StepFlushing(quic::Instant now, const SessionFacts& facts) {
  const bool acked = facts.unacknowledged == 0 && facts.goaway_acked;
  if (acked || IsMutant(Mutant::kCloseBeforeAcknowledgement)) {
    Move(now, SessionEvent::kAllAcked);
    At(Timer::kPeerGone).reset();
    // An acknowledgement is not yet delivery to the application, which a close may overtake: the
    // client is given the time to close by itself.
    const bool fast = policy_ == ShutdownPolicy::kFast;
    At(Timer::kLinger) = fast ? now : now + config_.linger_ptos * facts.pto;
    return StepClosing(now, facts);
  }
  if (facts.goaway_acked) {
    At(Timer::kPeerGone).reset();
    return {};
  }
  // Nothing runs here, and the peer acknowledges not even GOAWAY: it is not there any more.
  const quic::Instant since = std::max(facts.last_heard, *entered(SessionState::kDraining));
  At(Timer::kPeerGone) = since + config_.peer_gone_ptos * facts.pto;
  if (Due(Timer::kPeerGone, now))
    return End(now, SessionEvent::kPeerGone, EndCause::kPeerGone, facts);
  return {};
}

SessionActions ServerSession::StepClosing(quic::Instant now, const SessionFacts& facts) {
  // A stream that the transport has seen and not reported will be, within this very moment.
  if (!Due(Timer::kLinger, now) || facts.highest_reported != facts.highest_seen) return {};
  // A request that came even now was rejected; a client that ignores GOAWAY learns it from the
  // reset.
  if (facts.unacknowledged > 0 && !IsMutant(Mutant::kCloseBeforeAcknowledgement)) {
    At(Timer::kLinger) = now + std::max(config_.linger_ptos, 1u) * facts.pto;
    return {};
  }
  return End(now, SessionEvent::kLingerTimeout, EndCause::kDrained, facts);
}

SessionActions ServerSession::HandleConnectionError(quic::Instant now, const SessionFacts& facts) {
  if (state() == SessionState::kClosed) return {};
  return End(now, SessionEvent::kConnectionError, EndCause::kConnectionError, facts);
}

void ServerSession::HandleConnectionEnded(quic::Instant now) {
  if (state() == SessionState::kClosed) return;
  Move(now, SessionEvent::kConnectionEnded);
  timers_ = {};
}

SessionActions ServerSession::End(quic::Instant now, SessionEvent event, EndCause cause,
                                  const SessionFacts& facts) {
  Move(now, event);
  timers_ = {};
  SessionActions actions;
  actions.close = cause;
  // RFC 9114 §5.2, §5.3: every close says first what was not processed. Nothing more will be
  // dispatched, so the cutoff is as low as the truth allows.
  if (!cutoff_) {
    cutoff_ = FirstRejectedId::After(facts.highest_dispatched);
    actions.goaway = cutoff_;
  }
  return actions;
}

void ServerSession::Move(quic::Instant now, SessionEvent event) {
  QUIESCE_CHECK(machine_.Apply(event));
  entered_[static_cast<std::size_t>(state())] = now;
}

bool ServerSession::Due(Timer timer, quic::Instant now) const {
  const std::optional<quic::Instant>& at = timers_[static_cast<std::size_t>(timer)];
  return at && *at <= now;
}

std::optional<quic::Instant> ServerSession::NextTimeout() const {
  std::optional<quic::Instant> next;
  for (const std::optional<quic::Instant>& at : timers_)
    if (at && (!next || *at < *next)) next = at;
  return next;
}

}  // namespace quiesce::http3
