#include "quic/connection/idle.h"

#include <algorithm>
#include <chrono>

namespace quiesce::quic {
namespace {

// Ten years: as good as never, and far from what overflows a Duration.
constexpr std::uint64_t kTimeoutMaxMs = std::uint64_t{10} * 365 * 24 * 3600 * 1000;

}  // namespace

Idle::Idle(Instant now, const Options& options)
    : timeout_(options.idle_timeout),
      keep_alive_interval_(options.keep_alive_interval),
      restarted_(now),
      last_activity_(now) {}

void Idle::SetPeerTimeout(std::uint64_t max_idle_timeout_ms) {
  if (max_idle_timeout_ms == 0) return;
  const Duration theirs = std::chrono::milliseconds(std::min(max_idle_timeout_ms, kTimeoutMaxMs));
  timeout_ = timeout_ == Duration::zero() ? theirs : std::min(timeout_, theirs);
}

void Idle::OnPacketReceived(Instant now) {
  restarted_ = last_activity_ = now;
  sent_since_received_ = false;
}

void Idle::OnAckElicitingSent(Instant now) {
  last_activity_ = now;
  // RFC 9000 §10.1: only the first one since a packet was received restarts the timer, or probes
  // into the void would keep the connection for ever.
  if (!sent_since_received_) restarted_ = now;
  sent_since_received_ = true;
}

std::optional<Instant> Idle::Deadline(Duration probe_timeout) const {
  if (timeout_ == Duration::zero()) return std::nullopt;
  // RFC 9000 §10.1: at least three times the current PTO.
  return restarted_ + std::max(timeout_, 3 * probe_timeout);
}

std::optional<Instant> Idle::KeepAliveDeadline() const {
  if (keep_alive_interval_ == Duration::zero()) return std::nullopt;
  // Half the timeout leaves time for the PING to be lost and sent again.
  const Duration latest = timeout_ == Duration::zero() ? keep_alive_interval_ : timeout_ / 2;
  return last_activity_ + std::min(keep_alive_interval_, latest);
}

}  // namespace quiesce::quic
