// When a silent connection ends, and when a PING keeps it from ending. RFC 9000 §10.1. Owned by the
// connection.
#pragma once

#include <cstdint>
#include <optional>

#include "quic/base/time.h"

namespace quiesce::quic {

class Idle {
 public:
  struct Options {
    Duration idle_timeout;         // ours; zero = none
    Duration keep_alive_interval;  // zero = off
  };

  Idle(Instant now, const Options& options);

  // The peer's max_idle_timeout in milliseconds, any value; zero = none. RFC 9000 §10.1: the
  // smaller of the two counts.
  void SetPeerTimeout(std::uint64_t max_idle_timeout_ms);

  // A packet was decrypted and processed.
  void OnPacketReceived(Instant now);
  void OnAckElicitingSent(Instant now);

  // When the connection is silently closed; nullopt = never. `probe_timeout` is the current PTO.
  std::optional<Instant> Deadline(Duration probe_timeout) const;
  // When a PING is due; nullopt = keep-alive is off.
  std::optional<Instant> KeepAliveDeadline() const;

 private:
  Duration timeout_;
  Duration keep_alive_interval_;
  Instant restarted_;
  Instant last_activity_;
  bool sent_since_received_ = false;
};

}  // namespace quiesce::quic
