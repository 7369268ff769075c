#include "http3/server_session.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr quic::Instant kT0 = quic::Instant() + seconds(1000);
constexpr quic::Duration kPto = milliseconds(100);
constexpr quic::Instant kDeadline = kT0 + seconds(10);

quic::StreamId Request(std::uint64_t n) {
  return quic::StreamId::Make(quic::Perspective::kClient, quic::StreamDirection::kBidirectional, n);
}

class ServerSessionTest : public ::testing::Test {
 protected:
  ServerSessionTest() {
    facts.pto = kPto;
    facts.settings_sent = true;
    facts.handshake_confirmed = true;
    facts.goaway_acked = true;  // there is none yet
    facts.last_heard = kT0;
  }

  // Requests 0 to n - 1 were seen, reported and dispatched.
  void Seen(std::uint64_t n) {
    facts.highest_seen = facts.highest_reported = facts.highest_dispatched = Request(n - 1);
  }
  SessionActions Shutdown(ShutdownPolicy policy) {
    SessionActions actions = session.Shutdown(kT0, policy, kDeadline, facts);
    if (actions.goaway) facts.goaway_acked = false;
    return actions;
  }
  SessionActions Step(quic::Duration after) {
    SessionActions actions = session.Step(kT0 + after, facts);
    if (actions.goaway) facts.goaway_acked = false;
    return actions;
  }

  Config config;
  SessionFacts facts;
  ServerSession session{config};
};

// Active | shutdown(two-phase) -> Goaway: stop MAX_STREAMS growth, GOAWAY(max). H24: at t0, not
// with the next response.
TEST_F(ServerSessionTest, TwoPhaseAnnouncesFirst) {
  Seen(3);
  facts.running = 1;
  const SessionActions actions = Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_EQ(session.state(), SessionState::kGoaway);
  EXPECT_TRUE(actions.stop_stream_credit);
  EXPECT_EQ(actions.goaway, FirstRejectedId::None());
  EXPECT_FALSE(actions.close);
  EXPECT_FALSE(session.cutoff());
}

// Active | shutdown(single-phase) -> Draining: GOAWAY(C).
TEST_F(ServerSessionTest, SinglePhaseCutsOffAtOnce) {
  Seen(3);
  facts.running = 1;
  const SessionActions actions = Shutdown(ShutdownPolicy::kSinglePhase);
  EXPECT_EQ(session.state(), SessionState::kDraining);
  EXPECT_TRUE(actions.stop_stream_credit);
  EXPECT_EQ(actions.goaway, FirstRejectedId::After(Request(2)));
  EXPECT_EQ(session.cutoff(), FirstRejectedId::After(Request(2)));
}

// Active | no open stream and policy = fast -> Draining.
TEST_F(ServerSessionTest, FastCutsOffAtOnceWhenIdle) {
  Seen(3);
  EXPECT_EQ(Shutdown(ShutdownPolicy::kFast).goaway, FirstRejectedId::After(Request(2)));
}

TEST_F(ServerSessionTest, FastAnnouncesFirstWhileRequestsRun) {
  Seen(3);
  facts.running = 1;
  EXPECT_EQ(Shutdown(ShutdownPolicy::kFast).goaway, FirstRejectedId::None());
}

// Goaway | goaway1_acked -> Draining, and the cutoff is taken now. H4, H29: what the transport saw
// in between is below it, dispatched or not. H14: although a request still runs.
TEST_F(ServerSessionTest, CutoffIsTakenWhenItIsWritten) {
  Seen(1);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_TRUE(Step(milliseconds(10)).empty());
  facts.highest_seen = Request(4);  // reported and dispatched so far: only 0
  facts.goaway_acked = true;
  const SessionActions actions = Step(milliseconds(50));
  EXPECT_EQ(session.state(), SessionState::kDraining);
  EXPECT_EQ(actions.goaway, FirstRejectedId::After(Request(4)));
}

// Goaway | T_goaway -> Draining. H12, H13: bounded in round trips, not by a fixed clock.
TEST_F(ServerSessionTest, CutsOffWithoutAcknowledgementAfterThreeProbeTimeouts) {
  Seen(1);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_EQ(session.NextTimeout(), kT0 + 3 * kPto);
  EXPECT_TRUE(Step(3 * kPto - milliseconds(1)).empty());
  EXPECT_EQ(Step(3 * kPto).goaway, FirstRejectedId::After(Request(0)));
  EXPECT_EQ(session.state(), SessionState::kDraining);
}

// 0 if none was seen.
TEST_F(ServerSessionTest, CutoffIsZeroWithoutRequests) {
  EXPECT_EQ(Shutdown(ShutdownPolicy::kSinglePhase).goaway, FirstRejectedId::All());
}

// Draining | all dispatched finished, none partial -> Flushing.
TEST_F(ServerSessionTest, DrainingWaitsForEveryRequestBelowTheCutoff) {
  Seen(2);
  facts.running = 1;
  facts.undispatched = 1;
  Shutdown(ShutdownPolicy::kSinglePhase);
  EXPECT_TRUE(Step({}).empty());
  EXPECT_EQ(session.state(), SessionState::kDraining);
  facts.undispatched = 0;
  Step({});
  EXPECT_EQ(session.state(), SessionState::kDraining);
  facts.running = 0;
  facts.unacknowledged = 2;
  Step({});
  EXPECT_EQ(session.state(), SessionState::kFlushing);
}

// H29: a stream that the transport has seen and not reported counts as unfinished.
TEST_F(ServerSessionTest, DrainingWaitsForStreamsNotYetReported) {
  Seen(1);
  facts.highest_seen = Request(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  Step({});
  EXPECT_EQ(session.state(), SessionState::kDraining);
  facts.highest_reported = Request(1);
  Step({});
  EXPECT_EQ(session.state(), SessionState::kFlushing);
}

// Draining | T_headers: slow header sections below the cutoff are rejected, and the drain goes on.
TEST_F(ServerSessionTest, PartialHeadersAreGivenThreeProbeTimeouts) {
  Seen(1);
  facts.highest_seen = facts.highest_reported = Request(1);
  facts.undispatched = 1;
  facts.running = 1;
  Shutdown(ShutdownPolicy::kSinglePhase);
  EXPECT_TRUE(Step(3 * kPto - milliseconds(1)).empty());
  EXPECT_TRUE(Step(3 * kPto).reject_undispatched);
  facts.undispatched = 0;
  EXPECT_TRUE(Step(3 * kPto).empty());
  facts.undispatched = 1;  // one that the transport reported late
  EXPECT_TRUE(Step(4 * kPto).reject_undispatched);
  EXPECT_EQ(session.state(), SessionState::kDraining);
}

// Flushing | all acked -> Closing. H7, I7: responses and resets, and the last GOAWAY.
TEST_F(ServerSessionTest, FlushingWaitsForEveryAcknowledgement) {
  Seen(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.unacknowledged = 1;
  Step({});
  ASSERT_EQ(session.state(), SessionState::kFlushing);
  facts.goaway_acked = true;
  Step(seconds(5));
  EXPECT_EQ(session.state(), SessionState::kFlushing);
  facts.unacknowledged = 0;
  facts.goaway_acked = false;
  facts.last_heard = kT0 + seconds(5);
  Step(seconds(5));
  EXPECT_EQ(session.state(), SessionState::kFlushing);
  facts.goaway_acked = true;
  Step(seconds(5));
  EXPECT_EQ(session.state(), SessionState::kClosing);
}

// Closing | T_linger -> Closed: CONNECTION_CLOSE(H3_NO_ERROR). H8: the client has one probe timeout
// to close by itself.
TEST_F(ServerSessionTest, ClosingLingersOneProbeTimeout) {
  Seen(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.goaway_acked = true;
  EXPECT_TRUE(Step(milliseconds(30)).empty());
  ASSERT_EQ(session.state(), SessionState::kClosing);
  EXPECT_EQ(session.NextTimeout(), kT0 + milliseconds(30) + kPto);
  const SessionActions actions = Step(milliseconds(30) + kPto);
  EXPECT_EQ(actions.close, EndCause::kDrained);
  EXPECT_FALSE(actions.goaway);
  EXPECT_EQ(session.state(), SessionState::kClosed);
  EXPECT_FALSE(session.NextTimeout());
}

TEST_F(ServerSessionTest, FastDoesNotLinger) {
  Seen(1);
  Shutdown(ShutdownPolicy::kFast);
  facts.goaway_acked = true;
  EXPECT_EQ(Step(milliseconds(30)).close, EndCause::kDrained);
}

// I7: a stream that came and was rejected during the linger has its reset acknowledged, too.
TEST_F(ServerSessionTest, LingerIsRepeatedForALateRejection) {
  Seen(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.goaway_acked = true;
  Step({});
  ASSERT_EQ(session.state(), SessionState::kClosing);
  facts.unacknowledged = 1;
  EXPECT_TRUE(Step(kPto).empty());
  facts.unacknowledged = 0;
  EXPECT_TRUE(Step(kPto + milliseconds(1)).empty());
  EXPECT_EQ(Step(2 * kPto).close, EndCause::kDrained);
}

// ... which takes time also where there is none to linger: until then the loop must not spin.
TEST_F(ServerSessionTest, ALateRejectionIsWaitedForWithoutLinger) {
  config.linger_ptos = 0;
  Seen(1);
  Shutdown(ShutdownPolicy::kFast);
  facts.goaway_acked = true;
  facts.highest_seen = Request(1);
  EXPECT_TRUE(Step({}).empty());
  ASSERT_EQ(session.state(), SessionState::kClosing);
  facts.highest_reported = Request(1);
  facts.unacknowledged = 1;
  EXPECT_TRUE(Step({}).empty());
  EXPECT_EQ(session.NextTimeout(), kT0 + kPto);
  facts.unacknowledged = 0;
  EXPECT_EQ(Step(kPto).close, EndCause::kDrained);
}

// H5: a stream that the transport has seen is rejected before the close, not forgotten by it.
TEST_F(ServerSessionTest, CloseWaitsForStreamsNotYetReported) {
  Seen(1);
  Shutdown(ShutdownPolicy::kFast);
  facts.goaway_acked = true;
  facts.highest_seen = Request(1);
  EXPECT_TRUE(Step({}).empty());
  EXPECT_EQ(session.state(), SessionState::kClosing);
  facts.highest_reported = Request(1);
  EXPECT_EQ(Step({}).close, EndCause::kDrained);
}

// Closing | peer_close -> Closed, and any | peer_close, transport_error -> Closed.
TEST_F(ServerSessionTest, EndOfTheConnectionEndsEveryState) {
  for (int steps = 0; steps < 5; ++steps) {
    ServerSession ended(config);
    SessionFacts given = facts;
    given.running = 1;
    given.highest_seen = given.highest_reported = Request(0);
    if (steps > 0) (void)ended.Shutdown(kT0, ShutdownPolicy::kTwoPhase, kDeadline, given);
    if (steps > 1) (void)ended.Step(kT0, given);
    if (steps > 2) {
      given.running = 0;
      given.unacknowledged = 1;
      (void)ended.Step(kT0, given);
    }
    if (steps > 3) {
      given.unacknowledged = 0;
      (void)ended.Step(kT0, given);
    }
    EXPECT_EQ(static_cast<int>(ended.state()), steps);
    ended.HandleConnectionEnded(kT0 + seconds(1));
    EXPECT_EQ(ended.state(), SessionState::kClosed);
    EXPECT_FALSE(ended.NextTimeout());
    EXPECT_TRUE(ended.Step(kT0 + seconds(20), given).empty());
  }
}

// Goaway/Draining/Flushing | T_deadline -> Closed; GOAWAY(C) if not sent. H23: always, also when
// nobody cooperates.
TEST_F(ServerSessionTest, DeadlineEndsEveryDrainState) {
  Seen(3);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kTwoPhase);
  const SessionActions from_goaway = Step(seconds(10));
  EXPECT_EQ(from_goaway.close, EndCause::kDeadline);
  EXPECT_EQ(from_goaway.goaway, FirstRejectedId::After(Request(2)));

  ServerSession draining(config);
  (void)draining.Shutdown(kT0, ShutdownPolicy::kSinglePhase, kDeadline, facts);
  const SessionActions from_draining = draining.Step(kDeadline, facts);
  EXPECT_EQ(from_draining.close, EndCause::kDeadline);
  EXPECT_FALSE(from_draining.goaway) << "the cutoff was said before and stays";
}

// A forced end dispatches nothing more, so the cutoff is one past what was dispatched: requests
// that the transport has seen and the application has not are named as unprocessed.
TEST_F(ServerSessionTest, ForcedCutoffLiesBehindTheDispatchedRequests) {
  Seen(2);
  facts.highest_seen = Request(6);
  facts.undispatched = 3;
  const SessionActions actions = session.ShutdownNow(kT0, facts);
  EXPECT_EQ(actions.close, EndCause::kForced);
  EXPECT_EQ(actions.goaway, FirstRejectedId::After(Request(1)));
}

// H9: GOAWAY goes in front of every close, also of the one at once.
TEST_F(ServerSessionTest, CloseAtOnceSaysGoaway) {
  Seen(2);
  const SessionActions actions = Shutdown(ShutdownPolicy::kCloseAtOnce);
  EXPECT_EQ(actions.close, EndCause::kForced);
  EXPECT_EQ(actions.goaway, FirstRejectedId::After(Request(1)));
}

// H9: and of the one for an error.
TEST_F(ServerSessionTest, ConnectionErrorSaysGoaway) {
  Seen(2);
  const SessionActions actions = session.HandleConnectionError(kT0, facts);
  EXPECT_EQ(actions.goaway, FirstRejectedId::After(Request(1)));
  EXPECT_EQ(session.state(), SessionState::kClosed);
}

// H25, I11: force is legal in every drain state, and after the end it does nothing.
TEST_F(ServerSessionTest, ForceIsLegalEverywhere) {
  Seen(1);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_TRUE(session.ShutdownNow(kT0, facts).close);
  EXPECT_TRUE(session.ShutdownNow(kT0, facts).empty());
  EXPECT_TRUE(Shutdown(ShutdownPolicy::kTwoPhase).empty());
}

// any drain state | shutdown again -> same; deadline = min(old, new). I11.
TEST_F(ServerSessionTest, SecondShutdownOnlyMovesTheDeadlineForward) {
  Seen(1);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.goaway_acked = true;
  Step({});
  EXPECT_TRUE(
      session.Shutdown(kT0 + seconds(1), ShutdownPolicy::kTwoPhase, kT0 + seconds(60), facts)
          .empty());
  EXPECT_EQ(session.state(), SessionState::kDraining);
  EXPECT_FALSE(Step(seconds(10) - milliseconds(1)).close);
  EXPECT_TRUE(
      session.Shutdown(kT0 + seconds(9), ShutdownPolicy::kTwoPhase, kT0 + milliseconds(9500), facts)
          .empty());
  EXPECT_EQ(session.NextTimeout(), kT0 + milliseconds(9500));
  EXPECT_EQ(Step(milliseconds(9500)).close, EndCause::kDeadline);
}

TEST_F(ServerSessionTest, SecondShutdownMayCloseAtOnce) {
  Seen(1);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_EQ(Shutdown(ShutdownPolicy::kCloseAtOnce).close, EndCause::kForced);
}

// Active | shutdown, handshake unconfirmed, no stream -> Closed. H19.
TEST_F(ServerSessionTest, HandshakeWithoutRequestsIsRefused) {
  facts.handshake_confirmed = false;
  const SessionActions actions = Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_EQ(actions.close, EndCause::kRefused);
  EXPECT_EQ(actions.goaway, FirstRejectedId::All());
}

// Active | shutdown, SETTINGS not sent, with streams -> Draining: SETTINGS, then GOAWAY(C).
TEST_F(ServerSessionTest, UnconfirmedHandshakeWithRequestsSkipsTheAnnouncement) {
  facts.handshake_confirmed = false;
  facts.settings_sent = false;
  Seen(1);
  facts.running = 1;
  const SessionActions actions = Shutdown(ShutdownPolicy::kTwoPhase);
  EXPECT_EQ(session.state(), SessionState::kDraining);
  EXPECT_EQ(actions.goaway, FirstRejectedId::After(Request(0)));
}

// Decision 2: GOAWAY unacknowledged for k PTO with nothing running means that the peer is gone.
TEST_F(ServerSessionTest, SilentPeerIsGoneAfterSixProbeTimeouts) {
  Seen(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.unacknowledged = 1;
  Step({});
  ASSERT_EQ(session.state(), SessionState::kFlushing);
  EXPECT_EQ(session.NextTimeout(), kT0 + 6 * kPto);
  EXPECT_TRUE(Step(6 * kPto - milliseconds(1)).empty());
  EXPECT_EQ(Step(6 * kPto).close, EndCause::kPeerGone);
}

TEST_F(ServerSessionTest, SignOfLifeStartsTheCountAgain) {
  Seen(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.unacknowledged = 1;
  Step({});
  facts.last_heard = kT0 + 5 * kPto;
  EXPECT_TRUE(Step(6 * kPto).empty());
  EXPECT_EQ(session.NextTimeout(), kT0 + 11 * kPto);
  EXPECT_EQ(Step(11 * kPto).close, EndCause::kPeerGone);
}

TEST_F(ServerSessionTest, PeerThatAcknowledgedGoawayIsNotGone) {
  Seen(1);
  Shutdown(ShutdownPolicy::kSinglePhase);
  facts.unacknowledged = 1;
  Step({});
  facts.goaway_acked = true;
  EXPECT_TRUE(Step(seconds(9)).empty());
  EXPECT_EQ(session.NextTimeout(), kDeadline);
}

TEST_F(ServerSessionTest, RecordsWhenEachStateWasEntered) {
  Seen(1);
  facts.running = 1;
  Shutdown(ShutdownPolicy::kTwoPhase);
  facts.goaway_acked = true;
  Step(milliseconds(40));
  facts.running = 0;
  facts.unacknowledged = 1;
  Step(milliseconds(70));
  facts.unacknowledged = 0;
  facts.goaway_acked = true;
  Step(milliseconds(110));
  Step(milliseconds(110) + kPto);
  EXPECT_EQ(session.entered(SessionState::kGoaway), kT0);
  EXPECT_EQ(session.entered(SessionState::kDraining), kT0 + milliseconds(40));
  EXPECT_EQ(session.entered(SessionState::kFlushing), kT0 + milliseconds(70));
  EXPECT_EQ(session.entered(SessionState::kClosing), kT0 + milliseconds(110));
  EXPECT_EQ(session.entered(SessionState::kClosed), kT0 + milliseconds(110) + kPto);
}

}  // namespace
}  // namespace quiesce::http3
