// The congestion controller that RFC 9002 describes: slow start, recovery, congestion avoidance.
// RFC 9002 §7.3, Appendix B; and the window comes back when every loss that reduced it proves
// spurious.
#pragma once

#include <optional>

#include "quic/recovery/congestion_controller.h"
#include "quic/recovery/spurious_loss.h"

namespace quiesce::quic {

class NewReno final : public CongestionController {
 public:
  // `max_datagram_size`: UDP payload bytes, at least 1200.
  explicit NewReno(ByteCount max_datagram_size);

  void OnPacketSent(Instant now, std::uint64_t order, ByteCount bytes,
                    ByteCount bytes_in_flight) override;
  void OnPacketsAcked(Instant now, const AckEvent& ack) override;
  void OnPacketsLost(Instant now, const LossEvent& loss) override;
  void OnSpuriousLoss(Instant now, std::span<const Instant> times_sent) override;
  void OnCongestionEvent(Instant now, Instant time_sent) override;
  void OnPersistentCongestion() override;
  void OnMaxDatagramSizeChanged(ByteCount max_datagram_size) override;
  void Reset() override;

  ByteCount congestion_window() const override { return congestion_window_; }
  ByteCount ssthresh() const override { return ssthresh_; }
  ByteCount max_datagram_size() const override { return max_datagram_size_; }
  // Whether a packet sent at `time_sent` belongs to the current recovery period. §B.5.
  bool InCongestionRecovery(Instant time_sent) const;

 private:
  void EnterRecovery(Instant now);

  ByteCount max_datagram_size_;
  ByteCount congestion_window_;
  ByteCount ssthresh_ = ByteCount::Max();
  ByteCount bytes_acked_;  // in congestion avoidance, towards the next increase
  std::optional<Instant> recovery_start_time_;
  SpuriousLoss spurious_loss_;
  ByteCount undo_window_;  // before the last reduction
  ByteCount undo_ssthresh_;
};

}  // namespace quiesce::quic
