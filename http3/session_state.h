// The states of an HTTP/3 session and the only ways between them. A server drains a connection
// through Goaway, Draining, Flushing and Closing; a client follows the server's GOAWAY. Both end in
// Closed, and the forced end is legal from every state. RFC 9114 §5.2.
//
// These are not the states of the QUIC connection, which has a closing and a draining state of its
// own (RFC 9000 §10.2).
#pragma once

#include <cstdint>
#include <string_view>

#include "quic/base/state_machine.h"

namespace quiesce::http3 {

// The server's half, and the client's own Shutdown().
enum class SessionState : std::uint8_t {
  kActive,    // requests are dispatched
  kGoaway,    // GOAWAY(2^62-4) written, not yet acknowledged; requests are still dispatched
  kDraining,  // GOAWAY(C) written, C frozen; requests at or above C are rejected
  kFlushing,  // no dispatched request is unfinished; responses or GOAWAY(C) not yet acknowledged
  kClosing,   // everything acknowledged; the client may close first
  kClosed,    // the close was handed to QUIC, or came from it
};

enum class SessionEvent : std::uint8_t {
  kShutdownTwoPhase,     // Shutdown() that announces first and cuts off later
  kShutdownSinglePhase,  // Shutdown() that cuts off at once
  kGoawayAcked,          // the peer's transport has the first GOAWAY
  kGoawayTimeout,        // T_goaway: it took too long to say so
  kAllFinished,          // every request below the cutoff is decided
  kAllAcked,             // every response FIN or RESET and the last GOAWAY are acknowledged
  kLingerTimeout,        // T_linger: the client did not close by itself
  kPeerGone,             // the peer has acknowledged nothing for too long
  kForced,               // ShutdownNow(), T_deadline, or a shutdown with nothing to wait for
  kConnectionError,      // the peer broke a rule and this side closes
  kConnectionEnded,      // the peer closed, idle timeout, stateless reset, transport error
};

inline constexpr quic::Transition<SessionState, SessionEvent> kSessionTransitions[] = {
    {SessionState::kActive, SessionEvent::kShutdownTwoPhase, SessionState::kGoaway},
    {SessionState::kActive, SessionEvent::kShutdownSinglePhase, SessionState::kDraining},
    {SessionState::kGoaway, SessionEvent::kGoawayAcked, SessionState::kDraining},
    {SessionState::kGoaway, SessionEvent::kGoawayTimeout, SessionState::kDraining},
    {SessionState::kDraining, SessionEvent::kAllFinished, SessionState::kFlushing},
    {SessionState::kFlushing, SessionEvent::kAllAcked, SessionState::kClosing},
    {SessionState::kFlushing, SessionEvent::kPeerGone, SessionState::kClosed},
    {SessionState::kClosing, SessionEvent::kLingerTimeout, SessionState::kClosed},
    // H25: force is legal in every state.
    {SessionState::kActive, SessionEvent::kForced, SessionState::kClosed},
    {SessionState::kGoaway, SessionEvent::kForced, SessionState::kClosed},
    {SessionState::kDraining, SessionEvent::kForced, SessionState::kClosed},
    {SessionState::kFlushing, SessionEvent::kForced, SessionState::kClosed},
    {SessionState::kClosing, SessionEvent::kForced, SessionState::kClosed},
    {SessionState::kActive, SessionEvent::kConnectionError, SessionState::kClosed},
    {SessionState::kGoaway, SessionEvent::kConnectionError, SessionState::kClosed},
    {SessionState::kDraining, SessionEvent::kConnectionError, SessionState::kClosed},
    {SessionState::kFlushing, SessionEvent::kConnectionError, SessionState::kClosed},
    {SessionState::kClosing, SessionEvent::kConnectionError, SessionState::kClosed},
    {SessionState::kActive, SessionEvent::kConnectionEnded, SessionState::kClosed},
    {SessionState::kGoaway, SessionEvent::kConnectionEnded, SessionState::kClosed},
    {SessionState::kDraining, SessionEvent::kConnectionEnded, SessionState::kClosed},
    {SessionState::kFlushing, SessionEvent::kConnectionEnded, SessionState::kClosed},
    {SessionState::kClosing, SessionEvent::kConnectionEnded, SessionState::kClosed},
};
using SessionMachine = quic::StateMachine<SessionState, SessionEvent, kSessionTransitions>;

std::string_view ToString(SessionState state);
std::string_view ToString(SessionEvent event);

// The client's half.
enum class ClientState : std::uint8_t {
  kActive,    // requests may be sent
  kNoNew,     // no new request, ever; those in flight go on
  kDraining,  // no request is active; the last bytes sent are not yet acknowledged
  kClosed,
};

enum class ClientEvent : std::uint8_t {
  kGoawayReceived,   // RFC 9114 §5.2: whatever its identifier
  kRequestRejected,  // H3_REQUEST_REJECTED without GOAWAY: the server does not want more here
  kShutdown,         // this side leaves
  kAllFinished,      // the last active request ended
  kAllAcked,         // everything this side sent is acknowledged
  kForced,
  kConnectionError,
  kConnectionEnded,
};

inline constexpr quic::Transition<ClientState, ClientEvent> kClientTransitions[] = {
    {ClientState::kActive, ClientEvent::kGoawayReceived, ClientState::kNoNew},
    {ClientState::kActive, ClientEvent::kRequestRejected, ClientState::kNoNew},
    {ClientState::kActive, ClientEvent::kShutdown, ClientState::kNoNew},
    {ClientState::kNoNew, ClientEvent::kAllFinished, ClientState::kDraining},
    {ClientState::kDraining, ClientEvent::kAllAcked, ClientState::kClosed},
    {ClientState::kActive, ClientEvent::kForced, ClientState::kClosed},
    {ClientState::kNoNew, ClientEvent::kForced, ClientState::kClosed},
    {ClientState::kDraining, ClientEvent::kForced, ClientState::kClosed},
    {ClientState::kActive, ClientEvent::kConnectionError, ClientState::kClosed},
    {ClientState::kNoNew, ClientEvent::kConnectionError, ClientState::kClosed},
    {ClientState::kDraining, ClientEvent::kConnectionError, ClientState::kClosed},
    {ClientState::kActive, ClientEvent::kConnectionEnded, ClientState::kClosed},
    {ClientState::kNoNew, ClientEvent::kConnectionEnded, ClientState::kClosed},
    {ClientState::kDraining, ClientEvent::kConnectionEnded, ClientState::kClosed},
};
using ClientMachine = quic::StateMachine<ClientState, ClientEvent, kClientTransitions>;

std::string_view ToString(ClientState state);
std::string_view ToString(ClientEvent event);

// Why a session ended.
enum class EndCause : std::uint8_t {
  kDrained,          // this side closed after everything was done and acknowledged
  kClosedByPeer,     // the peer closed with H3_NO_ERROR
  kDeadline,         // the deadline of the drain passed
  kForced,           // ShutdownNow(), or the policy was to close at once
  kRefused,          // told to leave before there was a session: handshake or SETTINGS missing
  kPeerGone,         // the peer showed no sign of life while only it was waited for
  kConnectionError,  // one side broke a rule
  kConnectionLost,   // idle timeout, stateless reset, transport error
};

std::string_view ToString(EndCause cause);

}  // namespace quiesce::http3
