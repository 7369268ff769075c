// A workspace of its own that serves HTTP/3 with Quiesce: starts, is told to stop, leaves, reports.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

#include "http3/server/server.h"
#include "shutdown/service.h"

struct Hello : quiesce::http3::RequestHandler {
  void HandleRequest(quiesce::http3::Exchange& exchange) override {
    exchange.Respond(200, {}, "hello\n");
  }
};

int main() {
  Hello hello;
  std::string error;
  const auto server = quiesce::http3::Server::Listen(
      {.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}}, hello, error);
  if (!server) return std::fprintf(stderr, "%s\n", error.c_str()), 1;
  std::printf("listening on %s\n", server->local_address().ToString().c_str());

  // A server would wait for its operator; this one stops itself, to show how it leaves.
  server->Schedule(server->now() + std::chrono::milliseconds(100),
                   [](quiesce::http3::ServerCore&) { std::raise(SIGTERM); });
  const auto report = quiesce::shutdown::Serve(*server, {.grace_period = std::chrono::seconds(10)});
  std::fputs(report.ToText().c_str(), stdout);
  return report.result == quiesce::shutdown::DrainResult::kDrained ? 0 : 1;
}
