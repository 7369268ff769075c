#include "quic/recovery/hystart.h"

#include <algorithm>
#include <chrono>

namespace quiesce::quic {
namespace {

// RFC 9406 §4.3.
constexpr Duration kMinRttThreshold = std::chrono::milliseconds(4);
constexpr Duration kMaxRttThreshold = std::chrono::milliseconds(16);
constexpr int kMinRttDivisor = 8;
constexpr int kRttSamples = 8;
constexpr std::uint64_t kCssGrowthDivisor = 4;
constexpr int kCssRounds = 5;

}  // namespace

ByteCount HyStart::OnAck(Instant now, Instant time_sent, ByteCount acked,
                         std::optional<Duration> rtt) {
  // RFC 9406 §4.2: a round ends when something that was sent in it is acknowledged.
  if (!round_start_ || time_sent >= *round_start_) StartRound(now);
  if (rtt) {
    current_round_min_rtt_ = std::min(current_round_min_rtt_, *rtt);
    ++rtt_samples_;
    if (rtt_samples_ >= kRttSamples) JudgeRound();
  }
  if (phase_ == Phase::kSlowStart) return acked;
  if (phase_ == Phase::kDone) return ByteCount(0);
  css_acked_ += acked;
  const ByteCount growth = css_acked_ / kCssGrowthDivisor;
  css_acked_ -= growth * kCssGrowthDivisor;
  return growth;
}

void HyStart::StartRound(Instant now) {
  round_start_ = now;
  last_round_min_rtt_ = current_round_min_rtt_;
  current_round_min_rtt_ = kInfinite;
  rtt_samples_ = 0;
  // RFC 9406 §4.2: the round in which the phase began counts, although it is partial.
  if (phase_ == Phase::kConservative && ++css_rounds_ >= kCssRounds) phase_ = Phase::kDone;
}

void HyStart::JudgeRound() {
  if (phase_ == Phase::kConservative) {
    // RFC 9406 §4.2: the time shrinks again, so that leaving slow start was premature.
    if (current_round_min_rtt_ < css_baseline_min_rtt_) phase_ = Phase::kSlowStart;
    return;
  }
  if (phase_ != Phase::kSlowStart || last_round_min_rtt_ == kInfinite) return;
  const Duration threshold =
      std::max(kMinRttThreshold, std::min(last_round_min_rtt_ / kMinRttDivisor, kMaxRttThreshold));
  if (current_round_min_rtt_ < last_round_min_rtt_ + threshold) return;
  css_baseline_min_rtt_ = current_round_min_rtt_;
  css_rounds_ = 0;
  css_acked_ = ByteCount(0);
  phase_ = Phase::kConservative;
}

}  // namespace quiesce::quic
