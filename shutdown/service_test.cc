// Real sockets, a real clock and real signals: a server and a client take turns on one thread.
#include "shutdown/service.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http3/client/client.h"
#include "quic/io/clock.h"

namespace quiesce::shutdown {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Handler final : http3::RequestHandler {
  void HandleRequest(http3::Exchange& exchange) override {
    ++requests;
    last = exchange.id();
    if (exchange.request().path == "/never") return exchange.Defer();
    if (on_request) on_request(exchange);
    (void)exchange.Respond(200, {}, "hello\n");
  }
  std::function<void(http3::Exchange&)> on_request;
  int requests = 0;
  http3::ExchangeId last;
};

// Only there to end a test that hangs.
constexpr auto kPatience = seconds(30);

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    std::string error;
    server = http3::Server::Listen({.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}},
                                   handler, error);
    EXPECT_NE(server, nullptr) << error;
    client = http3::Client::Create(
        {.verification = crypto::PeerVerification::kGivenRoots,
         .roots = crypto::PemSource::Text(server->self_signed()->certificate_pem, "roots")},
        error);
    EXPECT_NE(client, nullptr) << error;
  }

  void Start(const DrainPolicy& policy, const ServiceOptions& options = {}) {
    service = std::make_unique<Service>(*server, policy, options);
  }
  bool TakeTurnsUntil(const std::function<bool()>& done) {
    const quic::Instant patience = quic::MonotonicNow() + kPatience;
    while (!done()) {
      if (quic::MonotonicNow() > patience) return false;
      service->RunOnce(server->now());
      client->RunOnce(client->now());
      while (auto event = client->PollEvent()) Take(*event);
    }
    return true;
  }
  void Take(const http3::ConnectionEvent& event) {
    if (std::holds_alternative<http3::SessionReady>(event.event)) ready = true;
    const auto* h3 = std::get_if<http3::Event>(&event.event);
    if (!h3) return;
    if (const auto* head = std::get_if<http3::ResponseHeaders>(h3)) status = head->head.status;
    if (const auto* body = std::get_if<http3::BodyReadable>(h3)) {
      http3::Connection* connection = client->Find(event.session);
      const auto bytes = connection->ReadBody(body->stream_id);
      connection->ConsumeBody(client->now(), body->stream_id, bytes.size());
    }
    if (std::holds_alternative<http3::MessageFinished>(*h3)) finished = true;
    if (const auto* it = std::get_if<http3::RequestFailed>(h3)) failed = *it;
    if (const auto* it = std::get_if<http3::Closed>(h3)) closed = *it;
  }
  void Open() {
    session = client->Connect(server->local_address(), "localhost");
    ASSERT_TRUE(TakeTurnsUntil([&] { return ready; }));
  }
  void Send(const std::string& path) {
    const int before = handler.requests;
    const auto sent = client->Find(session)->SendRequest(
        client->now(), {.authority = "localhost", .path = path}, {}, true);
    ASSERT_TRUE(sent.stream_id);
    ASSERT_TRUE(TakeTurnsUntil([&] { return handler.requests > before; }));
  }
  bool Exit() {
    return TakeTurnsUntil([&] { return service->exited(); });
  }

  Handler handler;
  std::unique_ptr<http3::Server> server;
  std::unique_ptr<http3::Client> client;
  std::unique_ptr<Service> service;
  http3::SessionId session;
  bool ready = false;
  bool finished = false;
  int status = 0;
  std::optional<http3::RequestFailed> failed;
  std::optional<http3::Closed> closed;
};

TEST_F(ServiceTest, ServesAndLeavesWithoutLoss) {
  Start({});
  Open();
  Send("/");
  ASSERT_TRUE(TakeTurnsUntil([&] { return finished; }));
  EXPECT_EQ(status, 200);
  service->Drain();
  ASSERT_TRUE(Exit());
  const DrainReport report = service->report();
  EXPECT_EQ(report.result, DrainResult::kDrained);
  EXPECT_EQ(report.completed(), 1u);
  EXPECT_EQ(report.lost(), 0u);
  EXPECT_EQ(report.sessions, 1u);
  EXPECT_LT(report.duration, seconds(5)) << "nobody waits for the grace period";
  service->RunOnce();  // returns at once
}

// H15: asked from inside a handler, the drain begins when the handler has returned.
TEST_F(ServiceTest, AHandlerMayAskForTheDrain) {
  Start({});
  handler.on_request = [&](http3::Exchange&) {
    service->Drain();
    EXPECT_TRUE(service->coordinator().ready());
  };
  Open();
  Send("/");
  ASSERT_TRUE(Exit());
  ASSERT_TRUE(TakeTurnsUntil([&] { return finished; }));
  EXPECT_EQ(service->report().completed(), 1u);
}

TEST_F(ServiceTest, AnotherThreadMayAskForTheDrain) {
  Start({});
  std::thread other([&] {
    EXPECT_EQ(server->Post([&](http3::ServerCore&) { service->Drain(); }),
              quic::PostResult::kPosted);
  });
  while (!service->exited()) service->RunOnce();
  other.join();
  EXPECT_EQ(service->report().result, DrainResult::kDrained);
}

TEST_F(ServiceTest, TheFirstSignalDrainsAndTheSecondForces) {
  Signals signals;
  Start({.grace_period = kPatience * 10}, {.signals = &signals});
  Open();
  Send("/never");
  kill(getpid(), SIGTERM);
  ASSERT_TRUE(TakeTurnsUntil([&] { return !service->coordinator().ready(); }));
  EXPECT_EQ(service->coordinator().state(), ProcessState::kDraining);
  kill(getpid(), SIGINT);
  ASSERT_TRUE(Exit());
  EXPECT_EQ(service->report().result, DrainResult::kForced);
  EXPECT_EQ(service->report().cut_off(), 1u);
  ASSERT_TRUE(TakeTurnsUntil([&] { return closed.has_value(); }));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->safety, http3::RetrySafety::kMaybeProcessed);
  service.reset();  // before the signals it watches
}

TEST_F(ServiceTest, TwoSignalsAtOnceForce) {
  Signals signals;
  Start({.grace_period = kPatience * 10}, {.signals = &signals});
  Open();
  Send("/never");
  kill(getpid(), SIGTERM);
  kill(getpid(), SIGINT);
  ASSERT_TRUE(Exit());
  EXPECT_EQ(service->report().result, DrainResult::kForced);
  service.reset();
}

TEST_F(ServiceTest, TheDeadlineEndsAHandlerThatNeverFinishes) {
  Start({.grace_period = milliseconds(20)});
  Open();
  Send("/never");
  service->Drain();
  ASSERT_TRUE(Exit());
  const DrainReport report = service->report();
  EXPECT_EQ(report.result, DrainResult::kDeadline);
  EXPECT_GE(report.duration, milliseconds(20));
  ASSERT_EQ(report.unfinished.size(), 1u);
  EXPECT_EQ(report.unfinished[0].target, "/never");
}

TEST_F(ServiceTest, ProgressIsReportedFromTheBeginningToTheEnd) {
  std::vector<DrainProgress> seen;
  ServiceOptions options;
  options.on_progress = [&](const DrainProgress& progress) { seen.push_back(progress); };
  options.progress_interval = milliseconds(1);
  Start({}, options);
  Open();
  Send("/never");
  EXPECT_TRUE(seen.empty());
  service->Drain();
  ASSERT_TRUE(TakeTurnsUntil([&] { return seen.size() >= 3; }));
  EXPECT_EQ(seen[0].sessions_left, 1u);
  EXPECT_EQ(seen[0].requests_running, 1u);
  for (std::size_t i = 1; i < seen.size(); ++i)
    EXPECT_GE(seen[i].elapsed - seen[i - 1].elapsed, milliseconds(1));
  service->Force();
  ASSERT_TRUE(Exit());
  EXPECT_EQ(seen.back().state, ProcessState::kExited);
  EXPECT_EQ(seen.back().sessions_left, 0u);
}

TEST_F(ServiceTest, ServeReturnsTheReportAfterASignal) {
  server->Schedule(server->now(), [](http3::ServerCore&) { kill(getpid(), SIGTERM); });
  const DrainReport report = Serve(*server, {});
  EXPECT_EQ(report.result, DrainResult::kDrained);
  EXPECT_EQ(report.lost(), 0u);
}

using ServiceDeathTest = ServiceTest;

TEST_F(ServiceDeathTest, AnInvalidPolicyIsAFaultOfTheProgram) {
  EXPECT_DEATH(Start({.grace_period = quic::Duration::zero()}), "Validate");
}

}  // namespace
}  // namespace quiesce::shutdown
