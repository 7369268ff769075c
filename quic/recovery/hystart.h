// HyStart++: leaves the first slow start when the round-trip time begins to grow, before packets
// are lost. RFC 9406. Owned by a congestion controller whose packets are paced, so that there is
// no limit L.
#pragma once

#include <cstdint>
#include <optional>

#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class HyStart {
 public:
  enum class Phase : std::uint8_t { kSlowStart, kConservative, kDone };

  // An ACK frame for `acked` bytes, the newest of them sent at `time_sent`; `rtt` if it gave a
  // sample. Returns by how much the window grows. After kDone slow start is over: the threshold
  // becomes the window. RFC 9406 §4.2.
  ByteCount OnAck(Instant now, Instant time_sent, ByteCount acked, std::optional<Duration> rtt);

  Phase phase() const { return phase_; }

 private:
  static constexpr Duration kInfinite = Duration::max();

  void StartRound(Instant now);
  void JudgeRound();

  Phase phase_ = Phase::kSlowStart;
  std::optional<Instant> round_start_;
  Duration last_round_min_rtt_ = kInfinite;
  Duration current_round_min_rtt_ = kInfinite;
  Duration css_baseline_min_rtt_ = kInfinite;
  int rtt_samples_ = 0;
  int css_rounds_ = 0;
  ByteCount css_acked_;  // not yet counted towards growth
};

}  // namespace quiesce::quic
