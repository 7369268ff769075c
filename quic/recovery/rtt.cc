#include "quic/recovery/rtt.h"

#include <algorithm>

namespace quiesce::quic {
namespace {

// No path takes this long; a clock that jumps does. Keeps every product below in range.
constexpr Duration kMaxRtt = std::chrono::hours(1);

}  // namespace

RttEstimator::RttEstimator(Duration initial_rtt)
    : smoothed_rtt_(initial_rtt), rttvar_(initial_rtt / 2) {}

void RttEstimator::AddSample(Instant now, Duration latest_rtt, Duration ack_delay) {
  latest_rtt_ = std::clamp(latest_rtt, Duration::zero(), kMaxRtt);
  if (!first_sample_time_.has_value()) {
    // RFC 9002 §5.2, §5.3: the first sample replaces every estimate.
    first_sample_time_ = now;
    min_rtt_ = latest_rtt_;
    smoothed_rtt_ = latest_rtt_;
    rttvar_ = latest_rtt_ / 2;
    return;
  }
  // RFC 9002 §5.2: the minimum ignores what the peer reports.
  min_rtt_ = std::min(min_rtt_, latest_rtt_);
  // RFC 9002 §5.3: a delay that would take the sample below the minimum is not believed.
  const Duration adjusted_rtt =
      latest_rtt_ - min_rtt_ >= ack_delay ? latest_rtt_ - ack_delay : latest_rtt_;
  // RFC 9002 §5.3, erratum 7539: the variation first, against the old smoothed value.
  rttvar_ = (3 * rttvar_ + std::chrono::abs(smoothed_rtt_ - adjusted_rtt)) / 4;
  smoothed_rtt_ = (7 * smoothed_rtt_ + adjusted_rtt) / 8;
}

void RttEstimator::OnPersistentCongestion() { min_rtt_ = latest_rtt_; }

Duration RttEstimator::ProbeTimeoutBase() const {
  return smoothed_rtt_ + std::max(4 * rttvar_, kTimerGranularity);
}

Duration RttEstimator::LossDelay() const {
  // RFC 9002 §6.1.2: kTimeThreshold is 9/8.
  return std::max(std::max(smoothed_rtt_, latest_rtt_) * 9 / 8, kTimerGranularity);
}

}  // namespace quiesce::quic
