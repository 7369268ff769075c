#include "quic/recovery/new_reno.h"

namespace quiesce::quic {

NewReno::NewReno(ByteCount max_datagram_size)
    : max_datagram_size_(max_datagram_size), congestion_window_(InitialWindow(max_datagram_size)) {}

// RFC 9002 §B.4 does no more than count bytes in flight, which the loss detector does.
void NewReno::OnPacketSent(Instant, std::uint64_t, ByteCount, ByteCount) {}

void NewReno::OnPacketsAcked(Instant, const AckEvent& ack) {
  // RFC 9002 §7.8: a window that is not used does not grow.
  if (ack.application_limited) return;
  for (const SettledPacket& packet : ack.packets) {
    // RFC 9002 §7.3.2: the window does not change during a recovery period.
    if (InCongestionRecovery(packet.time_sent)) continue;
    if (congestion_window_ < ssthresh_) {
      congestion_window_ += packet.bytes;  // RFC 9002 §7.3.1: slow start
      continue;
    }
    // RFC 9002 §7.3.3: one datagram for each window that is acknowledged. Counted as RFC 3465 §2.1
    // does, because the division of §B.5 rounds to nothing once the window is large.
    bytes_acked_ += packet.bytes;
    if (bytes_acked_ >= congestion_window_) {
      bytes_acked_ -= congestion_window_;
      congestion_window_ += max_datagram_size_;
    }
  }
}

void NewReno::OnPacketsLost(Instant now, const LossEvent& loss) {
  if (InCongestionRecovery(LatestTimeSent(loss.packets))) return spurious_loss_.Add(loss.packets);
  undo_window_ = congestion_window_;
  undo_ssthresh_ = ssthresh_;
  spurious_loss_.Begin(now, loss.packets);
  EnterRecovery(now);
}

void NewReno::OnSpuriousLoss(Instant, std::span<const Instant> times_sent) {
  if (!spurious_loss_.OnLateAcked(times_sent) || congestion_window_ >= undo_window_) return;
  congestion_window_ = undo_window_;
  ssthresh_ = undo_ssthresh_;
  recovery_start_time_.reset();
}

void NewReno::OnCongestionEvent(Instant now, Instant time_sent) {
  if (InCongestionRecovery(time_sent)) return;
  spurious_loss_.Forget();
  EnterRecovery(now);
}

void NewReno::EnterRecovery(Instant now) {
  recovery_start_time_ = now;
  // RFC 9002 §7.3.2: reduced by half and at once, but not below the minimum (§7.2).
  ssthresh_ = congestion_window_ / 2;
  congestion_window_ = std::max(ssthresh_, MinimumWindow(max_datagram_size_));
  bytes_acked_ = ByteCount(0);
}

void NewReno::OnPersistentCongestion() {
  congestion_window_ = MinimumWindow(max_datagram_size_);
  bytes_acked_ = ByteCount(0);
  recovery_start_time_.reset();
  spurious_loss_.Forget();
}

void NewReno::OnMaxDatagramSizeChanged(ByteCount max_datagram_size) {
  // RFC 9002 §7.2: recalculated while it is still the initial window.
  const bool untouched =
      congestion_window_ == InitialWindow(max_datagram_size_) && ssthresh_ == ByteCount::Max();
  max_datagram_size_ = max_datagram_size;
  if (untouched) congestion_window_ = InitialWindow(max_datagram_size);
  congestion_window_ = std::max(congestion_window_, MinimumWindow(max_datagram_size));
}

void NewReno::Reset() { *this = NewReno(max_datagram_size_); }

bool NewReno::InCongestionRecovery(Instant time_sent) const {
  return recovery_start_time_.has_value() && time_sent <= *recovery_start_time_;
}

}  // namespace quiesce::quic
