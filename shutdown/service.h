// A server that leaves well: the loop, the coordinator and the signals wired together.
//
//   shutdown::DrainReport report = shutdown::Serve(*server, {.grace_period = 10s});
//
// serves until SIGTERM, SIGINT or SIGQUIT, drains, and returns what became of every request. A
// second signal forces. For a loop of one's own there is Service:
//
//   shutdown::Service service(*server, policy);
//   while (!service.exited()) service.RunOnce();
#pragma once

#include <functional>
#include <optional>

#include "crypto/random.h"
#include "http3/server/server.h"
#include "quic/base/time.h"
#include "shutdown/coordinator.h"
#include "shutdown/drain_report.h"
#include "shutdown/policy.h"
#include "shutdown/signals.h"

namespace quiesce::shutdown {

struct ServiceOptions {
  // Called on the server's thread when a drain begins, then while it runs whenever a turn ends and
  // `progress_interval` has passed, and once when it is over.
  std::function<void(const DrainProgress&)> on_progress;
  quic::Duration progress_interval = std::chrono::milliseconds(100);
  // Signals to obey; not owned, outlives the service. Serve() makes its own when there are none.
  Signals* signals = nullptr;
};

class Service {
 public:
  // Before the server's first turn. Both outlive the service, and the server is not run again after
  // it. `policy` is valid (DrainPolicy::Validate), or the process ends here.
  Service(http3::Server& server, const DrainPolicy& policy, const ServiceOptions& options = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // One turn of the server and of its shutdown, see http3::Server::RunOnce.
  void RunOnce(std::optional<quic::Instant> deadline = std::nullopt);

  // Begins to leave, or ends the wait: taken up in this turn or the next, so that handlers may call
  // it too. On the server's thread; from another one through Server::Post(). A Drain() while
  // draining changes nothing.
  void Drain() { drain_wanted_ = true; }
  void Force() { force_wanted_ = true; }

  // Nothing is left to do, and the last packet has been handed to the kernel.
  bool exited() const { return coordinator_.exited(); }
  const Coordinator& coordinator() const { return coordinator_; }
  DrainReport report() const { return coordinator_.report(server_.now()); }

 private:
  void TakeSignals();
  void TakeWishes();
  void Settle();
  void ReportProgress();

  http3::Server& server_;
  const ServiceOptions options_;
  crypto::SystemRandom random_;
  Coordinator coordinator_;
  bool drain_wanted_ = false;
  bool force_wanted_ = false;
  std::optional<quic::Instant> next_progress_;
};

// Runs the server until it has left. Never returns later than the grace period (after the unready
// delay) and the flush timeout, whatever peers and handlers do, as long as no handler blocks the
// thread. With ExitPolicy::kWaitClosingPeriod closing periods of at most 10 s come on top.
DrainReport Serve(http3::Server& server, const DrainPolicy& policy,
                  const ServiceOptions& options = {});

}  // namespace quiesce::shutdown
