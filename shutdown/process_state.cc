#include "shutdown/process_state.h"

namespace quiesce::shutdown {

std::string_view ToString(ProcessState state) {
  switch (state) {
    case ProcessState::kRunning:
      return "running";
    case ProcessState::kUnready:
      return "unready";
    case ProcessState::kStopAccept:
      return "stop_accept";
    case ProcessState::kDraining:
      return "draining";
    case ProcessState::kForcing:
      return "forcing";
    case ProcessState::kClosingWait:
      return "closing_wait";
    case ProcessState::kExited:
      return "exited";
  }
  return "unknown";
}

std::string_view ToString(ProcessEvent event) {
  switch (event) {
    case ProcessEvent::kStop:
      return "stop";
    case ProcessEvent::kUnreadyElapsed:
      return "unready_elapsed";
    case ProcessEvent::kAcceptPathEmpty:
      return "accept_path_empty";
    case ProcessEvent::kSessionsGone:
      return "sessions_gone";
    case ProcessEvent::kDeadline:
      return "deadline";
    case ProcessEvent::kForce:
      return "force";
    case ProcessEvent::kFlushed:
      return "flushed";
  }
  return "unknown";
}

}  // namespace quiesce::shutdown
