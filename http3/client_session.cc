#include "http3/client_session.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::http3 {

ClientActions ClientSession::Shutdown(quic::Instant now, ShutdownPolicy policy,
                                      quic::Instant deadline, const ClientFacts& facts) {
  if (state() == ClientState::kClosed) return {};
  deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  if (policy == ShutdownPolicy::kCloseAtOnce) return ShutdownNow();
  StopSending(ClientEvent::kShutdown, RequestRefusal::kLeaving);
  if (said_goaway_) return Step(now, facts);
  said_goaway_ = true;
  // RFC 9114 §5.2: the server learns that the end is known in advance; it has no push to lose.
  ClientActions actions;
  actions.goaway = true;
  return actions;
}

ClientActions ClientSession::ShutdownNow() {
  if (state() == ClientState::kClosed) return {};
  return End(ClientEvent::kForced, EndCause::kForced);
}

void ClientSession::HandleGoaway() {
  StopSending(ClientEvent::kGoawayReceived, RequestRefusal::kGoawayReceived);
}

void ClientSession::HandleRequestRejected() {
  StopSending(ClientEvent::kRequestRejected, RequestRefusal::kServerRejects);
}

ClientActions ClientSession::Step(quic::Instant now, const ClientFacts& facts) {
  if (state() == ClientState::kClosed) return {};
  if (deadline_ && *deadline_ <= now) return End(ClientEvent::kForced, EndCause::kDeadline);
  if (state() == ClientState::kNoNew && facts.active == 0)
    QUIESCE_CHECK(machine_.Apply(ClientEvent::kAllFinished));
  if (state() == ClientState::kDraining && facts.unacknowledged == 0)
    return End(ClientEvent::kAllAcked, EndCause::kDrained);
  return {};
}

void ClientSession::HandleConnectionError() {
  if (state() != ClientState::kClosed) (void)End(ClientEvent::kConnectionError, {});
}

void ClientSession::HandleConnectionEnded() {
  if (state() != ClientState::kClosed) (void)End(ClientEvent::kConnectionEnded, {});
}

RequestRefusal ClientSession::refusal() const {
  return state() == ClientState::kClosed ? RequestRefusal::kClosed : why_;
}

// Only the first reason moves the state; a later one may be the more telling.
void ClientSession::StopSending(ClientEvent event, RequestRefusal why) {
  if (state() == ClientState::kActive) QUIESCE_CHECK(machine_.Apply(event));
  if (why_ == RequestRefusal::kNone || why == RequestRefusal::kGoawayReceived) why_ = why;
}

ClientActions ClientSession::End(ClientEvent event, EndCause cause) {
  QUIESCE_CHECK(machine_.Apply(event));
  deadline_.reset();
  ClientActions actions;
  actions.close = cause;
  return actions;
}

}  // namespace quiesce::http3
