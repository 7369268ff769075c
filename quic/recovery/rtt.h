// Round-trip time of one path: latest, smoothed, minimum, variation, and the periods derived from
// them. RFC 9002 §5. Owned by the path.
#pragma once

#include <chrono>
#include <optional>

#include "quic/base/time.h"

namespace quiesce::quic {

inline constexpr Duration kTimerGranularity = std::chrono::milliseconds(1);  // RFC 9002 §6.1.2
inline constexpr Duration kInitialRtt = std::chrono::milliseconds(333);      // RFC 9002 §6.2.2

class RttEstimator {
 public:
  // `initial_rtt` stands in until the first sample; above zero. RFC 9002 §6.2.2 allows the value of
  // an earlier connection, or the time that a Retry took (§6.3).
  explicit RttEstimator(Duration initial_rtt = kInitialRtt);

  // One sample, RFC 9002 §5.1. `latest_rtt` is the time since the largest newly acknowledged packet
  // was sent, limited to 0 .. 1 hour: a clock that jumps must do no harm. `ack_delay` is what the
  // peer reports, not negative and already limited to its max_ack_delay where that applies (§5.3).
  void AddSample(Instant now, Duration latest_rtt, Duration ack_delay);

  // RFC 9002 §5.2: the minimum starts again from the newest sample.
  void OnPersistentCongestion();

  Duration latest_rtt() const { return latest_rtt_; }
  Duration smoothed_rtt() const { return smoothed_rtt_; }
  Duration rttvar() const { return rttvar_; }
  Duration min_rtt() const { return min_rtt_; }
  std::optional<Instant> first_sample_time() const { return first_sample_time_; }

  // RFC 9002 §6.2.1: smoothed_rtt + max(4 * rttvar, granularity), without max_ack_delay and
  // backoff.
  Duration ProbeTimeoutBase() const;
  // RFC 9002 §6.1.2: a packet older than this is lost once a later one is acknowledged.
  Duration LossDelay() const;

 private:
  Duration latest_rtt_{0};
  Duration smoothed_rtt_;
  Duration rttvar_;
  Duration min_rtt_{0};
  std::optional<Instant> first_sample_time_;
};

}  // namespace quiesce::quic
