#include "http3/session_state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace quiesce::http3 {
namespace {

// shutdown.md §3.2, as a drawing.
TEST(SessionState, ServerTableMatchesItsDrawing) {
  EXPECT_EQ((quic::PrintTransitions<SessionState, SessionEvent>(kSessionTransitions)),
            "active -> goaway : shutdown_two_phase\n"
            "active -> draining : shutdown_single_phase\n"
            "goaway -> draining : goaway_acked\n"
            "goaway -> draining : goaway_timeout\n"
            "draining -> flushing : all_finished\n"
            "flushing -> closing : all_acked\n"
            "flushing -> closed : peer_gone\n"
            "closing -> closed : linger_timeout\n"
            "active -> closed : forced\n"
            "goaway -> closed : forced\n"
            "draining -> closed : forced\n"
            "flushing -> closed : forced\n"
            "closing -> closed : forced\n"
            "active -> closed : connection_error\n"
            "goaway -> closed : connection_error\n"
            "draining -> closed : connection_error\n"
            "flushing -> closed : connection_error\n"
            "closing -> closed : connection_error\n"
            "active -> closed : connection_ended\n"
            "goaway -> closed : connection_ended\n"
            "draining -> closed : connection_ended\n"
            "flushing -> closed : connection_ended\n"
            "closing -> closed : connection_ended\n");
}

// shutdown.md §3.3.
TEST(SessionState, ClientTableMatchesItsDrawing) {
  EXPECT_EQ((quic::PrintTransitions<ClientState, ClientEvent>(kClientTransitions)),
            "active -> no_new : goaway_received\n"
            "active -> no_new : request_rejected\n"
            "active -> no_new : shutdown\n"
            "no_new -> draining : all_finished\n"
            "draining -> closed : all_acked\n"
            "active -> closed : forced\n"
            "no_new -> closed : forced\n"
            "draining -> closed : forced\n"
            "active -> closed : connection_error\n"
            "no_new -> closed : connection_error\n"
            "draining -> closed : connection_error\n"
            "active -> closed : connection_ended\n"
            "no_new -> closed : connection_ended\n"
            "draining -> closed : connection_ended\n");
}

// H25, I11: force is enabled in every state but the last, and so is the end of the connection.
TEST(SessionState, ForceLeadsOutOfEveryState) {
  for (const auto state : {SessionState::kActive, SessionState::kGoaway, SessionState::kDraining,
                           SessionState::kFlushing, SessionState::kClosing}) {
    for (const auto event :
         {SessionEvent::kForced, SessionEvent::kConnectionError, SessionEvent::kConnectionEnded}) {
      SessionMachine machine(state);
      EXPECT_TRUE(machine.Apply(event)) << ToString(state) << " " << ToString(event);
      EXPECT_EQ(machine.state(), SessionState::kClosed);
    }
  }
}

TEST(SessionState, NothingLeadsOutOfClosed) {
  for (const auto& row : kSessionTransitions) EXPECT_NE(row.from, SessionState::kClosed);
  for (const auto& row : kClientTransitions) EXPECT_NE(row.from, ClientState::kClosed);
}

// H12: the second GOAWAY belongs to a state of its own, entered once.
TEST(SessionState, StatesAreOrderedAndNeverRepeat) {
  for (const auto& row : kSessionTransitions) EXPECT_LT(row.from, row.to);
  for (const auto& row : kClientTransitions) EXPECT_LT(row.from, row.to);
}

TEST(SessionState, NamesOfEndCausesAreDistinct) {
  std::set<std::string_view> names;
  for (const auto cause : {EndCause::kDrained, EndCause::kClosedByPeer, EndCause::kDeadline,
                           EndCause::kForced, EndCause::kRefused, EndCause::kPeerGone,
                           EndCause::kConnectionError, EndCause::kConnectionLost})
    names.insert(ToString(cause));
  EXPECT_EQ(names.size(), 8u);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace quiesce::http3
