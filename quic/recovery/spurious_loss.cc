#include "quic/recovery/spurious_loss.h"

#include <algorithm>

namespace quiesce::quic {

void SpuriousLoss::Begin(Instant now, std::span<const SettledPacket> lost) {
  missing_ = 0;
  period_start_ = now;
  first_time_sent_ = now;
  Add(lost);
}

void SpuriousLoss::Add(std::span<const SettledPacket> lost) {
  missing_ += lost.size();
  for (const SettledPacket& packet : lost)
    first_time_sent_ = std::min(first_time_sent_, packet.time_sent);
}

bool SpuriousLoss::OnLateAcked(std::span<const Instant> times_sent) {
  if (missing_ == 0) return false;
  for (const Instant time_sent : times_sent) {
    if (time_sent < first_time_sent_ || time_sent > period_start_) continue;
    if (--missing_ == 0) return true;
  }
  return false;
}

}  // namespace quiesce::quic
