// Requests, sessions and observers of a whole server without sockets. RFC 9114 §4.1, §5.2.
#include "http3/server/server_core.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "test/support/server/server_world.h"

namespace quiesce::http3 {
namespace {

using test::Answer;
using test::ServerWorld;

// Answers each request with what the test says.
struct FunctionHandler final : RequestHandler {
  void HandleRequest(Exchange& exchange) override {
    ++requests;
    if (function) function(exchange);
  }
  std::function<void(Exchange&)> function;
  int requests = 0;
};

// Writes down what observers are told.
struct Journal final : SessionObserver {
  void OnSessionOpened(quic::Instant, SessionId id, const quic::SocketAddress& peer) override {
    lines.push_back("opened " + std::to_string(id.slot) + " " + peer.ToString());
  }
  void OnSessionClosed(quic::Instant, SessionId id, const DrainRecord& record,
                       const Closed& closed) override {
    lines.push_back("closed " + std::to_string(id.slot) + " " +
                    std::string(ToString(closed.cause)));
    records.push_back(record);
  }
  void OnRequestStarted(quic::Instant, const Exchange& exchange) override {
    lines.push_back("start " + std::string(exchange.request().path));
  }
  void OnRequestEnded(quic::Instant, const Exchange& exchange, Outcome outcome) override {
    lines.push_back("end " + std::string(exchange.request().path) + " " +
                    std::to_string(exchange.status()) + " " + std::string(ToString(outcome)));
  }
  std::vector<std::string> lines;
  std::vector<DrainRecord> records;
};

// Notes every call; the test may answer from inside.
struct Listener final : ExchangeListener {
  explicit Listener(std::vector<std::string>& log) : log_(log) {}
  void OnBodyReadable(Exchange& exchange) override {
    while (!exchange.ReadBody().empty()) {
      const auto bytes = exchange.ReadBody();
      log_.push_back("body " + std::string(bytes.begin(), bytes.end()));
      exchange.ConsumeBody(bytes.size());
    }
  }
  void OnRequestComplete(Exchange&) override { log_.push_back("complete"); }
  void OnWritable(Exchange&) override { log_.push_back("writable"); }
  void OnDrain(Exchange&) override { log_.push_back("drain"); }
  void OnEnd(Exchange& exchange, Outcome outcome) override {
    log_.push_back("end " + std::string(ToString(outcome)));
    EXPECT_EQ(exchange.Respond(200, {}, "too late"), SendStatus::kClosed);
    EXPECT_EQ(exchange.SendInterim(103, {}), SendStatus::kClosed);
    EXPECT_EQ(exchange.SendTrailers({}), SendStatus::kClosed);
    EXPECT_EQ(exchange.Write({}, true), 0u);
    EXPECT_TRUE(exchange.ReadBody().empty());
    exchange.ConsumeBody(1);
    exchange.Abort(ErrorCode::kInternalError);
  }
  std::vector<std::string>& log_;
};

class ServerCoreTest : public testing::Test {
 protected:
  ServerCoreTest() { world.server().AddObserver(journal); }

  // The exchange of the newest request, for calls after its handler has returned.
  void Later(const std::function<void(Exchange&)>& function) {
    world.server().Run(world.now(), [&](ServerCore& core) {
      Exchange* exchange = core.Find(last);
      ASSERT_NE(exchange, nullptr);
      function(*exchange);
    });
  }
  void DeferAll() {
    handler.function = [this](Exchange& exchange) {
      last = exchange.id();
      exchange.Defer();
    };
  }
  const Answer& Finish(const ServerWorld::Request& request) {
    EXPECT_TRUE(world.RunUntil([&] { return world.answer(request).finished; }));
    return world.answer(request);
  }

  FunctionHandler handler;
  Journal journal;
  ServerWorld world{handler};
  ExchangeId last;
};

TEST_F(ServerCoreTest, AnswersARequest) {
  handler.function = [](Exchange& exchange) {
    EXPECT_EQ(exchange.request().method, "GET");
    EXPECT_EQ(exchange.request().path, "/a?b");
    EXPECT_EQ(exchange.request().authority, "localhost");
    const qpack::Field fields[] = {{"content-type", "text/plain"}};
    EXPECT_EQ(exchange.Respond(200, fields, "hello\n"), SendStatus::kOk);
  };
  const auto session = world.Open();
  const Answer& answer = Finish(world.Send(session, "/a?b"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.field("content-type"), "text/plain");
  EXPECT_EQ(answer.field("content-length"), "6");
  world.RunFor(std::chrono::milliseconds(100));
  EXPECT_EQ(journal.lines, (std::vector<std::string>{"opened 0 192.0.2.1:50000", "start /a?b",
                                                     "end /a?b 200 completed"}));
}

TEST_F(ServerCoreTest, AHandlerThatDoesNotAnswerIsAnsweredFor) {
  const Answer& answer = Finish(world.Send(world.Open(), "/"));
  EXPECT_EQ(answer.status, 500);
}

// RFC 9110 §9.3.2: HEAD gets the fields of GET and no content.
TEST_F(ServerCoreTest, HeadGetsTheLengthWithoutTheContent) {
  handler.function = [](Exchange& exchange) { (void)exchange.Respond(200, {}, "hello\n"); };
  const Answer& answer = Finish(world.Send(world.Open(), "/", "HEAD"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "6");
  EXPECT_EQ(answer.body, "");
}

// RFC 9110 §8.6, §6.4.1.
TEST_F(ServerCoreTest, StatusWithoutContentHasNoLength) {
  handler.function = [](Exchange& exchange) { (void)exchange.Respond(204, {}, "ignored"); };
  const Answer& answer = Finish(world.Send(world.Open(), "/"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("content-length"), "");
  EXPECT_EQ(answer.body, "");
}

TEST_F(ServerCoreTest, ALengthThatTheHandlerGaveStands) {
  handler.function = [](Exchange& exchange) {
    const qpack::Field fields[] = {{"content-length", "1000"}};
    EXPECT_EQ(exchange.Respond(200, fields), SendStatus::kOk);
  };
  const Answer& answer = Finish(world.Send(world.Open(), "/", "HEAD"));
  EXPECT_EQ(answer.fields.size(), 1u);
  EXPECT_EQ(answer.field("content-length"), "1000");
}

TEST_F(ServerCoreTest, ALargeResponseLeavesAsTheClientReads) {
  const std::string body(3'000'000, 'x');
  handler.function = [&](Exchange& exchange) { (void)exchange.Respond(200, {}, body); };
  const auto session = world.Open();
  const auto request = world.Send(session, "/");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(request).finished; }));
  EXPECT_EQ(world.answer(request).body, body);
  world.RunFor(std::chrono::milliseconds(100));
  EXPECT_EQ(journal.lines.back(), "end / 200 completed");
}

TEST_F(ServerCoreTest, WriteTakesWhatFitsAndSaysWhenThereIsRoom) {
  std::vector<std::string> log;
  handler.function = [&](Exchange& exchange) {
    last = exchange.id();
    exchange.SetListener(std::make_unique<Listener>(log));
    EXPECT_EQ(exchange.Start(200, {}), SendStatus::kOk);
  };
  world.SetReading(false);
  const auto request = world.Send(world.Open(), "/");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  const std::vector<std::uint8_t> block(8 * 1024 * 1024, 1);
  std::size_t accepted = 0;
  Later([&](Exchange& exchange) { accepted = exchange.Write(block, false); });
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, block.size());
  EXPECT_TRUE(world.RunUntil([&] { return log.back() == "writable"; }));
  Later([&](Exchange& exchange) { EXPECT_LE(exchange.Write(block, false), block.size()); });
  EXPECT_EQ(world.answer(request).status, 200);
}

TEST_F(ServerCoreTest, AnswersLaterFromAPostedTask) {
  DeferAll();
  const auto request = world.Send(world.Open(), "/slow");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  world.RunFor(std::chrono::seconds(1));
  EXPECT_EQ(world.answer(request).status, 0);
  ASSERT_EQ(world.server().running_exchanges().size(), 1u);
  EXPECT_EQ(world.server().running_exchanges()[0]->request().path, "/slow");
  Later([](Exchange& exchange) { (void)exchange.Respond(200, {}, "late"); });
  EXPECT_EQ(Finish(request).body, "late");
  EXPECT_TRUE(world.server().running_exchanges().empty());
  world.RunFor(std::chrono::milliseconds(100));
  world.server().Run(world.now(), [&](ServerCore& core) {
    EXPECT_EQ(core.Find(last), nullptr) << "it has its outcome";
  });
}

TEST_F(ServerCoreTest, InterimResponsesAndTrailersTravel) {
  DeferAll();
  const auto request = world.Send(world.Open(), "/");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  Later([](Exchange& exchange) {
    EXPECT_EQ(exchange.SendInterim(103, {}), SendStatus::kOk);
    EXPECT_EQ(exchange.Start(200, {}), SendStatus::kOk);
    const std::uint8_t bytes[] = {'h', 'i'};
    EXPECT_EQ(exchange.Write(bytes, false), 2u);
    const qpack::Field trailer[] = {{"x-sum", "2"}};
    EXPECT_EQ(exchange.SendTrailers(trailer), SendStatus::kOk);
    EXPECT_TRUE(exchange.response_ended());
  });
  const Answer& answer = Finish(request);
  EXPECT_EQ(answer.interim, std::vector<int>{103});
  EXPECT_EQ(answer.body, "hi");
}

TEST_F(ServerCoreTest, ListenerHearsTheRequestInOrder) {
  std::vector<std::string> log;
  handler.function = [&](Exchange& exchange) {
    last = exchange.id();
    exchange.SetListener(std::make_unique<Listener>(log));
  };
  const auto request = world.Send(world.Open(), "/", "POST", false);
  world.SendBody(request, "one", false);
  world.RunFor(std::chrono::milliseconds(100));
  world.SendBody(request, "two", true);
  world.RunFor(std::chrono::milliseconds(100));
  EXPECT_EQ(log, (std::vector<std::string>{"body one", "body two", "complete"}));
  Later([](Exchange& exchange) {
    EXPECT_TRUE(exchange.request_complete());
    EXPECT_EQ(exchange.request_bytes(), 6u);
    (void)exchange.Respond(200, {});
  });
  Finish(request);
  world.RunFor(std::chrono::milliseconds(100));
  EXPECT_EQ(log.back(), "end completed");
}

TEST_F(ServerCoreTest, ABodyThatNobodyReadsDoesNotHoldTheClient) {
  handler.function = [&](Exchange& exchange) {
    last = exchange.id();
    (void)exchange.Start(200, {});
  };
  const auto request = world.Send(world.Open(), "/", "POST", false);
  world.SendBody(request, std::string(100'000, 'b'), true);
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  world.RunFor(std::chrono::seconds(1));
  Later([](Exchange& exchange) {
    EXPECT_EQ(exchange.request_bytes(), 100'000u);
    EXPECT_TRUE(exchange.request_complete());
    exchange.Write({}, true);
  });
  EXPECT_EQ(Finish(request).status, 200);
}

TEST_F(ServerCoreTest, ACancelledRequestEndsAndRefusesFurtherCalls) {
  std::vector<std::string> log;
  handler.function = [&](Exchange& exchange) {
    exchange.SetListener(std::make_unique<Listener>(log));
  };
  const auto request = world.Send(world.Open(), "/");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  world.Cancel(request);
  world.RunFor(std::chrono::milliseconds(100));
  EXPECT_EQ(log, (std::vector<std::string>{"complete", "end cancelled_by_peer"}));
  EXPECT_EQ(journal.lines.back(), "end / 0 cancelled_by_peer");
}

TEST_F(ServerCoreTest, AnAbortedExchangeResetsTheStream) {
  handler.function = [](Exchange& exchange) { exchange.Abort(ErrorCode::kInternalError); };
  const auto request = world.Send(world.Open(), "/");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(request).failed.has_value(); }));
  EXPECT_EQ(world.answer(request).failed->code,
            static_cast<std::uint64_t>(ErrorCode::kInternalError));
  EXPECT_EQ(journal.lines.back(), "end / 0 failed");
}

TEST_F(ServerCoreTest, ARefusedResponseHeadLeavesTheHandlerItsChance) {
  handler.function = [](Exchange& exchange) {
    EXPECT_EQ(exchange.Respond(99, {}), SendStatus::kMalformed);
    EXPECT_EQ(exchange.status(), 0);
  };
  EXPECT_EQ(Finish(world.Send(world.Open(), "/")).status, 500);
}

TEST_F(ServerCoreTest, ALostConnectionEndsItsRequestsBeforeItsSession) {
  std::vector<std::string> log;
  handler.function = [&](Exchange& exchange) {
    exchange.SetListener(std::make_unique<Listener>(log));
  };
  const auto session = world.Open();
  world.Send(session, "/gone");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  world.SetFilter([](bool, std::vector<std::uint8_t>&) { return false; });
  world.RunFor(std::chrono::seconds(120));
  EXPECT_EQ(log.back(), "end aborted_by_connection_error");
  ASSERT_GE(journal.lines.size(), 2u);
  EXPECT_EQ(journal.lines[journal.lines.size() - 2], "end /gone 0 aborted_by_connection_error");
  EXPECT_EQ(journal.lines.back(), "closed 0 connection_lost");
  EXPECT_EQ(world.server().session_count(), 0u);
  EXPECT_EQ(world.server().connection_count(), 0u);
}

TEST_F(ServerCoreTest, SessionsAreListedInTheOrderTheyWereOpened) {
  handler.function = [](Exchange& exchange) { (void)exchange.Respond(200, {}); };
  const auto first = world.Open();
  const auto second = world.Open();
  ASSERT_EQ(world.server().sessions().size(), 2u);
  // The first one leaves, and a third takes its slot.
  world.client().Find(first)->ShutdownNow(world.now());
  world.RunFor(std::chrono::seconds(5));
  const auto third = world.Open();
  const auto sessions = world.server().sessions();
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions[0].slot, 1u);
  EXPECT_EQ(sessions[1].slot, 0u);
  EXPECT_NE(sessions[1].generation, sessions[0].generation);
  EXPECT_EQ(Finish(world.Send(second, "/")).status, 200);
  EXPECT_EQ(Finish(world.Send(third, "/")).status, 200);
}

TEST_F(ServerCoreTest, ShutdownServesWhatRunsTellsTheListenersOnceAndCloses) {
  std::vector<std::string> log;
  handler.function = [&](Exchange& exchange) {
    last = exchange.id();
    exchange.SetListener(std::make_unique<Listener>(log));
  };
  const auto session = world.Open();
  const auto request = world.Send(session, "/");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  const SessionId id = world.server().sessions()[0];
  EXPECT_EQ(world.server().session_state(id), SessionState::kActive);
  const auto deadline = world.now() + std::chrono::seconds(10);
  world.server().Shutdown(world.now(), id, ShutdownPolicy::kTwoPhase, deadline);
  world.server().Shutdown(world.now(), id, ShutdownPolicy::kTwoPhase, deadline);
  world.RunFor(std::chrono::seconds(1));
  EXPECT_EQ(log, (std::vector<std::string>{"complete", "drain"}));
  EXPECT_EQ(world.server().session_state(id), SessionState::kDraining);
  Later([](Exchange& exchange) { (void)exchange.Respond(200, {}, "done"); });
  EXPECT_EQ(Finish(request).body, "done");
  // The client has nothing more to wait for and closes first.
  ASSERT_TRUE(world.RunUntil([&] { return world.server().session_count() == 0; }));
  EXPECT_EQ(world.closed(session)->cause, EndCause::kDrained);
  EXPECT_EQ(journal.lines.back(), "closed 0 closed_by_peer");
  EXPECT_EQ(world.server().session_state(id), std::nullopt);
  EXPECT_EQ(world.server().drain_record(id), std::nullopt);
  // Unknown by now: no effect.
  world.server().Shutdown(world.now(), id, ShutdownPolicy::kTwoPhase, deadline);
  world.server().ShutdownNow(world.now(), id);
}

// H10: responses that a client leaves unread use up its credit; GOAWAY gets through, the client is
// not taken for one that is gone, and it gets all of them when it reads on.
TEST_F(ServerCoreTest, AClientThatDoesNotReadHearsGoawayAndLosesNothing) {
  const std::string body(250'000, 'x');
  handler.function = [&](Exchange& exchange) { (void)exchange.Respond(200, {}, body); };
  const auto session = world.Open();
  world.SetReading(false);
  std::vector<ServerWorld::Request> requests;
  for (int i = 0; i < 8; ++i) requests.push_back(world.Send(session, "/"));
  world.RunFor(std::chrono::seconds(5));
  const SessionId id = world.server().sessions()[0];
  world.server().Shutdown(world.now(), id, ShutdownPolicy::kTwoPhase,
                          world.now() + std::chrono::seconds(60));
  world.RunFor(std::chrono::seconds(10));
  EXPECT_EQ(world.goaways_received(session), 2u);
  EXPECT_EQ(world.server().session_state(id), SessionState::kFlushing);
  for (const auto& request : requests) world.ReadAll(request);
  for (const auto& request : requests) EXPECT_EQ(Finish(request).body, body);
  ASSERT_TRUE(world.RunUntil([&] { return world.server().session_count() == 0; }));
  EXPECT_EQ(journal.records.at(0).requests.of(Outcome::kCompleted), 8u);
}

TEST_F(ServerCoreTest, ARequestAdmittedAfterTheAnnouncementIsToldOfTheDrain) {
  std::vector<std::string> log;
  handler.function = [&](Exchange& exchange) {
    exchange.SetListener(std::make_unique<Listener>(log));
  };
  const auto session = world.Open();
  world.Send(session, "/crossing");  // on its way while GOAWAY leaves
  world.Settle();
  world.server().Shutdown(world.now(), world.server().sessions()[0], ShutdownPolicy::kTwoPhase,
                          world.now() + std::chrono::seconds(10));
  world.RunFor(std::chrono::milliseconds(100));
  EXPECT_EQ(handler.requests, 1);
  EXPECT_EQ(log, (std::vector<std::string>{"drain", "complete"}));
}

TEST_F(ServerCoreTest, ForcedShutdownNamesTheOutcomeOfEveryRequest) {
  DeferAll();
  const auto session = world.Open();
  const auto request = world.Send(session, "/");
  ASSERT_TRUE(world.RunUntil([&] { return handler.requests == 1; }));
  world.server().ShutdownNow(world.now(), world.server().sessions()[0]);
  EXPECT_EQ(journal.lines[journal.lines.size() - 2], "end / 0 aborted_by_deadline");
  EXPECT_EQ(journal.lines.back(), "closed 0 forced");
  ASSERT_EQ(journal.records.size(), 1u);
  EXPECT_EQ(journal.records[0].requests.of(Outcome::kAbortedByDeadline), 1u);
  EXPECT_EQ(world.server().session_count(), 0u);
  EXPECT_EQ(world.server().connection_count(), 1u) << "its closing period";
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(request).failed.has_value(); }));
  EXPECT_EQ(world.answer(request).failed->safety, RetrySafety::kMaybeProcessed);
}

TEST_F(ServerCoreTest, AStoppedServerRefusesNewAndHalfOpenConnections) {
  const auto half_open = world.Connect();
  world.RunFor(std::chrono::milliseconds(15));  // the ClientHello has arrived
  ASSERT_EQ(world.server().session_count(), 1u);
  world.server().StopAccepting(world.now());
  const auto late = world.Connect();
  world.RunFor(std::chrono::seconds(1));
  for (const auto session : {half_open, late}) {
    ASSERT_NE(world.closed(session), nullptr);
    EXPECT_EQ(world.closed(session)->code,
              static_cast<std::uint64_t>(quic::TransportErrorCode::kConnectionRefused));
  }
  EXPECT_EQ(world.server().session_count(), 0u);
  ASSERT_EQ(journal.records.size(), 1u) << "the late one never was a session";
  EXPECT_EQ(journal.records[0].requests.opened, 0u);
}

}  // namespace
}  // namespace quiesce::http3
