#include "test/sim/server_node.h"

#include <string>

namespace quiesce::sim {

ServerNode::ServerNode(const ServerOptions& options, Oracle& oracle,
                       http3::SessionObserver& observer)
    : http3_(options.http3),
      parts_(options.endpoint, options.seed),
      handler_(oracle, options.number),
      core_(http3_, parts_.MakeServer(), handler_, parts_.random()),
      coordinator_(core_, options.policy, parts_.random()) {
  core_.AddObserver(observer);
}

void ServerNode::DrainAt(Instant when) {
  operator_.Add(when, [this](Instant now) {
    if (!told_to_leave_) told_to_leave_ = now;
    Note("told to leave");
    coordinator_.Drain(now);
  });
}

void ServerNode::ForceAt(Instant when) {
  operator_.Add(when, [this](Instant now) {
    if (!told_to_leave_) told_to_leave_ = now;
    Note("told to leave at once");
    coordinator_.Force(now);
  });
}

void ServerNode::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                                std::span<std::uint8_t> bytes) {
  if (!exited_at_) core_.HandleDatagram(now, info, bytes);
}

// After the exit timers still run, so that it shows whether connections would ever be forgotten.
void ServerNode::HandleTimeout(Instant now) {
  core_.HandleTimeout(now);
  if (exited_at_) return;
  operator_.RunDue(now);
  handler_.HandleTimeout(now, core_);
  coordinator_.HandleTimeout(now);
}

std::size_t ServerNode::PollTransmit(Instant now, quic::TransmitBatch& out) {
  if (exited_at_) {
    while (core_.PollTransmit(now, unsent_) > 0) unsent_.Clear();
    return 0;
  }
  for (;;) {
    if (const std::size_t sent = core_.PollTransmit(now, out)) return sent;
    if (!coordinator_.Advance(now, /*flushed=*/true)) return 0;
    if (noting()) Note("process: " + std::string(ToString(coordinator_.state())));
    if (!coordinator_.exited()) continue;
    exited_at_ = now;
    operator_.Clear();
    return 0;
  }
}

std::optional<Instant> ServerNode::NextTimeout() const {
  if (exited_at_) return core_.NextTimeout();
  return Sooner(Sooner(core_.NextTimeout(), coordinator_.NextTimeout()),
                Sooner(operator_.NextTimeout(), handler_.NextTimeout()));
}

}  // namespace quiesce::sim
