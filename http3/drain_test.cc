// A server leaves: two connections against each other, step by step. Hazards H-nn are those of
// shutdown.md §4, invariants I-n those of §3.6.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/drain_fixture.h"

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kAnnouncement = 4611686018427387900u;  // 2^62 - 4
constexpr auto kRejected = static_cast<std::uint64_t>(ErrorCode::kRequestRejected);
constexpr auto kCancelled = static_cast<std::uint64_t>(ErrorCode::kRequestCancelled);
constexpr auto kNoErrorCode = static_cast<std::uint64_t>(ErrorCode::kNoError);

// The whole way: nothing is lost, and the end comes as soon as it can.
TEST_F(DrainTest, RunningRequestIsAnsweredAndTheClientCloses) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  Shutdown();
  EXPECT_EQ(state(), SessionState::kGoaway);
  EXPECT_TRUE(server.transport.credit_stopped());
  pair.Exchange();
  EXPECT_EQ(state(), SessionState::kDraining);
  EXPECT_EQ(goaways(), (std::vector<std::uint64_t>{kAnnouncement, 4}));
  EXPECT_EQ(client.log.Count<GoawayReceived>(), 2u);
  EXPECT_FALSE(client.connection.closed()) << "a request is running";
  pair.Answer(id);
  pair.Exchange();
  EXPECT_EQ(client.log.Count<MessageFinished>(), 1u);
  // H8: the client, which knows that it has everything, closes first.
  EXPECT_EQ(client.log.Find<Closed>()->cause, EndCause::kDrained);
  EXPECT_EQ(server.log.Find<Closed>()->cause, EndCause::kClosedByPeer);
  EXPECT_EQ(server.log.Find<Closed>()->code, kNoErrorCode);
  EXPECT_EQ(record().requests.of(Outcome::kCompleted), 1u);
  EXPECT_EQ(record().cutoff, FirstRejectedId::After(id));
  EXPECT_EQ(record().end, EndCause::kClosedByPeer);
}

// L3: an idle connection leaves within a round trip.
TEST_F(DrainTest, IdleConnectionLeavesWithoutATimer) {
  Shutdown();
  pair.Exchange();
  EXPECT_TRUE(server.connection.closed());
  EXPECT_TRUE(client.connection.closed());
  EXPECT_FALSE(server.connection.NextTimeout());
}

// H24: GOAWAY goes out at once, not with the next response.
TEST_F(DrainTest, GoawayDoesNotWaitForAResponse) {
  (void)pair.Get();
  pair.Exchange();
  Shutdown();
  EXPECT_EQ(goaways(), std::vector<std::uint64_t>{kAnnouncement});
}

// H13, H12: the second phase follows the acknowledgement of the first, whenever that comes.
TEST_F(DrainTest, SecondPhaseFollowsTheAcknowledgement) {
  (void)pair.Get();
  pair.Exchange();
  Shutdown();
  pair.Advance(milliseconds(3));
  EXPECT_EQ(goaways().size(), 1u);
  Deliver(server.transport, Move::Kind::kData, Control(quic::Perspective::kServer));
  EXPECT_EQ(goaways().size(), 1u) << "arrived, and not yet acknowledged";
  Deliver(client.transport, Move::Kind::kAck, Control(quic::Perspective::kServer));
  EXPECT_EQ(goaways(), (std::vector<std::uint64_t>{kAnnouncement, 4}));
  EXPECT_EQ(record().at(SessionState::kDraining), pair.now);
}

// A lost announcement does not hold the drain.
TEST_F(DrainTest, SecondPhaseComesWithoutAcknowledgement) {
  (void)pair.Get();
  pair.Exchange();
  Shutdown();
  pair.Advance(3 * pair.pto());
  EXPECT_EQ(state(), SessionState::kDraining);
  EXPECT_EQ(goaways().size(), 2u);
}

// H4, H14, I2: requests between the phases are served; the cutoff is taken when it is written.
TEST_F(DrainTest, RequestsBetweenThePhasesAreServed) {
  const quic::StreamId before = pair.Get();
  pair.Exchange();
  Shutdown();
  const quic::StreamId between = pair.Get();  // the client has not heard yet
  pair.ToServer();
  ASSERT_NE(server.log.Find<RequestHeaders>(between), nullptr);
  pair.Exchange();
  EXPECT_EQ(goaways(), (std::vector<std::uint64_t>{kAnnouncement, between.value() + 4}));
  pair.Answer(before);
  pair.Answer(between);
  pair.Exchange();
  EXPECT_EQ(client.log.Count<MessageFinished>(), 2u);
  EXPECT_EQ(client.log.Count<RequestFailed>(), 0u);
}

// H29: a stream that the transport has seen and this layer has not is below the cutoff and is
// served.
TEST_F(DrainTest, CutoffLiesBehindWhatTheTransportHasSeen) {
  (void)pair.Get();
  pair.Exchange();
  const quic::StreamId late = pair.Get();
  for (const Move& move : client.transport.moves()) client.transport.Make(move);
  // Its events wait in the server's transport.
  server.connection.Shutdown(pair.now, ShutdownPolicy::kSinglePhase, pair.now + seconds(10));
  EXPECT_EQ(goaways(), std::vector<std::uint64_t>{late.value() + 4});
  server.Pump(pair.now);
  EXPECT_NE(server.log.Find<RequestHeaders>(late), nullptr);
  EXPECT_EQ(server.connection.server_state(), SessionState::kDraining);
}

// H5, I4, R5: a late request is always answered, in both directions.
TEST_F(DrainTest, LateRequestIsRejectedInBothDirections) {
  const quic::StreamId running = pair.Get();
  pair.Exchange();
  Shutdown(ShutdownPolicy::kSinglePhase);
  const quic::StreamId late = pair.Get();
  ToServerOnly();
  EXPECT_EQ(server.log.Find<RequestHeaders>(late), nullptr);
  EXPECT_EQ(server.transport.reset_code(late), kRejected);
  EXPECT_EQ(server.transport.stop_code(late), kRejected);
  pair.Exchange();
  // I1: the client knows that it can be sent again.
  ASSERT_NE(client.log.Find<RequestFailed>(late), nullptr);
  EXPECT_EQ(client.log.Find<RequestFailed>(late)->safety, RetrySafety::kNotProcessed);
  EXPECT_EQ(record().requests.of(Outcome::kRejected), 1u);
  pair.Answer(running);
  pair.Exchange();
  EXPECT_TRUE(server.connection.closed());
}

// H5: as more arrive (RFC 9114 §5.2), in every later state.
TEST_F(DrainTest, ClientThatIgnoresGoawayIsRejectedAgainAndAgain) {
  const quic::StreamId running = pair.Get();
  pair.Exchange();
  Shutdown(ShutdownPolicy::kSinglePhase);
  for (int i = 0; i < 3; ++i) {
    const quic::StreamId late = Force(GetRequest(), true);
    ToServerOnly();
    EXPECT_EQ(server.transport.reset_code(late), kRejected);
    ToClientTransportOnly();
  }
  pair.Answer(running);
  ToClientTransportOnly();
  ToServerOnly();
  ToClientTransportOnly();
  ToServerOnly();
  ASSERT_EQ(state(), SessionState::kClosing);
  const quic::StreamId last = Force(GetRequest(), true);
  ToServerOnly();
  EXPECT_EQ(server.transport.reset_code(last), kRejected);
  // I7: the graceful close waits for this reset, too.
  pair.now += pair.pto();
  server.connection.HandleTimeout(pair.now);
  EXPECT_FALSE(server.connection.closed());
  ToClientTransportOnly();
  ToServerOnly();
  pair.now += pair.pto();
  server.connection.HandleTimeout(pair.now);
  EXPECT_TRUE(server.connection.closed());
  EXPECT_EQ(record().end, EndCause::kDrained);
  EXPECT_EQ(record().requests.of(Outcome::kRejected), 4u);
}

// H6, I6: the client's unidirectional streams may come as late as they like.
TEST_F(DrainTest, UnidirectionalStreamsAreNotRejected) {
  H3Pair late;
  late.client.connection.HandleEvent(late.now, quic::HandshakeCompleted{"h3"});
  late.server.connection.HandleEvent(late.now, quic::HandshakeCompleted{"h3"});
  const auto id = *late.client.transport.OpenStream(quic::StreamDirection::kBidirectional);
  (void)late.client.transport.Write(id, Bytes(GetRequest()), true);
  for (const Move& move : late.client.transport.moves())
    if (move.stream_id == id) late.client.transport.Make(move);
  late.server.Pump(late.now);
  late.server.connection.Shutdown(late.now, ShutdownPolicy::kSinglePhase, late.now + seconds(10));
  for (const Move& move : late.client.transport.moves()) late.client.transport.Make(move);
  late.server.Pump(late.now);
  for (std::uint64_t n = 0; n < 3; ++n) {
    EXPECT_FALSE(late.server.transport.stop_code(quic::StreamId::Make(
        quic::Perspective::kClient, quic::StreamDirection::kUnidirectional, n)));
  }
  EXPECT_FALSE(late.server.connection.closed());
  EXPECT_GT(late.server.connection.peer_settings().max_field_section_size, 0u);
}

// H3: a header section that is incomplete at the cutoff is not grandfathered for ever: it has its
// time, and then it is rejected, which is true because nothing was processed.
TEST_F(DrainTest, PartialHeadersBelowTheCutoffAreRejectedInTime) {
  const quic::StreamId slow = Force(GetRequest().substr(0, 5));
  ToServerOnly();
  Shutdown();
  ToClientTransportOnly();
  ToServerOnly();
  ASSERT_EQ(state(), SessionState::kDraining);
  EXPECT_EQ(goaways().back(), slow.value() + 4);
  pair.now += 3 * pair.pto() - milliseconds(1);
  server.connection.HandleTimeout(pair.now);
  EXPECT_FALSE(server.transport.reset_code(slow));
  pair.now += milliseconds(1);
  server.connection.HandleTimeout(pair.now);
  EXPECT_EQ(server.transport.reset_code(slow), kRejected);
  EXPECT_EQ(record().requests.of(Outcome::kRejected), 1u);
  EXPECT_EQ(record().requests.dispatched, 0u);
}

// The rest of the headers may come in time.
TEST_F(DrainTest, PartialHeadersThatCompleteInTimeAreServed) {
  const quic::StreamId slow = Force(GetRequest().substr(0, 5));
  ToServerOnly();
  Shutdown();
  ToClientTransportOnly();
  ToServerOnly();
  (void)client.transport.Write(slow, Bytes(GetRequest()).subspan(5), true);
  ToServerOnly();
  EXPECT_NE(server.log.Find<RequestHeaders>(slow), nullptr);
}

// H7, I7: the close waits for the acknowledgement of every response and of the last GOAWAY.
TEST_F(DrainTest, CloseDoesNotOvertakeTheResponse) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  Shutdown(ShutdownPolicy::kSinglePhase);
  Deliver(server.transport, Move::Kind::kData, Control(quic::Perspective::kServer));
  Deliver(client.transport, Move::Kind::kAck, Control(quic::Perspective::kServer));
  pair.Answer(id);
  ASSERT_EQ(state(), SessionState::kFlushing);
  for (int i = 0; i < 50; ++i) pair.Advance(pair.pto());
  EXPECT_EQ(state(), SessionState::kFlushing) << "the response is still on its way";
  EXPECT_FALSE(server.transport.close_record());
  ToClientTransportOnly();
  EXPECT_EQ(state(), SessionState::kFlushing);
  Deliver(client.transport, Move::Kind::kAck, id);
  EXPECT_EQ(state(), SessionState::kClosing);
  EXPECT_EQ(record().requests.of(Outcome::kCompleted), 1u);
}

TEST_F(DrainTest, CloseDoesNotOvertakeTheLastGoaway) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  Shutdown(ShutdownPolicy::kSinglePhase);
  pair.Answer(id);
  Deliver(server.transport, Move::Kind::kData, id);
  Deliver(client.transport, Move::Kind::kAck, id);
  EXPECT_EQ(state(), SessionState::kFlushing);
  EXPECT_FALSE(server.transport.acknowledged(Control(quic::Perspective::kServer)));
}

// Decision 2: the server does not wait for a client that does not close by itself.
TEST_F(DrainTest, ServerClosesAfterTheLinger) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  Shutdown();
  ToClientTransportOnly();
  ToServerOnly();
  pair.Answer(id);
  for (int i = 0; i < 3; ++i) {
    ToClientTransportOnly();
    ToServerOnly();
  }
  ASSERT_EQ(state(), SessionState::kClosing);
  EXPECT_EQ(server.connection.NextTimeout(), pair.now + pair.pto());
  pair.now += pair.pto();
  server.connection.HandleTimeout(pair.now);
  ASSERT_TRUE(server.transport.close_record());
  EXPECT_EQ(server.transport.close_record()->code, kNoErrorCode);
  EXPECT_EQ(record().end, EndCause::kDrained);
  EXPECT_EQ(record().requests.of(Outcome::kCompleted), 1u);
}

// The peer vanished: with nothing running there is no reason to wait for the deadline.
TEST_F(DrainTest, VanishedPeerIsGoneAfterSixProbeTimeouts) {
  Shutdown();
  pair.now += 3 * pair.pto();
  server.connection.HandleTimeout(pair.now);  // T_goaway
  ASSERT_EQ(state(), SessionState::kFlushing);
  const quic::Instant gone = pair.now + 6 * pair.pto();
  EXPECT_EQ(server.connection.NextTimeout(), gone);
  server.connection.HandleTimeout(gone);
  EXPECT_EQ(record().end, EndCause::kPeerGone);
  EXPECT_TRUE(server.transport.close_record());
}

// ... but a running request keeps it, until the deadline.
TEST_F(DrainTest, VanishedPeerWithARunningRequestEndsAtTheDeadline) {
  (void)pair.Get();
  pair.Exchange();
  const quic::Instant start = pair.now;
  Shutdown();
  while (!server.connection.closed()) {
    pair.now = *server.connection.NextTimeout();
    server.connection.HandleTimeout(pair.now);
    ASSERT_LE(pair.now, start + seconds(10));
  }
  EXPECT_EQ(pair.now, start + seconds(10));
  EXPECT_EQ(record().end, EndCause::kDeadline);
  EXPECT_EQ(record().requests.of(Outcome::kAbortedByDeadline), 1u);
}

// H9, H23, H25: at the deadline, whatever runs is reset and named, GOAWAY was said, and the close
// leaves with them.
TEST_F(DrainTest, DeadlineCutsOffWhatRuns) {
  const quic::StreamId running = pair.Get();
  pair.Exchange();
  ASSERT_EQ(server.connection.Respond(pair.now, running, 200, {}, false), SendStatus::kOk);
  Shutdown();
  pair.Exchange();
  pair.Advance(seconds(10));
  EXPECT_EQ(server.transport.reset_code(running), kCancelled);
  ASSERT_TRUE(server.transport.close_record());
  EXPECT_EQ(server.transport.close_record()->code, kNoErrorCode);
  const auto* cancelled = server.log.Find<RequestCancelled>(running);
  ASSERT_NE(cancelled, nullptr);
  EXPECT_EQ(cancelled->outcome, Outcome::kAbortedByDeadline);
  EXPECT_FALSE(cancelled->by_peer);
  pair.Exchange();
  EXPECT_EQ(client.log.Find<RequestFailed>(running)->code, kCancelled);
}

// Force says what it knows: dispatched requests are cancelled, the others are rejected, and the
// GOAWAY names the first that was not dispatched.
TEST_F(DrainTest, ForceTellsProcessedFromUnprocessed) {
  const quic::StreamId running = pair.Get();
  const quic::StreamId partial = Force(GetRequest().substr(0, 5));
  pair.ToServer();
  const quic::StreamId unseen = pair.Get();
  for (const Move& move : client.transport.moves()) client.transport.Make(move);
  server.connection.ShutdownNow(pair.now);
  EXPECT_EQ(goaways(), std::vector<std::uint64_t>{partial.value()});
  EXPECT_EQ(server.transport.reset_code(running), kCancelled);
  EXPECT_EQ(server.transport.reset_code(partial), kRejected);
  server.Pump(pair.now);
  EXPECT_EQ(server.log.Find<RequestHeaders>(unseen), nullptr) << "I4: no dispatch after the end";
  pair.Exchange();
  EXPECT_EQ(client.log.Find<RequestFailed>(running)->safety, RetrySafety::kMaybeProcessed);
  EXPECT_EQ(client.log.Find<RequestFailed>(unseen)->safety, RetrySafety::kNotProcessed);
  EXPECT_EQ(record().requests.opened, 2u);
  EXPECT_EQ(record().requests.of(Outcome::kAbortedByDeadline), 1u);
  EXPECT_EQ(record().requests.of(Outcome::kRejected), 1u);
}

// R11: without any drain, GOAWAY and CONNECTION_CLOSE in one datagram.
TEST_F(DrainTest, CloseAtOnceLetsTheClientRetry) {
  const quic::StreamId id = pair.Get();  // still on its way
  Shutdown(ShutdownPolicy::kCloseAtOnce);
  EXPECT_EQ(goaways(), std::vector<std::uint64_t>{0});
  EXPECT_TRUE(server.connection.closed());
  pair.Exchange();
  EXPECT_EQ(client.log.Find<RequestFailed>(id)->safety, RetrySafety::kNotProcessed);
  EXPECT_EQ(client.log.Find<Closed>()->cause, EndCause::kDrained);
}

// H10: the announcement has its room, however full the control stream's transport is.
TEST_F(DrainTest, GoawayIsKeptWhileTheControlStreamIsBlocked) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  const quic::StreamId control = Control(quic::Perspective::kServer);
  server.transport.set_send_buffer(control, 0);
  Shutdown();
  EXPECT_TRUE(goaways().empty()) << "the transport took nothing";
  EXPECT_EQ(state(), SessionState::kGoaway);
  pair.Advance(3 * pair.pto());
  EXPECT_EQ(state(), SessionState::kDraining) << "blocked or not, the drain goes on";
  // I4: frozen although unsent.
  const quic::StreamId late = Force(GetRequest(), true);
  ToServerOnly();
  EXPECT_EQ(server.transport.reset_code(late), kRejected);
  pair.Answer(id);
  EXPECT_EQ(state(), SessionState::kFlushing);
  server.transport.Unblock(control);
  server.Pump(pair.now);
  EXPECT_EQ(goaways(), (std::vector<std::uint64_t>{kAnnouncement, id.value() + 4}));
  pair.Exchange();
  EXPECT_TRUE(server.connection.closed());
  EXPECT_EQ(record().end, EndCause::kClosedByPeer);
}

// H15: shutdown inside the handling of an event changes nothing that was queued before it.
TEST_F(DrainTest, ShutdownBetweenEventsDoesNotLoseThem) {
  const quic::StreamId a = pair.Get();
  const quic::StreamId b = pair.Get();
  for (const Move& move : client.transport.moves()) client.transport.Make(move);
  while (std::optional<quic::Event> event = server.transport.PollEvent())
    server.connection.HandleEvent(pair.now, *event);
  std::vector<quic::StreamId> seen;
  while (std::optional<Event> event = server.connection.PollEvent()) {
    if (const auto* request = std::get_if<RequestHeaders>(&*event)) {
      if (seen.empty())
        server.connection.Shutdown(pair.now, ShutdownPolicy::kSinglePhase, pair.now + seconds(10));
      seen.push_back(request->stream_id);
      EXPECT_EQ(server.connection.Respond(pair.now, request->stream_id, 200, {}, true),
                SendStatus::kOk);
    }
  }
  pair.Exchange();
  EXPECT_EQ(client.log.Count<MessageFinished>(), 2u);
  EXPECT_EQ(seen, (std::vector<quic::StreamId>{a, b}));
}

// Before there is a session: handshake unconfirmed and no request.
TEST_F(DrainTest, ShutdownBeforeTheHandshakeRefuses) {
  H3Pair early;
  early.server.transport.set_handshake_confirmed(false);
  early.server.connection.Shutdown(early.now, ShutdownPolicy::kTwoPhase, early.now + seconds(10));
  EXPECT_TRUE(early.server.connection.closed());
  EXPECT_EQ(early.server.connection.drain_record().end, EndCause::kRefused);
  EXPECT_TRUE(early.server.transport.close_record());
  EXPECT_EQ(GoawaysWritten(early.server.transport), std::vector<std::uint64_t>{0});
}

// ... and with one: SETTINGS, then GOAWAY(C).
TEST_F(DrainTest, ShutdownBeforeSettingsSendsThemFirst) {
  H3Pair early({.client_limits = {.unidirectional_streams = 0}});
  early.server.transport.set_handshake_confirmed(false);
  early.client.connection.HandleEvent(early.now, quic::HandshakeCompleted{"h3"});
  const quic::StreamId id = early.Get();
  early.Exchange();
  early.server.connection.Shutdown(early.now, ShutdownPolicy::kTwoPhase, early.now + seconds(10));
  EXPECT_EQ(early.server.connection.server_state(), SessionState::kDraining);
  EXPECT_EQ(early.server.connection.drain_record().cutoff, FirstRejectedId::After(id));
  early.Answer(id);
  early.Exchange();
  EXPECT_EQ(early.client.log.Count<MessageFinished>(), 1u);
}

// I11: shutdown is idempotent.
TEST_F(DrainTest, ShutdownTwiceSaysNothingTwice) {
  (void)pair.Get();
  pair.Exchange();
  Shutdown();
  Shutdown();
  pair.Exchange();
  Shutdown();
  EXPECT_EQ(goaways().size(), 2u);
  server.connection.ShutdownNow(pair.now);
  server.connection.ShutdownNow(pair.now);
  EXPECT_EQ(goaways().size(), 2u);
  server.Pump(pair.now);
  EXPECT_EQ(server.log.Count<Closed>(), 1u);
}

// The control stream is read while draining.
TEST_F(DrainTest, ClientGoawayIsReadWhileDraining) {
  (void)pair.Get();
  pair.Exchange();
  Shutdown();
  client.connection.Shutdown(pair.now, ShutdownPolicy::kTwoPhase, pair.now + seconds(10));
  pair.Exchange();
  EXPECT_EQ(server.log.Count<GoawayReceived>(), 1u);
  EXPECT_FALSE(server.connection.closed());
}

// A tunnel is an ordinary request: it runs until it ends or the deadline does.
TEST_F(DrainTest, TunnelHoldsTheDrainUntilTheDeadline) {
  const quic::StreamId id =
      *client.connection.SendRequest(pair.now, {.method = "CONNECT", .authority = "a:1"}, {}, false)
           .stream_id;
  pair.Exchange();
  ASSERT_EQ(server.connection.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  Shutdown();
  pair.Exchange();
  EXPECT_EQ(client.connection.WriteBody(pair.now, id, Bytes("ping"), false).accepted, 4u);
  pair.Exchange();
  EXPECT_EQ(server.ReadAll(pair.now, id), "ping");
  EXPECT_EQ(state(), SessionState::kDraining);
  pair.Advance(seconds(10));
  EXPECT_EQ(record().end, EndCause::kDeadline);
}

// The connection ends under its requests.
TEST_F(DrainTest, LostConnectionLabelsEverything) {
  (void)pair.Get();
  (void)Force(GetRequest().substr(0, 4));
  pair.Exchange();
  server.transport.Break({.source = quic::CloseSource::kIdleTimeout});
  server.Pump(pair.now);
  EXPECT_EQ(record().requests.of(Outcome::kAbortedByConnError), 2u);
  EXPECT_EQ(record().requests.processed(Outcome::kAbortedByConnError), 1u);
  EXPECT_EQ(record().end, EndCause::kConnectionLost);
  EXPECT_EQ(server.log.Count<RequestCancelled>(), 1u);
  EXPECT_EQ(server.connection.live_requests(), 0u);
}

// The record that a drain report is made of.
TEST_F(DrainTest, RecordNamesOutcomesTimesAndCutoff) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  const quic::Instant start = pair.now;
  Shutdown();
  pair.Advance(milliseconds(20));
  pair.Exchange();
  pair.Advance(milliseconds(30));
  pair.Answer(id);
  pair.Advance(milliseconds(5));
  pair.Exchange();
  const DrainRecord drained = record();
  EXPECT_EQ(drained.at(SessionState::kGoaway), start);
  EXPECT_EQ(drained.at(SessionState::kDraining), start + milliseconds(20));
  EXPECT_EQ(drained.at(SessionState::kFlushing), start + milliseconds(50));
  EXPECT_EQ(drained.at(SessionState::kClosed), start + milliseconds(55));
  EXPECT_EQ(drained.requests.opened, 1u);
  EXPECT_EQ(drained.requests.dispatched, 1u);
  EXPECT_EQ(drained.stats.goaways_sent, 2u);
  EXPECT_EQ(drained.cutoff->wire_value(), 4u);
}

}  // namespace
}  // namespace quiesce::http3
