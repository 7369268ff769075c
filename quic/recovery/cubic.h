// CUBIC with HyStart++, Proportional Rate Reduction and the undoing of reductions that prove
// needless: the default congestion controller. RFC 9438, RFC 9406, RFC 9937, in the frame of RFC
// 9002 §7. Integers only, so that a simulation gives the same result on every machine.
#pragma once

#include <cstdint>
#include <optional>

#include "quic/recovery/congestion_controller.h"
#include "quic/recovery/cubic_curve.h"
#include "quic/recovery/hystart.h"
#include "quic/recovery/prr.h"
#include "quic/recovery/spurious_loss.h"

namespace quiesce::quic {

class Cubic final : public CongestionController {
 public:
  // `max_datagram_size`: UDP payload bytes, at least 1200.
  explicit Cubic(ByteCount max_datagram_size);

  void OnPacketSent(Instant now, std::uint64_t order, ByteCount bytes,
                    ByteCount bytes_in_flight) override;
  void OnPacketsAcked(Instant now, const AckEvent& ack) override;
  void OnPacketsLost(Instant now, const LossEvent& loss) override;
  void OnSpuriousLoss(Instant now, std::span<const Instant> times_sent) override;
  void OnCongestionEvent(Instant now, Instant time_sent) override;
  void OnPersistentCongestion() override;
  void OnMaxDatagramSizeChanged(ByteCount max_datagram_size) override;
  void Reset() override;

  ByteCount congestion_window() const override { return window_.congestion_window; }
  ByteCount ssthresh() const override { return window_.ssthresh; }
  ByteCount max_datagram_size() const override { return max_datagram_size_; }

 private:
  // A stage of congestion avoidance. RFC 9438 §4.1.2.
  struct Stage {
    Instant epoch;  // moved forward by the time in which the window was not used
    CubicCurve curve;
    ByteCount w_est;
    std::uint64_t w_est_remainder = 0;   // of its division
    std::uint64_t growth_remainder = 0;  // of the window's division
  };
  // What a reduction changes, and an undo brings back. RFC 9438 §4.9.2.
  struct Window {
    ByteCount congestion_window;
    ByteCount ssthresh = ByteCount::Max();
    ByteCount cwnd_prior = ByteCount::Max();
    // Where the last stage met congestion; nothing when slow start ended otherwise.
    std::optional<ByteCount> w_max;
    std::optional<Stage> stage;  // none until the first acknowledgment of the stage
  };

  bool InRecovery(Instant time_sent) const {
    return recovery_start_time_.has_value() && time_sent <= *recovery_start_time_;
  }
  void Reduce(Instant now);
  void GrowInSlowStart(Instant now, Instant time_sent, ByteCount acked, const AckEvent& ack);
  void GrowInAvoidance(Instant now, ByteCount acked, Duration smoothed_rtt);
  void StartStage(Instant now);

  ByteCount max_datagram_size_;
  Window window_;
  Window undo_;
  HyStart hystart_;
  Prr prr_;
  SpuriousLoss spurious_loss_;
  std::optional<Instant> recovery_start_time_;
  std::optional<Instant> limited_since_;
};

}  // namespace quiesce::quic
