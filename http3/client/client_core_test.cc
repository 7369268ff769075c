// Many sessions of one client core, against a whole server without sockets. RFC 9114 §5.2.
#include "http3/client/client_core.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "test/support/server/server_world.h"

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ServerWorld;

// Answers with the request's path, or leaves it open until the test says so.
struct EchoHandler final : RequestHandler {
  void HandleRequest(Exchange& exchange) override {
    ++requests;
    if (exchange.request().path == "/later") {
      exchange.Defer();
      later = exchange.id();
      return;
    }
    EXPECT_EQ(exchange.Respond(200, {}, exchange.request().path), SendStatus::kOk);
  }
  int requests = 0;
  ExchangeId later;
};

struct ClientCoreTest : testing::Test {
  void AnswerLater() {
    world.server().Run(world.now(), [this](ServerCore& core) {
      Exchange* exchange = core.Find(handler.later);
      ASSERT_NE(exchange, nullptr);
      EXPECT_EQ(exchange->Respond(200, {}, "late"), SendStatus::kOk);
    });
  }
  RequestRefusal Refusal(SessionId session) {
    Connection* connection = world.client().Find(session);
    if (!connection) return RequestRefusal::kClosed;
    return connection->SendRequest(world.now(), {.authority = "localhost"}, {}, true).refusal;
  }

  EchoHandler handler;
  ServerWorld world{handler};
};

TEST_F(ClientCoreTest, SessionsOfOneCoreGetTheirOwnAnswers) {
  std::vector<ServerWorld::Request> requests;
  std::vector<SessionId> sessions;
  for (int i = 0; i < 5; ++i) sessions.push_back(world.Open());
  for (int round = 0; round < 3; ++round)
    for (const SessionId session : sessions)
      requests.push_back(world.Send(session, "/" + std::to_string(requests.size())));
  EXPECT_EQ(world.client().session_count(), 5u);
  ASSERT_TRUE(world.RunUntil([&] {
    for (const auto& request : requests)
      if (!world.answer(request).finished) return false;
    return true;
  }));
  for (std::size_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(world.answer(requests[i]).body, "/" + std::to_string(i));
  EXPECT_EQ(handler.requests, 15);
}

TEST_F(ClientCoreTest, ARefusedConnectionNeverBecomesReady) {
  world.server().StopAccepting(world.now());
  const SessionId session = world.Connect();
  ASSERT_TRUE(world.RunUntil([&] { return world.closed(session) != nullptr; }));
  EXPECT_FALSE(world.ready(session));
  EXPECT_FALSE(world.closed(session)->is_application);
  EXPECT_EQ(world.client().Find(session), nullptr);
  EXPECT_EQ(world.client().session_count(), 0u);
}

TEST_F(ClientCoreTest, AServerThatNeverAnswersEndsTheSessionByItsTimeout) {
  world.SetFilter([](bool from_client, std::vector<std::uint8_t>&) { return from_client; });
  const SessionId session = world.Connect();
  ASSERT_TRUE(world.RunUntil([&] { return world.closed(session) != nullptr; }, seconds(120)));
  EXPECT_FALSE(world.ready(session));
  world.RunFor(seconds(120));
  EXPECT_EQ(world.client().connection_count(), 0u);
  EXPECT_EQ(world.client().NextTimeout(), std::nullopt);
}

// RFC 9114 §5.2: what runs is finished, nothing new is sent, and the client closes by itself.
TEST_F(ClientCoreTest, AfterGoawayASessionFinishesAndClosesWhileOthersGoOn) {
  const SessionId leaving = world.Open(), staying = world.Open();
  const auto request = world.Send(leaving, "/later");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  const auto sessions = world.server().sessions();
  ASSERT_EQ(sessions.size(), 2u);
  world.server().Shutdown(world.now(), sessions[0], ShutdownPolicy::kTwoPhase,
                          world.now() + seconds(10));
  ASSERT_TRUE(world.RunUntil([&] { return world.goaways_received(leaving) == 2; }));
  EXPECT_EQ(Refusal(leaving), RequestRefusal::kGoawayReceived);
  AnswerLater();
  ASSERT_TRUE(world.RunUntil([&] { return world.closed(leaving) != nullptr; }));
  EXPECT_EQ(world.answer(request).body, "late");
  EXPECT_TRUE(world.answer(request).finished);
  EXPECT_TRUE(world.closed(leaving)->is_application);
  EXPECT_EQ(world.closed(leaving)->code, static_cast<std::uint64_t>(ErrorCode::kNoError));
  EXPECT_EQ(world.client().Find(leaving), nullptr);

  const auto other = world.Send(staying, "/still-here");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(other).finished; }));
  EXPECT_EQ(world.client().session_count(), 1u);
}

TEST_F(ClientCoreTest, AnIdOfAPastSessionNamesNothing) {
  const SessionId first = world.Open();
  world.client().Find(first)->Shutdown(world.now(), ShutdownPolicy::kCloseAtOnce, world.now());
  ASSERT_TRUE(world.RunUntil([&] { return world.closed(first) != nullptr; }));
  world.RunFor(seconds(10));  // beyond the closing period, after which the slot is used again
  ASSERT_EQ(world.client().connection_count(), 0u);
  const SessionId second = world.Open();
  EXPECT_EQ(second.slot, first.slot);
  EXPECT_NE(second, first);
  EXPECT_EQ(world.client().Find(first), nullptr);
  EXPECT_NE(world.client().Find(second), nullptr);
  EXPECT_EQ(world.client().transport(first), nullptr);
}

// A complete response is the application's, however long it takes to read it: also when the
// connection is forgotten and its slot serves another.
struct SlowReader : ClientCoreTest {
  SlowReader() {
    world.SetReading(false);
    const auto sessions = world.server().sessions();
    world.server().Shutdown(world.now(), sessions[0], ShutdownPolicy::kTwoPhase,
                            world.now() + seconds(10));
    world.RunFor(seconds(20));
    EXPECT_EQ(world.client().connection_count(), 0u);
    EXPECT_EQ(world.client().session_count(), 1u);
    successor = world.Open();
    EXPECT_EQ(successor.slot, session.slot);
  }

  const SessionId session = world.Open();
  const ServerWorld::Request request = world.Send(session, "/slowly");
  SessionId successor;
};

TEST_F(SlowReader, ReadsOnAfterTheConnectionIsForgotten) {
  EXPECT_EQ(world.closed(session), nullptr);
  world.ReadAll(request);
  const auto other = world.Send(successor, "/other");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(other).finished; }));
  EXPECT_TRUE(world.answer(request).finished);
  EXPECT_EQ(world.answer(request).body, "/slowly");
  ASSERT_NE(world.closed(session), nullptr);
  EXPECT_EQ(world.closed(session)->cause, EndCause::kClosedByPeer);
  EXPECT_EQ(world.closed(successor), nullptr);
}

TEST_F(SlowReader, MayStillGiveUp) {
  world.Cancel(request);
  world.Settle();
  ASSERT_TRUE(world.answer(request).failed);
  EXPECT_EQ(world.answer(request).failed->safety, RetrySafety::kProcessed);
  EXPECT_NE(world.closed(session), nullptr);
  EXPECT_EQ(world.client().session_count(), 1u);
}

// The older session of a slot does not take the newer one's deadlines away.
TEST_F(SlowReader, LeavesTheDeadlinesOfItsSuccessorAlone) {
  const auto later = world.Send(successor, "/later");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 2; }));
  world.client().Find(successor)->Shutdown(world.now(), ShutdownPolicy::kTwoPhase,
                                           world.now() + seconds(2));
  world.Settle();
  world.ReadAll(request);
  ASSERT_TRUE(world.RunUntil([&] { return world.closed(successor) != nullptr; }, seconds(3)));
  EXPECT_EQ(world.closed(successor)->cause, EndCause::kDeadline);
  EXPECT_TRUE(world.answer(later).failed);
}

TEST_F(ClientCoreTest, ACloseByTheClientIsToldOnBothSides) {
  const SessionId session = world.Open();
  const auto request = world.Send(session, "/later");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  world.client().Find(session)->ShutdownNow(world.now());
  ASSERT_TRUE(world.RunUntil([&] { return world.server().session_count() == 0; }));
  ASSERT_NE(world.closed(session), nullptr);
  ASSERT_TRUE(world.answer(request).failed);
  EXPECT_EQ(world.answer(request).failed->safety, RetrySafety::kMaybeProcessed);
}

}  // namespace
}  // namespace quiesce::http3
