#include "http3/session_state.h"

namespace quiesce::http3 {

std::string_view ToString(SessionState state) {
  switch (state) {
    case SessionState::kActive:
      return "active";
    case SessionState::kGoaway:
      return "goaway";
    case SessionState::kDraining:
      return "draining";
    case SessionState::kFlushing:
      return "flushing";
    case SessionState::kClosing:
      return "closing";
    case SessionState::kClosed:
      return "closed";
  }
  return "unknown";
}

std::string_view ToString(SessionEvent event) {
  switch (event) {
    case SessionEvent::kShutdownTwoPhase:
      return "shutdown_two_phase";
    case SessionEvent::kShutdownSinglePhase:
      return "shutdown_single_phase";
    case SessionEvent::kGoawayAcked:
      return "goaway_acked";
    case SessionEvent::kGoawayTimeout:
      return "goaway_timeout";
    case SessionEvent::kAllFinished:
      return "all_finished";
    case SessionEvent::kAllAcked:
      return "all_acked";
    case SessionEvent::kLingerTimeout:
      return "linger_timeout";
    case SessionEvent::kPeerGone:
      return "peer_gone";
    case SessionEvent::kForced:
      return "forced";
    case SessionEvent::kConnectionError:
      return "connection_error";
    case SessionEvent::kConnectionEnded:
      return "connection_ended";
  }
  return "unknown";
}

std::string_view ToString(ClientState state) {
  switch (state) {
    case ClientState::kActive:
      return "active";
    case ClientState::kNoNew:
      return "no_new";
    case ClientState::kDraining:
      return "draining";
    case ClientState::kClosed:
      return "closed";
  }
  return "unknown";
}

std::string_view ToString(ClientEvent event) {
  switch (event) {
    case ClientEvent::kGoawayReceived:
      return "goaway_received";
    case ClientEvent::kRequestRejected:
      return "request_rejected";
    case ClientEvent::kShutdown:
      return "shutdown";
    case ClientEvent::kAllFinished:
      return "all_finished";
    case ClientEvent::kAllAcked:
      return "all_acked";
    case ClientEvent::kForced:
      return "forced";
    case ClientEvent::kConnectionError:
      return "connection_error";
    case ClientEvent::kConnectionEnded:
      return "connection_ended";
  }
  return "unknown";
}

std::string_view ToString(EndCause cause) {
  switch (cause) {
    case EndCause::kDrained:
      return "drained";
    case EndCause::kClosedByPeer:
      return "closed_by_peer";
    case EndCause::kDeadline:
      return "deadline";
    case EndCause::kForced:
      return "forced";
    case EndCause::kRefused:
      return "refused";
    case EndCause::kPeerGone:
      return "peer_gone";
    case EndCause::kConnectionError:
      return "connection_error";
    case EndCause::kConnectionLost:
      return "connection_lost";
  }
  return "unknown";
}

}  // namespace quiesce::http3
