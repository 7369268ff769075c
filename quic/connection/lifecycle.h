// The states of one connection and the only ways between them. RFC 9000 §10, RFC 9001 §4.1.
// Owned by the connection. Not the states of an HTTP/3 session, which has its own machine.
#pragma once

#include <string_view>

#include "quic/base/state_machine.h"

namespace quiesce::quic {

enum class LifecycleState {
  kHandshaking,
  kEstablished,  // handshake complete, RFC 9001 §4.1.1
  kConfirmed,    // handshake confirmed, RFC 9001 §4.1.2
  kClosing,      // we sent CONNECTION_CLOSE, RFC 9000 §10.2.1
  kDraining,     // the peer is closing, or has lost its state; nothing is sent, RFC 9000 §10.2.2
  kClosed,       // the owner may forget the connection
};

enum class LifecycleEvent {
  kHandshakeCompleted,
  kHandshakeConfirmed,
  kCloseSent,         // the application closed, or a fault of the peer was noticed
  kCloseReceived,     // CONNECTION_CLOSE
  kStatelessReset,    // RFC 9000 §10.3.1
  kIdleTimeout,       // RFC 9000 §10.1: silently
  kClosePeriodEnded,  // 3 PTO in closing or draining are over
  kDiscarded,  // nobody will answer late packets: no state at the peer (nothing sent, Version
               // Negotiation), or the socket goes away, RFC 9000 §10.2
};

std::string_view ToString(LifecycleState state);
std::string_view ToString(LifecycleEvent event);

inline constexpr Transition<LifecycleState, LifecycleEvent> kLifecycleTransitions[] = {
    {LifecycleState::kHandshaking, LifecycleEvent::kHandshakeCompleted,
     LifecycleState::kEstablished},
    {LifecycleState::kHandshaking, LifecycleEvent::kCloseSent, LifecycleState::kClosing},
    {LifecycleState::kHandshaking, LifecycleEvent::kCloseReceived, LifecycleState::kDraining},
    {LifecycleState::kHandshaking, LifecycleEvent::kStatelessReset, LifecycleState::kDraining},
    {LifecycleState::kHandshaking, LifecycleEvent::kIdleTimeout, LifecycleState::kClosed},
    {LifecycleState::kHandshaking, LifecycleEvent::kDiscarded, LifecycleState::kClosed},

    {LifecycleState::kEstablished, LifecycleEvent::kHandshakeConfirmed, LifecycleState::kConfirmed},
    {LifecycleState::kEstablished, LifecycleEvent::kCloseSent, LifecycleState::kClosing},
    {LifecycleState::kEstablished, LifecycleEvent::kCloseReceived, LifecycleState::kDraining},
    {LifecycleState::kEstablished, LifecycleEvent::kStatelessReset, LifecycleState::kDraining},
    {LifecycleState::kEstablished, LifecycleEvent::kIdleTimeout, LifecycleState::kClosed},
    {LifecycleState::kEstablished, LifecycleEvent::kDiscarded, LifecycleState::kClosed},

    {LifecycleState::kConfirmed, LifecycleEvent::kCloseSent, LifecycleState::kClosing},
    {LifecycleState::kConfirmed, LifecycleEvent::kCloseReceived, LifecycleState::kDraining},
    {LifecycleState::kConfirmed, LifecycleEvent::kStatelessReset, LifecycleState::kDraining},
    {LifecycleState::kConfirmed, LifecycleEvent::kIdleTimeout, LifecycleState::kClosed},
    {LifecycleState::kConfirmed, LifecycleEvent::kDiscarded, LifecycleState::kClosed},

    {LifecycleState::kClosing, LifecycleEvent::kCloseReceived, LifecycleState::kDraining},
    {LifecycleState::kClosing, LifecycleEvent::kStatelessReset, LifecycleState::kDraining},
    {LifecycleState::kClosing, LifecycleEvent::kClosePeriodEnded, LifecycleState::kClosed},
    {LifecycleState::kClosing, LifecycleEvent::kDiscarded, LifecycleState::kClosed},

    {LifecycleState::kDraining, LifecycleEvent::kClosePeriodEnded, LifecycleState::kClosed},
    {LifecycleState::kDraining, LifecycleEvent::kDiscarded, LifecycleState::kClosed},
};

// Starts in kHandshaking: Lifecycle lifecycle(LifecycleState::kHandshaking).
using Lifecycle = StateMachine<LifecycleState, LifecycleEvent, kLifecycleTransitions>;

}  // namespace quiesce::quic
