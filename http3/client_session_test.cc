#include "http3/client_session.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using std::chrono::seconds;

constexpr quic::Instant kT0 = quic::Instant() + seconds(1000);
constexpr quic::Instant kDeadline = kT0 + seconds(10);

// R4: whatever the identifier, no new request.
TEST(ClientSession, GoawayForbidsNewRequests) {
  ClientSession session;
  EXPECT_EQ(session.refusal(), RequestRefusal::kNone);
  session.HandleGoaway();
  EXPECT_EQ(session.state(), ClientState::kNoNew);
  EXPECT_EQ(session.refusal(), RequestRefusal::kGoawayReceived);
}

// H21: a rejection without GOAWAY marks the connection.
TEST(ClientSession, RejectionForbidsNewRequests) {
  ClientSession session;
  session.HandleRequestRejected();
  EXPECT_EQ(session.state(), ClientState::kNoNew);
  EXPECT_EQ(session.refusal(), RequestRefusal::kServerRejects);
  session.HandleGoaway();
  EXPECT_EQ(session.refusal(), RequestRefusal::kGoawayReceived);
}

TEST(ClientSession, ActiveSessionIsLeftAlone) {
  ClientSession session;
  EXPECT_TRUE(session.Step(kT0, {}).empty());
  EXPECT_EQ(session.state(), ClientState::kActive);
}

// When empty, flush the own last FIN, then CONNECTION_CLOSE(H3_NO_ERROR).
TEST(ClientSession, ClosesWhenDrainedAndAcknowledged) {
  ClientSession session;
  session.HandleGoaway();
  EXPECT_TRUE(session.Step(kT0, {.active = 1}).empty());
  EXPECT_EQ(session.state(), ClientState::kNoNew);
  EXPECT_TRUE(session.Step(kT0, {.active = 0, .unacknowledged = 1}).empty());
  EXPECT_EQ(session.state(), ClientState::kDraining);
  EXPECT_EQ(session.Step(kT0, {}).close, EndCause::kDrained);
  EXPECT_EQ(session.state(), ClientState::kClosed);
  EXPECT_EQ(session.refusal(), RequestRefusal::kClosed);
}

TEST(ClientSession, OwnShutdownSaysGoawayOnce) {
  ClientSession session;
  EXPECT_TRUE(session.Shutdown(kT0, ShutdownPolicy::kTwoPhase, kDeadline, {.active = 1}).goaway);
  EXPECT_EQ(session.refusal(), RequestRefusal::kLeaving);
  EXPECT_TRUE(session.Shutdown(kT0, ShutdownPolicy::kTwoPhase, kDeadline, {.active = 1}).empty());
  EXPECT_EQ(session.Step(kT0, {}).close, EndCause::kDrained);
}

// I11: the deadline never moves back.
TEST(ClientSession, DeadlineOnlyMovesForward) {
  ClientSession session;
  const ClientFacts busy{.active = 1};
  (void)session.Shutdown(kT0, ShutdownPolicy::kTwoPhase, kDeadline, busy);
  (void)session.Shutdown(kT0, ShutdownPolicy::kTwoPhase, kDeadline + seconds(5), busy);
  EXPECT_EQ(session.NextTimeout(), kDeadline);
  (void)session.Shutdown(kT0, ShutdownPolicy::kTwoPhase, kDeadline - seconds(5), busy);
  EXPECT_EQ(session.NextTimeout(), kDeadline - seconds(5));
  EXPECT_EQ(session.Step(kDeadline - seconds(5), busy).close, EndCause::kDeadline);
  EXPECT_FALSE(session.NextTimeout());
}

TEST(ClientSession, ForceIsLegalEverywhereAndOnce) {
  for (int i = 0; i < 3; ++i) {
    ClientSession session;
    if (i > 0) session.HandleGoaway();
    if (i > 1) (void)session.Step(kT0, {.unacknowledged = 1});
    EXPECT_EQ(static_cast<int>(session.state()), i);
    EXPECT_EQ(session.ShutdownNow().close, EndCause::kForced);
    EXPECT_TRUE(session.ShutdownNow().empty());
    EXPECT_TRUE(session.Shutdown(kT0, ShutdownPolicy::kFast, kDeadline, {}).empty());
  }
}

TEST(ClientSession, EndOfTheConnectionEndsIt) {
  ClientSession session;
  session.HandleConnectionEnded();
  EXPECT_EQ(session.state(), ClientState::kClosed);
  session.HandleConnectionError();
  EXPECT_TRUE(session.Step(kDeadline, {.active = 1}).empty());
}

}  // namespace
}  // namespace quiesce::http3
