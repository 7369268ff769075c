// A server as a host: the real http3::ServerCore and shutdown::Coordinator, driven by the loop that
// their headers ask for. When the coordinator says that the process may go, it is gone: nothing is
// heard or sent any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "http3/config.h"
#include "http3/server/server_core.h"
#include "http3/server/session_observer.h"
#include "quic/endpoint/endpoint_config.h"
#include "shutdown/coordinator.h"
#include "shutdown/policy.h"
#include "test/sim/endpoint_node.h"
#include "test/sim/node.h"
#include "test/sim/oracle.h"
#include "test/sim/sim_handler.h"
#include "test/sim/timers.h"

namespace quiesce::sim {

struct ServerOptions {
  std::size_t number = 0;  // for the oracle
  std::uint64_t seed = 1;
  quic::EndpointConfig endpoint;
  http3::Config http3;
  shutdown::DrainPolicy policy;
};

class ServerNode final : public Node {
 public:
  // References outlive the node.
  ServerNode(const ServerOptions& options, Oracle& oracle, http3::SessionObserver& observer);

  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;
  void HandleTimeout(Instant now) override;
  std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) override;
  std::optional<Instant> NextTimeout() const override;

  // What an operator does, at `when`.
  void DrainAt(Instant when);
  void ForceAt(Instant when);
  // The first DrainAt() or ForceAt() that came true.
  std::optional<Instant> told_to_leave() const { return told_to_leave_; }

  const http3::ServerCore& core() const { return core_; }
  const shutdown::Coordinator& coordinator() const { return coordinator_; }
  // When the process went.
  std::optional<Instant> exited_at() const { return exited_at_; }

 private:
  const http3::Config http3_;
  EndpointParts parts_;
  SimHandler handler_;
  http3::ServerCore core_;
  shutdown::Coordinator coordinator_;
  Timers operator_;
  std::optional<Instant> told_to_leave_;
  std::optional<Instant> exited_at_;
  quic::TransmitBatch unsent_{64 * 1024};  // what a process that is gone would have liked to send
};

}  // namespace quiesce::sim
