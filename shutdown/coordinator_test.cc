// Whole drains of a whole server, in virtual time. shutdown.md 3.5, 3.6.
#include "shutdown/coordinator.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "test/support/server/server_world.h"

namespace quiesce::shutdown {
namespace {

using http3::EndCause;
using http3::Outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ServerWorld;

// Answers at once, or keeps requests for "/slow..." until the test releases them.
struct Handler final : http3::RequestHandler {
  void HandleRequest(http3::Exchange& exchange) override {
    ++requests;
    if (!exchange.request().path.starts_with("/slow")) {
      (void)exchange.Respond(200, {}, "fast");
      return;
    }
    exchange.Defer();
    kept.push_back(exchange.id());
  }
  int requests = 0;
  std::vector<http3::ExchangeId> kept;
};

class CoordinatorTest : public testing::Test {
 protected:
  void Start(const DrainPolicy& policy) {
    ASSERT_FALSE(policy.Validate());
    coordinator = std::make_unique<Coordinator>(world.server(), policy, world.random());
    world.Attach(*coordinator);
  }
  void Drain() { coordinator->Drain(start = world.now()); }
  bool RunToExit() {
    return world.RunUntil([this] { return coordinator->exited(); });
  }
  DrainReport Report() { return coordinator->report(world.now()); }
  quic::Duration Elapsed() const { return world.now() - start; }
  std::uint64_t Ended(EndCause cause) {
    return Report().sessions_by_cause[static_cast<std::size_t>(cause)];
  }
  void Release() {
    world.server().Run(world.now(), [this](http3::ServerCore& core) {
      for (const http3::ExchangeId& id : handler.kept)
        if (http3::Exchange* exchange = core.Find(id)) (void)exchange->Respond(200, {}, "slow");
    });
    handler.kept.clear();
  }
  ServerWorld::Request SendSlow(http3::SessionId session) {
    const auto request = world.Send(session, "/slow");
    EXPECT_TRUE(world.RunUntil([&] { return !handler.kept.empty(); }));
    return request;
  }

  Handler handler;
  ServerWorld world{handler};
  std::unique_ptr<Coordinator> coordinator;
  quic::Instant start{};
};

TEST_F(CoordinatorTest, AServerThatWasNeverUsedIsGoneAtOnce) {
  Start({});
  EXPECT_TRUE(coordinator->ready());
  EXPECT_EQ(coordinator->NextTimeout(), std::nullopt);
  Drain();
  EXPECT_FALSE(coordinator->ready());
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
  EXPECT_EQ(Report().result, DrainResult::kDrained);
  EXPECT_EQ(Report().sessions, 0u);
  EXPECT_EQ(Report().duration, quic::Duration::zero());
}

// L2, L3: nobody waits for the deadline when clients cooperate. Two phases cost two round trips of
// 20 ms; what is above them is held-back acknowledgments.
TEST_F(CoordinatorTest, IdleSessionsLeaveWithinRoundTrips) {
  Start({});
  std::vector<http3::SessionId> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(world.Open());
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_LE(Elapsed(), milliseconds(100));
  const DrainReport report = Report();
  EXPECT_EQ(report.result, DrainResult::kDrained);
  EXPECT_EQ(report.sessions, 3u);
  EXPECT_EQ(Ended(EndCause::kClosedByPeer) + Ended(EndCause::kDrained), 3u);
  EXPECT_EQ(report.duration, Elapsed());
  // Idle clients leave at the announcement and do not wait for the cutoff.
  for (const auto session : sessions) EXPECT_EQ(world.goaways_received(session), 1u);
}

// A session has requests before the drain, running ones, and one that crosses the announcement.
TEST_F(CoordinatorTest, WhatRunsIsServedAndEveryOutcomeIsReported) {
  Start({});
  const auto session = world.Open();
  const auto early = world.Send(session, "/");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(early).finished; }));
  const auto slow = SendSlow(session);
  const auto crossing = world.Send(session, "/");
  world.Settle();
  Drain();
  world.RunFor(seconds(2));
  EXPECT_EQ(coordinator->state(), ProcessState::kDraining);
  const DrainProgress progress = coordinator->progress(world.now());
  EXPECT_EQ(progress.elapsed, seconds(2));
  EXPECT_EQ(progress.until_deadline, seconds(8));
  EXPECT_EQ(progress.sessions_total, 1u);
  EXPECT_EQ(progress.sessions_left, 1u);
  EXPECT_EQ(progress.requests_running, 1u);
  EXPECT_TRUE(world.answer(crossing).finished) << "sent before GOAWAY arrived";
  Release();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(world.answer(slow).body, "slow");
  const DrainReport report = Report();
  EXPECT_EQ(report.result, DrainResult::kDrained);
  EXPECT_EQ(report.requests.opened, 3u);
  EXPECT_EQ(report.completed(), 3u);
  EXPECT_EQ(report.lost(), 0u);
  EXPECT_TRUE(report.unfinished.empty());
  ASSERT_EQ(report.slowest.size(), 1u);
  const SessionReport& slowest = report.slowest[0];
  EXPECT_EQ(slowest.goaway, quic::Duration::zero());
  EXPECT_GE(*slowest.cutoff, milliseconds(20)) << "a round trip later";
  EXPECT_GE(*slowest.flushing, seconds(2));
  EXPECT_GE(slowest.closed, *slowest.flushing);
  EXPECT_EQ(slowest.body_bytes_sent, 12u);
}

// I11, L1: the deadline is absolute, and the report names what it cut off.
TEST_F(CoordinatorTest, TheDeadlineEndsAHandlerThatNeverFinishes) {
  Start({.grace_period = seconds(3)});
  const auto session = world.Open();
  const auto slow = SendSlow(session);
  const quic::Instant asked = world.now();
  world.RunFor(seconds(1));
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Elapsed(), seconds(3));
  const DrainReport report = Report();
  EXPECT_EQ(report.result, DrainResult::kDeadline);
  EXPECT_EQ(report.cut_off(), 1u);
  EXPECT_EQ(report.lost(), 0u);
  ASSERT_EQ(report.unfinished.size(), 1u);
  EXPECT_EQ(report.unfinished_total, 1u);
  EXPECT_EQ(report.unfinished[0].method, "GET");
  EXPECT_EQ(report.unfinished[0].target, "/slow");
  EXPECT_EQ(report.unfinished[0].age, world.now() - asked);
  // The last packet had left before the exit: the client learns what became of its request.
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(slow).failed.has_value(); }));
  EXPECT_EQ(world.answer(slow).failed->safety, http3::RetrySafety::kMaybeProcessed);
  EXPECT_EQ(world.answer(slow).failed->code,
            static_cast<std::uint64_t>(http3::ErrorCode::kRequestCancelled));
}

// The sessions know the deadline too. Whoever keeps it first, it was the deadline that ended them.
TEST_F(CoordinatorTest, ADeadlineKeptByTheSessionsIsTheDeadline) {
  Start({.grace_period = seconds(3)});
  SendSlow(world.Open());
  Drain();
  world.RunFor(seconds(2));
  const quic::Instant deadline = start + seconds(3);
  quic::TransmitBatch batch(64 * 1500);
  world.server().HandleTimeout(deadline);
  world.server().PollTransmit(deadline, batch);
  EXPECT_EQ(world.server().session_count(), 0u);
  while (coordinator->Advance(deadline, true)) continue;
  EXPECT_TRUE(coordinator->exited());
  EXPECT_EQ(Report().result, DrainResult::kDeadline);
  EXPECT_EQ(Report().unfinished_total, 1u);
}

// The handler has done its part; what is cut off is the delivery.
TEST_F(CoordinatorTest, AResponseOnItsWayIsCutOffButNotUnfinished) {
  Start({});
  const auto session = world.Open();
  SendSlow(session);
  world.SetFilter([](bool from_client, std::vector<std::uint8_t>&) { return !from_client; });
  Release();
  Drain();
  coordinator->Force(world.now());
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
  EXPECT_EQ(Report().cut_off(), 1u);
  EXPECT_EQ(Report().unfinished_total, 0u);
}

TEST_F(CoordinatorTest, TheReportListsSomeOfManyUnfinishedRequestsAndCountsAll) {
  Start({.grace_period = seconds(1)});
  const auto session = world.Open();
  for (int i = 0; i < 30; ++i) world.Send(session, "/slow");
  ASSERT_TRUE(world.RunUntil([&] { return handler.kept.size() == 30; }));
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Report().unfinished.size(), DrainReport::kUnfinishedMax);
  EXPECT_EQ(Report().unfinished_total, 30u);
  EXPECT_EQ(Report().cut_off(), 30u);
}

TEST_F(CoordinatorTest, ForceEndsTheWaitInTheSameInstant) {
  Start({});
  const auto session = world.Open();
  SendSlow(session);
  Drain();
  world.RunFor(seconds(1));
  coordinator->Force(world.now());
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
  EXPECT_EQ(Elapsed(), seconds(1));
  EXPECT_EQ(Report().result, DrainResult::kForced);
  EXPECT_EQ(Ended(EndCause::kForced), 1u);
  EXPECT_EQ(Report().cut_off(), 1u);
  world.RunFor(seconds(1));
  ASSERT_NE(world.closed(session), nullptr);
  EXPECT_EQ(world.closed(session)->code, static_cast<std::uint64_t>(http3::ErrorCode::kNoError));
}

TEST_F(CoordinatorTest, ForceNeedsNoDrainBeforeIt) {
  Start({});
  world.Open();
  start = world.now();
  coordinator->Force(world.now());
  coordinator->Force(world.now());
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
  EXPECT_EQ(Report().result, DrainResult::kForced);
  EXPECT_EQ(Report().sessions, 1u);
  coordinator->Drain(world.now());
  coordinator->Force(world.now());
  EXPECT_TRUE(coordinator->exited());
}

TEST_F(CoordinatorTest, ForceAlsoEndsTheUnreadyDelay) {
  Start({.unready_delay = seconds(30)});
  world.Open();
  Drain();
  world.RunFor(seconds(1));
  coordinator->Force(world.now());
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
}

// I11: asking again neither restarts nor extends anything.
TEST_F(CoordinatorTest, ASecondDrainChangesNothing) {
  Start({.grace_period = seconds(3)});
  SendSlow(world.Open());
  Drain();
  const quic::Instant first = start;
  world.RunFor(seconds(2));
  coordinator->Drain(world.now());
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(world.now() - first, seconds(3));
  EXPECT_EQ(Report().duration, seconds(3));
}

// Before its first GOAWAY the server still takes connections, and these leave with the others.
TEST_F(CoordinatorTest, UnreadyServersStillAcceptAndAnnounceNothing) {
  Start({.unready_delay = seconds(5)});
  const auto before = world.Open();
  Drain();
  EXPECT_EQ(coordinator->state(), ProcessState::kUnready);
  EXPECT_FALSE(coordinator->ready());
  const auto during = world.Open();
  const auto request = world.Send(during, "/");
  world.RunFor(seconds(4));
  EXPECT_TRUE(world.answer(request).finished);
  EXPECT_EQ(world.goaways_received(before), 0u);
  EXPECT_EQ(world.goaways_received(during), 0u);
  ASSERT_TRUE(RunToExit());
  EXPECT_GE(Elapsed(), seconds(5));
  EXPECT_LE(Elapsed(), seconds(5) + milliseconds(100));
  EXPECT_EQ(world.goaways_received(before), 1u);
  EXPECT_EQ(world.goaways_received(during), 1u);
  EXPECT_EQ(Report().sessions, 2u);
}

// The grace period counts from the end of the delay.
TEST_F(CoordinatorTest, TheDeadlineStartsWhenTheDelayIsOver) {
  Start({.grace_period = seconds(2), .unready_delay = seconds(5)});
  SendSlow(world.Open());
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Elapsed(), seconds(7));
}

TEST_F(CoordinatorTest, SpreadSessionsLeaveAtDifferentTimesWithinIt) {
  Start({.grace_period = seconds(8), .spread = seconds(2)});
  for (int i = 0; i < 8; ++i) world.Open();
  Drain();
  ASSERT_TRUE(RunToExit());
  const DrainReport report = Report();
  ASSERT_EQ(report.slowest.size(), 8u);
  std::set<quic::Duration> announced;
  for (const SessionReport& session : report.slowest) {
    ASSERT_TRUE(session.goaway);
    EXPECT_LE(*session.goaway, seconds(2));
    announced.insert(*session.goaway);
  }
  EXPECT_EQ(announced.size(), 8u);
  EXPECT_GT(*announced.rbegin() - *announced.begin(), milliseconds(500));
  for (std::size_t i = 1; i < report.slowest.size(); ++i)
    EXPECT_LE(report.slowest[i].closed, report.slowest[i - 1].closed) << "longest first";
}

TEST_F(CoordinatorTest, TheReportListsTheSlowestSessionsAndCountsAll) {
  Start({});
  for (int i = 0; i < 12; ++i) world.Open();
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Report().slowest.size(), DrainReport::kSlowestMax);
  EXPECT_EQ(Report().sessions, 12u);
}

TEST_F(CoordinatorTest, AVanishedClientDoesNotCostTheWholeGracePeriod) {
  Start({});
  world.Open();
  world.SetFilter([](bool from_client, std::vector<std::uint8_t>&) { return !from_client; });
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_LT(Elapsed(), seconds(3));
  EXPECT_EQ(Report().result, DrainResult::kDrained);
  EXPECT_EQ(Ended(EndCause::kPeerGone), 1u);
}

// I10: every Initial after StopAccept is refused, every accepted connection is in the registry.
TEST_F(CoordinatorTest, HalfOpenAndNewConnectionsAreRefused) {
  Start({});
  SendSlow(world.Open());
  const auto half_open = world.Connect();
  world.RunFor(milliseconds(15));
  Drain();
  const auto late = world.Connect();
  world.RunFor(seconds(1));
  for (const auto session : {half_open, late}) {
    ASSERT_NE(world.closed(session), nullptr);
    EXPECT_EQ(world.closed(session)->code,
              static_cast<std::uint64_t>(quic::TransportErrorCode::kConnectionRefused));
  }
  Release();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Report().sessions, 2u) << "the late one never was a session";
  EXPECT_EQ(Ended(EndCause::kRefused), 1u);
}

TEST_F(CoordinatorTest, SessionsThatFinishInTheSameInstantAreAllCounted) {
  Start({});
  std::vector<http3::SessionId> sessions{world.Open(), world.Open()};
  for (const auto session : sessions) world.Send(session, "/slow");
  ASSERT_TRUE(world.RunUntil([&] { return handler.kept.size() == 2; }));
  Drain();
  world.RunFor(seconds(1));
  Release();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Report().completed(), 2u);
  EXPECT_EQ(Report().sessions, 2u);
}

// H16: the process goes when its last packets are in the kernel's hands, not before.
TEST_F(CoordinatorTest, TheExitWaitsForTheLastPacketToLeave) {
  Start({.session = http3::ShutdownPolicy::kCloseAtOnce});
  const auto session = world.Open();
  world.HoldServer(true);
  Drain();
  world.Settle();
  EXPECT_EQ(coordinator->state(), ProcessState::kClosingWait);
  world.RunFor(milliseconds(400));
  EXPECT_FALSE(coordinator->exited());
  world.HoldServer(false);
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
  world.RunFor(seconds(1));
  EXPECT_NE(world.closed(session), nullptr);
}

TEST_F(CoordinatorTest, AFullSocketHoldsTheExitForTheFlushTimeoutOnly) {
  Start({.session = http3::ShutdownPolicy::kCloseAtOnce, .flush_timeout = milliseconds(300)});
  world.Open();
  world.HoldServer(true);
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Elapsed(), milliseconds(300));
}

TEST_F(CoordinatorTest, AFullSocketDoesNotMoveTheDeadline) {
  Start({.grace_period = seconds(2), .flush_timeout = milliseconds(300)});
  SendSlow(world.Open());
  world.HoldServer(true);
  Drain();
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(Elapsed(), seconds(2) + milliseconds(300));
}

// RFC 9000 §10.2: with the socket open, closing connections keep answering until their time is up.
TEST_F(CoordinatorTest, WaitsForClosingPeriodsWhenAskedTo) {
  Start({.session = http3::ShutdownPolicy::kCloseAtOnce, .exit = ExitPolicy::kWaitClosingPeriod});
  world.Open();
  Drain();
  world.Settle();
  EXPECT_EQ(coordinator->state(), ProcessState::kClosingWait);
  EXPECT_EQ(coordinator->NextTimeout(), std::nullopt) << "the core's timers end it";
  EXPECT_EQ(world.server().connection_count(), 1u);
  ASSERT_TRUE(RunToExit());
  EXPECT_EQ(world.server().connection_count(), 0u);
  EXPECT_GE(Elapsed(), milliseconds(60)) << "3 PTO are at least 3 round trips";
  EXPECT_LE(Elapsed(), seconds(10));
}

TEST_F(CoordinatorTest, ForceDoesNotSitOutClosingPeriods) {
  Start({.session = http3::ShutdownPolicy::kCloseAtOnce, .exit = ExitPolicy::kWaitClosingPeriod});
  world.Open();
  Drain();
  world.Settle();
  coordinator->Force(world.now());
  world.Settle();
  EXPECT_TRUE(coordinator->exited());
  EXPECT_EQ(Elapsed(), quic::Duration::zero());
}

TEST_F(CoordinatorTest, AReportBeforeTheDrainHasTheSumsSoFar) {
  Start({});
  const auto session = world.Open();
  const auto request = world.Send(session, "/");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(request).finished; }));
  EXPECT_EQ(coordinator->progress(world.now()).sessions_total, 1u);
  world.client().Find(session)->ShutdownNow(world.now());
  world.RunFor(seconds(1));
  EXPECT_EQ(Report().completed(), 1u);
  EXPECT_EQ(Report().sessions, 0u) << "none was there while it drained";
}

}  // namespace
}  // namespace quiesce::shutdown
