#include "quic/stream/state.h"

namespace quiesce::quic {

std::string_view ToString(SendState state) {
  switch (state) {
    case SendState::kReady:
      return "Ready";
    case SendState::kSend:
      return "Send";
    case SendState::kDataSent:
      return "Data Sent";
    case SendState::kDataRecvd:
      return "Data Recvd";
    case SendState::kResetSent:
      return "Reset Sent";
    case SendState::kResetRecvd:
      return "Reset Recvd";
  }
  return "unknown";
}

std::string_view ToString(SendEvent event) {
  switch (event) {
    case SendEvent::kSendStream:
      return "Send STREAM / STREAM_DATA_BLOCKED";
    case SendEvent::kSendFin:
      return "Send STREAM + FIN";
    case SendEvent::kSendReset:
      return "Send RESET_STREAM";
    case SendEvent::kRecvAllAcks:
      return "Recv All ACKs";
    case SendEvent::kRecvResetAck:
      return "Recv ACK";
  }
  return "unknown";
}

std::string_view ToString(RecvState state) {
  switch (state) {
    case RecvState::kRecv:
      return "Recv";
    case RecvState::kSizeKnown:
      return "Size Known";
    case RecvState::kDataRecvd:
      return "Data Recvd";
    case RecvState::kDataRead:
      return "Data Read";
    case RecvState::kResetRecvd:
      return "Reset Recvd";
    case RecvState::kResetRead:
      return "Reset Read";
  }
  return "unknown";
}

std::string_view ToString(RecvEvent event) {
  switch (event) {
    case RecvEvent::kRecvFin:
      return "Recv STREAM + FIN";
    case RecvEvent::kRecvAllData:
      return "Recv All Data";
    case RecvEvent::kRecvReset:
      return "Recv RESET_STREAM";
    case RecvEvent::kAppReadAllData:
      return "App Read All Data";
    case RecvEvent::kAppReadReset:
      return "App Read Reset";
  }
  return "unknown";
}

}  // namespace quiesce::quic
