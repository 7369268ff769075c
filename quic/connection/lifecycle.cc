#include "quic/connection/lifecycle.h"

namespace quiesce::quic {

std::string_view ToString(LifecycleState state) {
  switch (state) {
    case LifecycleState::kHandshaking:
      return "handshaking";
    case LifecycleState::kEstablished:
      return "established";
    case LifecycleState::kConfirmed:
      return "confirmed";
    case LifecycleState::kClosing:
      return "closing";
    case LifecycleState::kDraining:
      return "draining";
    case LifecycleState::kClosed:
      return "closed";
  }
  return "unknown";
}

std::string_view ToString(LifecycleEvent event) {
  switch (event) {
    case LifecycleEvent::kHandshakeCompleted:
      return "handshake_completed";
    case LifecycleEvent::kHandshakeConfirmed:
      return "handshake_confirmed";
    case LifecycleEvent::kCloseSent:
      return "close_sent";
    case LifecycleEvent::kCloseReceived:
      return "close_received";
    case LifecycleEvent::kStatelessReset:
      return "stateless_reset";
    case LifecycleEvent::kIdleTimeout:
      return "idle_timeout";
    case LifecycleEvent::kClosePeriodEnded:
      return "close_period_ended";
    case LifecycleEvent::kDiscarded:
      return "discarded";
  }
  return "unknown";
}

}  // namespace quiesce::quic
