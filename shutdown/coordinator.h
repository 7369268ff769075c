// Takes a server out of service: tells every session to leave, waits, forces, reports; never
// outlives its deadline. Pure: driven by the same loop as the ServerCore that it stops, on the same
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/random.h"
#include "http3/server/server_core.h"
#include "quic/base/time.h"
#include "shutdown/drain_report.h"
#include "shutdown/policy.h"
#include "shutdown/process_state.h"
#include "shutdown/registry.h"

namespace quiesce::shutdown {

// How far the drain is, for a line on a terminal or a metric.
struct DrainProgress {
  ProcessState state = ProcessState::kRunning;
  quic::Duration elapsed{};
  quic::Duration until_deadline{};
  std::uint64_t sessions_total = 0;  // alive when the drain began, or opened since
  std::uint64_t sessions_left = 0;
  std::uint64_t requests_running = 0;
};

class Coordinator {
 public:
  // Registers itself with `core`, so before the first connection. The references outlive the
  // coordinator; `policy` was validated; `random` spreads the sessions.
  Coordinator(http3::ServerCore& core, const DrainPolicy& policy, crypto::Random& random);
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // Begins to leave. A second call changes nothing.
  void Drain(quic::Instant now);
  // Ends every wait: sessions are closed at once, whatever runs, and closing periods are not sat
  // out. Legal in every state, also without Drain() before it.
  void Force(quic::Instant now);

  void HandleTimeout(quic::Instant now);
  std::optional<quic::Instant> NextTimeout() const;
  // After every verb of the core, once it has nothing more to send. `flushed`: every datagram has
  // been handed to the kernel. True when it did something: send again, and call again.
  bool Advance(quic::Instant now, bool flushed);

  ProcessState state() const { return machine_.state(); }
  // False from the first wish to stop on: what a readiness probe is told.
  bool ready() const { return state() == ProcessState::kRunning; }
  // The process may go.
  bool exited() const { return state() == ProcessState::kExited; }

  DrainProgress progress(quic::Instant now) const;
  // Final once exited(); before that, as things stand.
  DrainReport report(quic::Instant now) const;

 private:
  struct Planned {
    quic::Instant when;
    http3::SessionId id;
  };

  void Apply(ProcessEvent event);
  void Begin(quic::Instant now);
  void StopAccepting(quic::Instant now);
  void StartForcing(quic::Instant now, ProcessEvent event);
  void TellSessions(quic::Instant now);
  bool LeaveClosingWait(quic::Instant now, bool flushed);
  quic::Duration Jitter();

  http3::ServerCore& core_;
  const DrainPolicy policy_;
  ExitPolicy exit_;
  crypto::Random& random_;
  Registry registry_;
  ProcessMachine machine_{ProcessState::kRunning};
  quic::Instant started_{};
  std::optional<quic::Instant> ended_;
  quic::Instant unready_until_{};
  quic::Instant deadline_{};
  std::optional<quic::Instant> flush_deadline_;
  std::uint64_t sessions_at_start_ = 0;
  std::uint64_t opened_at_start_ = 0;
  std::vector<Planned> planned_;  // ascending; sessions still to be told
  DrainResult result_ = DrainResult::kDrained;
};

}  // namespace quiesce::shutdown
