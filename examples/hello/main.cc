#include <chrono>
#include <cstdio>
#include <string>

#include "http3/server/server.h"
#include "shutdown/service.h"

using namespace quiesce;

struct Hello : http3::RequestHandler {
  void HandleRequest(http3::Exchange& exchange) override {
    const qpack::Field fields[] = {{.name = "content-type", .value = "text/plain"}};
    exchange.Respond(200, fields, "hello\n");
  }
};

int main() {
  Hello hello;
  std::string error;
  const auto server =
      http3::Server::Listen({.listen = ":4433", .self_signed_names = {"localhost"}}, hello, error);
  if (!server) return std::fprintf(stderr, "%s\n", error.c_str()), 1;

  // SIGTERM drains for at most ten seconds; a second one forces.
  const auto report = shutdown::Serve(*server, {.grace_period = std::chrono::seconds(10)});
  std::fputs(report.ToText().c_str(), stderr);
  return report.result == shutdown::DrainResult::kDrained ? 0 : 1;
}
