// The application of a simulated server: does what the plan in a request's path says, and tells the
// oracle that it was asked to.
#pragma once

#include <cstddef>
#include <optional>

#include "http3/server/exchange.h"
#include "http3/server/server_core.h"
#include "test/sim/node.h"
#include "test/sim/oracle.h"
#include "test/sim/timers.h"

namespace quiesce::sim {

class SimHandler final : public http3::RequestHandler {
 public:
  // `server` is its number for the oracle, which outlives the handler.
  SimHandler(Oracle& oracle, std::size_t server) : oracle_(oracle), server_(server) {}

  void HandleRequest(http3::Exchange& exchange) override;

  // Answers that are due later.
  std::optional<Instant> NextTimeout() const { return timers_.NextTimeout(); }
  void HandleTimeout(Instant now, http3::ServerCore& core);

 private:
  void Later(Instant when, http3::ExchangeId id, void (*act)(http3::Exchange&));
  void StreamUntilDrain(Instant now, http3::ExchangeId id);

  Oracle& oracle_;
  const std::size_t server_;
  http3::ServerCore* core_ = nullptr;  // while HandleTimeout() runs
  Timers timers_;
};

}  // namespace quiesce::sim
