// The congestion controller that RFC 9002 describes: slow start, recovery, congestion avoidance.
// RFC 9002 §7.3, Appendix B.
#pragma once

#include <optional>

#include "quic/recovery/congestion_controller.h"

namespace quiesce::quic {

class NewReno final : public CongestionController {
 public:
  // `max_datagram_size`: UDP payload bytes, at least 1200.
  explicit NewReno(ByteCount max_datagram_size);

  void OnPacketSent(Instant now, ByteCount bytes, ByteCount bytes_in_flight) override;
  void OnPacketsAcked(Instant now, std::span<const AckedPacket> packets,
                      bool application_limited) override;
  void OnCongestionEvent(Instant now, Instant time_sent) override;
  void OnPersistentCongestion() override;
  void OnMaxDatagramSizeChanged(ByteCount max_datagram_size) override;
  void Reset() override;

  ByteCount congestion_window() const override { return congestion_window_; }
  ByteCount ssthresh() const override { return ssthresh_; }
  ByteCount max_datagram_size() const override { return max_datagram_size_; }
  bool InCongestionRecovery(Instant time_sent) const override;

 private:
  ByteCount max_datagram_size_;
  ByteCount congestion_window_;
  ByteCount ssthresh_ = ByteCount::Max();
  ByteCount bytes_acked_;  // in congestion avoidance, towards the next increase
  std::optional<Instant> recovery_start_time_;
};

}  // namespace quiesce::quic
