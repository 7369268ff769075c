// The states of a process that serves and then leaves, and the only ways between them.
#pragma once

#include <cstdint>
#include <string_view>

#include "quic/base/state_machine.h"

namespace quiesce::shutdown {

enum class ProcessState : std::uint8_t {
  kRunning,
  kUnready,      // told to stop; readiness is false, new connections are still accepted
  kStopAccept,   // new connections are refused; those half way in are served or refused
  kDraining,     // every session is told to leave
  kForcing,      // every session is being closed, whatever runs
  kClosingWait,  // no session is left; last packets are leaving
  kExited,       // nothing is left to do
};

enum class ProcessEvent : std::uint8_t {
  kStop,             // Drain()
  kUnreadyElapsed,   // unready_delay is over
  kAcceptPathEmpty,  // no connection is on its way in any more
  kSessionsGone,     // the latch: nothing accepted any more, and nothing registered
  kDeadline,         // grace_period is over
  kForce,            // Force(): a second signal
  kFlushed,          // the last packet has left, or will not
};

inline constexpr quic::Transition<ProcessState, ProcessEvent> kProcessTransitions[] = {
    {ProcessState::kRunning, ProcessEvent::kStop, ProcessState::kUnready},
    {ProcessState::kUnready, ProcessEvent::kUnreadyElapsed, ProcessState::kStopAccept},
    {ProcessState::kStopAccept, ProcessEvent::kAcceptPathEmpty, ProcessState::kDraining},
    {ProcessState::kDraining, ProcessEvent::kSessionsGone, ProcessState::kClosingWait},
    {ProcessState::kDraining, ProcessEvent::kDeadline, ProcessState::kForcing},
    {ProcessState::kForcing, ProcessEvent::kSessionsGone, ProcessState::kClosingWait},
    {ProcessState::kClosingWait, ProcessEvent::kFlushed, ProcessState::kExited},
    // Force leads on from every state in which sessions may exist.
    {ProcessState::kRunning, ProcessEvent::kForce, ProcessState::kForcing},
    {ProcessState::kUnready, ProcessEvent::kForce, ProcessState::kForcing},
    {ProcessState::kStopAccept, ProcessEvent::kForce, ProcessState::kForcing},
    {ProcessState::kDraining, ProcessEvent::kForce, ProcessState::kForcing},
};
using ProcessMachine = quic::StateMachine<ProcessState, ProcessEvent, kProcessTransitions>;

std::string_view ToString(ProcessState state);
std::string_view ToString(ProcessEvent event);

}  // namespace quiesce::shutdown
