// The main job in one command: a server under load is told to leave, and every request is accounted
// for. The server is a process of its own, so the signal and the exit are real ones.
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <string>

#include "examples/demo/load.h"
#include "examples/demo/options.h"
#include "examples/demo/oracle.h"
#include "examples/demo/server_process.h"
#include "examples/demo/tally.h"
#include "quic/io/clock.h"

namespace quiesce::examples {
namespace {

using quic::MonotonicNow;

constexpr std::size_t kRequestsMax = 1 << 24;
// Everything on one host: what takes longer does not work. A sanitizer's build may take ten times
// what it takes otherwise.
constexpr auto kConnectTime = std::chrono::seconds(30);
constexpr auto kExitTime = std::chrono::seconds(5);   // after the drain's deadline
constexpr auto kLastWords = std::chrono::seconds(1);  // for what is still in the client's socket

int Fail(const std::string& why) {
  std::fprintf(stderr, "demo: %s\n", why.c_str());
  return 1;
}

bool WriteJson(const std::string& file, const DemoOptions& options, const Tally& tally,
               const ServerProcess& server) {
  std::FILE* out = std::fopen(file.c_str(), "w");
  if (!out) return false;
  std::fprintf(out,
               "{\"connections\":%d,\"in_flight\":%d,\"requests\":%" PRIu64
               ",\"completed\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"cut_off\":%" PRIu64
               ",\"lost\":%" PRIu64 ",\"duplicated\":%" PRIu64 ",\"drained_ms\":%" PRId64
               ",\"server_exit_status\":%d,\"server_report\":%s}\n",
               options.connections, options.in_flight, tally.requests, tally.completed,
               tally.rejected, tally.cut_off, tally.lost, tally.duplicated, tally.drained_ms,
               server.exit_status(),
               server.report_json().empty() ? "null" : server.report_json().c_str());
  return std::fclose(out) == 0;
}

// Keeps the clients going until `end`, with a line on a terminal.
void RunLoad(Load& load, quic::Instant end) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  auto next_line = MonotonicNow();
  while (MonotonicNow() < end && load.open_connections() > 0) {
    load.RunOnce(end);
    if (!terminal || MonotonicNow() < next_line) continue;
    std::fprintf(stderr, "\r\033[K%zu connections, %zu requests answered, %zu in flight",
                 load.open_connections(), load.answered(), load.waiting());
    next_line += std::chrono::milliseconds(50);
  }
  if (terminal) std::fputs("\r\033[K", stderr);
}

// From the signal to the exit, which is a forced one when the server does not leave in time. False
// when it was forced, or when there was nobody to send the signal to.
bool RunDrain(Load& load, ServerProcess& server, quic::Duration drain_timeout) {
  if (server.WaitForExit(MonotonicNow()) || load.open_connections() == 0) {
    server.Kill();
    server.WaitForExit(MonotonicNow() + kExitTime);
    return Fail("the server or its connections ended before the signal"), false;
  }
  std::printf("SIGTERM after %zu answers, with %zu requests in flight\n", load.answered(),
              load.waiting());
  std::fflush(stdout);
  const quic::Instant deadline = MonotonicNow() + drain_timeout;
  const quic::Instant limit = deadline + kExitTime;
  load.SetDrainDeadline(deadline);
  server.SendTerminate();
  while (load.open_connections() > 0 && MonotonicNow() < limit) {
    load.RunOnce(MonotonicNow() + std::chrono::milliseconds(1));
    if (server.WaitForExit(MonotonicNow())) return true;
  }
  if (server.WaitForExit(limit)) return true;
  server.Kill();
  server.WaitForExit(MonotonicNow() + kExitTime);
  return Fail("the server has not left by its deadline"), false;
}

int Run(const DemoOptions& options) {
  std::string error;
  const auto oracle = Oracle::Create(kRequestsMax, error);
  if (!oracle) return Fail(error);
  const auto server = ServerProcess::Start(options, *oracle, MonotonicNow() + kConnectTime, error);
  if (!server) return Fail(error);
  const auto load = Load::Create(options, oracle->keys_max(), server->certificate_pem(), error);
  if (!load) return Fail(error);
  if (!load->Connect(server->address(), MonotonicNow() + kConnectTime, error)) return Fail(error);
  std::printf("%d connections to %s, %d requests in flight on each\n", options.connections,
              server->address().ToString().c_str(), options.in_flight);

  RunLoad(*load, MonotonicNow() + options.load_time);
  const quic::Instant signalled = MonotonicNow();
  const bool left = RunDrain(*load, *server, options.drain_timeout);
  const auto drained = MonotonicNow() - signalled;
  for (const auto end = MonotonicNow() + kLastWords; load->waiting() > 0 && MonotonicNow() < end;) {
    load->RunOnce(end);
  }

  Tally tally = Compare(load->fates(), oracle->executions());
  tally.drained_ms = std::chrono::round<std::chrono::milliseconds>(drained).count();
  std::printf("%s", server->report_text().c_str());
  if (server->exit_status() != 0)
    std::printf("the server's process ended with status %d\n", server->exit_status());
  const bool written =
      options.json_file.empty() || WriteJson(options.json_file, options, tally, *server);
  if (!written) Fail("cannot write " + options.json_file);
  std::printf("%s\n", tally.ToLine().c_str());
  return left && tally.ok() && server->exit_status() == 0 && written ? 0 : 1;
}

}  // namespace
}  // namespace quiesce::examples

int main(int argc, char** argv) {
  using namespace quiesce::examples;
  std::string error;
  const auto options = ParseDemoOptions(argc, argv, error);
  if (!options) {
    std::fprintf(stderr, "demo: %s\n", error.c_str());
    return 2;
  }
  if (options->help) return std::fputs(kDemoHelp, stdout) < 0;
  return Run(*options);
}
