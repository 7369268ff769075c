#include "examples/demo/demo_server.h"

#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "examples/demo/work.h"
#include "http3/server/server.h"
#include "qpack/field.h"
#include "shutdown/service.h"

namespace quiesce::examples {
namespace {

class DemoHandler : public http3::RequestHandler {
 public:
  explicit DemoHandler(Oracle& oracle) : oracle_(oracle) {}

  void SetServer(http3::Server& server) { server_ = &server; }

  void HandleRequest(http3::Exchange& exchange) override {
    const auto work = Work::Parse(exchange.request().path);
    if (!work || !oracle_.Count(work->key)) {
      Respond(exchange, 404, "no such work\n");
      return;
    }
    if (work->delay.count() == 0) return Respond(exchange, 200, work->Body());
    exchange.Defer();
    server_->Schedule(server_->now() + work->delay,
                      [id = exchange.id(), work = *work](http3::ServerCore& core) {
                        http3::Exchange* waiting = core.Find(id);
                        if (waiting) Respond(*waiting, 200, work.Body());
                      });
  }

 private:
  static void Respond(http3::Exchange& exchange, int status, const std::string& body) {
    const std::vector<qpack::Field> fields = {
        {.name = "content-type", .value = "application/octet-stream"}};
    if (exchange.Respond(status, fields, body) != http3::SendStatus::kOk)
      exchange.Abort(http3::ErrorCode::kInternalError);
  }

  Oracle& oracle_;
  http3::Server* server_ = nullptr;
};

// One line that changes on a terminal, lines one below the other elsewhere.
void ShowProgress(const shutdown::DrainProgress& progress, bool terminal) {
  std::fprintf(stderr,
               "%sdraining: %" PRIu64 " of %" PRIu64 " sessions left, %" PRIu64
               " requests running, %.2f s%s",
               terminal ? "\r\033[K" : "", progress.sessions_left, progress.sessions_total,
               progress.requests_running, std::chrono::duration<double>(progress.elapsed).count(),
               terminal ? "" : "\n");
}

}  // namespace

int RunDemoServer(const DemoOptions& options, Oracle& oracle, MessageFile& messages,
                  const std::function<void()>& on_listening) {
  shutdown::Signals signals;
  DemoHandler handler(oracle);
  std::string error;
  const auto server = http3::Server::Listen(
      {.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}}, handler, error);
  if (!server) {
    std::fprintf(stderr, "demo: the server cannot listen: %s\n", error.c_str());
    return 1;
  }
  handler.SetServer(*server);
  if (!messages.Write(server->local_address().ToString()) ||
      !messages.Write(server->self_signed()->certificate_pem)) {
    return 1;
  }
  on_listening();

  const bool terminal = isatty(STDERR_FILENO) != 0;
  const shutdown::DrainReport report = shutdown::Serve(
      *server, {.grace_period = options.drain_timeout},
      {.on_progress = [terminal](const auto& progress) { ShowProgress(progress, terminal); },
       .progress_interval = std::chrono::milliseconds(terminal ? 20 : 100),
       .signals = &signals});
  if (terminal) std::fputc('\n', stderr);
  if (!messages.Write(report.ToText()) || !messages.Write(report.ToJson())) return 1;
  return report.lost() == 0 ? 0 : 1;
}

}  // namespace quiesce::examples
