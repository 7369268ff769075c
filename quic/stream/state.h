// The states of the two halves of a stream, as transition tables. RFC 9000 §3.1, §3.2.
#pragma once

#include <cstdint>
#include <string_view>

#include "quic/base/state_machine.h"

namespace quiesce::quic {

enum class SendState : std::uint8_t {
  kReady,
  kSend,
  kDataSent,
  kDataRecvd,
  kResetSent,
  kResetRecvd
};

enum class SendEvent : std::uint8_t {
  kSendStream,  // STREAM or STREAM_DATA_BLOCKED
  kSendFin,
  kSendReset,
  kRecvAllAcks,
  kRecvResetAck
};

inline constexpr Transition<SendState, SendEvent> kSendTransitions[] = {
    // RFC 9000 §3.1, Figure 2
    {SendState::kReady, SendEvent::kSendStream, SendState::kSend},
    {SendState::kReady, SendEvent::kSendReset, SendState::kResetSent},
    {SendState::kSend, SendEvent::kSendFin, SendState::kDataSent},
    {SendState::kSend, SendEvent::kSendReset, SendState::kResetSent},
    {SendState::kDataSent, SendEvent::kSendReset, SendState::kResetSent},
    {SendState::kDataSent, SendEvent::kRecvAllAcks, SendState::kDataRecvd},
    {SendState::kResetSent, SendEvent::kRecvResetAck, SendState::kResetRecvd},
};
using SendMachine = StateMachine<SendState, SendEvent, kSendTransitions>;

enum class RecvState : std::uint8_t {
  kRecv,
  kSizeKnown,
  kDataRecvd,
  kDataRead,
  kResetRecvd,
  kResetRead
};

enum class RecvEvent : std::uint8_t {
  kRecvFin,
  kRecvAllData,  // also: the application gave the rest up, and its size is known
  kRecvReset,
  kAppReadAllData,
  kAppReadReset
};

// The optional arrows between "Data Recvd" and "Reset Recvd" are not taken: what has arrived
// completely is delivered, and what was reset stays reset.
inline constexpr Transition<RecvState, RecvEvent> kRecvTransitions[] = {
    // RFC 9000 §3.2, Figure 3
    {RecvState::kRecv, RecvEvent::kRecvFin, RecvState::kSizeKnown},
    {RecvState::kRecv, RecvEvent::kRecvReset, RecvState::kResetRecvd},
    {RecvState::kSizeKnown, RecvEvent::kRecvAllData, RecvState::kDataRecvd},
    {RecvState::kSizeKnown, RecvEvent::kRecvReset, RecvState::kResetRecvd},
    {RecvState::kDataRecvd, RecvEvent::kAppReadAllData, RecvState::kDataRead},
    {RecvState::kResetRecvd, RecvEvent::kAppReadReset, RecvState::kResetRead},
};
using RecvMachine = StateMachine<RecvState, RecvEvent, kRecvTransitions>;

// The RFC's own words, e.g. "Data Sent", "Send STREAM + FIN".
std::string_view ToString(SendState state);
std::string_view ToString(SendEvent event);
std::string_view ToString(RecvState state);
std::string_view ToString(RecvEvent event);

}  // namespace quiesce::quic
