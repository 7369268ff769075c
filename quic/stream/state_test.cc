#include "quic/stream/state.h"

#include <gtest/gtest.h>

#include <span>

namespace quiesce::quic {
namespace {

// RFC 9000 §3.1, Figure 2, arrow by arrow.
constexpr const char* kFigure2 =
    R"(Ready -> Send : Send STREAM / STREAM_DATA_BLOCKED
Ready -> Reset Sent : Send RESET_STREAM
Send -> Data Sent : Send STREAM + FIN
Send -> Reset Sent : Send RESET_STREAM
Data Sent -> Reset Sent : Send RESET_STREAM
Data Sent -> Data Recvd : Recv All ACKs
Reset Sent -> Reset Recvd : Recv ACK
)";

// RFC 9000 §3.2, Figure 3, without its two optional arrows.
constexpr const char* kFigure3 =
    R"(Recv -> Size Known : Recv STREAM + FIN
Recv -> Reset Recvd : Recv RESET_STREAM
Size Known -> Data Recvd : Recv All Data
Size Known -> Reset Recvd : Recv RESET_STREAM
Data Recvd -> Data Read : App Read All Data
Reset Recvd -> Reset Read : App Read Reset
)";

TEST(StreamState, SendingTableIsTheGraphOfFigure2) {
  EXPECT_EQ(PrintTransitions(std::span<const Transition<SendState, SendEvent>>(kSendTransitions)),
            kFigure2);
}

TEST(StreamState, ReceivingTableIsTheGraphOfFigure3) {
  EXPECT_EQ(PrintTransitions(std::span<const Transition<RecvState, RecvEvent>>(kRecvTransitions)),
            kFigure3);
}

TEST(StreamState, NothingLeadsOutOfTerminalStates) {
  for (const auto& row : kSendTransitions) {
    EXPECT_NE(row.from, SendState::kDataRecvd);
    EXPECT_NE(row.from, SendState::kResetRecvd);
  }
  for (const auto& row : kRecvTransitions) {
    EXPECT_NE(row.from, RecvState::kDataRead);
    EXPECT_NE(row.from, RecvState::kResetRead);
  }
}

TEST(StreamState, RefusesAnEventWithoutAnArrow) {
  SendMachine send(SendState::kReady);
  EXPECT_FALSE(send.Apply(SendEvent::kRecvAllAcks));
  EXPECT_EQ(send.state(), SendState::kReady);
  RecvMachine recv(RecvState::kRecv);
  EXPECT_FALSE(recv.Apply(RecvEvent::kRecvAllData));
  EXPECT_EQ(recv.state(), RecvState::kRecv);
}

}  // namespace
}  // namespace quiesce::quic
