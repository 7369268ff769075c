// Whether every packet whose loss began or fell into a recovery period has turned out to have
// arrived, so that there was no congestion and the reduction can be taken back. RFC 9438 §4.9.2,
// RFC 9002 §7.3.2. Owned by a congestion controller.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "quic/base/time.h"
#include "quic/recovery/congestion_controller.h"

namespace quiesce::quic {

class SpuriousLoss {
 public:
  // A recovery period begins at `now` with these losses.
  void Begin(Instant now, std::span<const SettledPacket> lost);
  // More packets that were sent before the period began.
  void Add(std::span<const SettledPacket> lost);
  // True when these were the last that were missing. Others than the period's are ignored.
  bool OnLateAcked(std::span<const Instant> times_sent);
  // There is nothing to take back any more: the period began with a mark, or the path collapsed.
  void Forget() { missing_ = 0; }

 private:
  std::size_t missing_ = 0;
  Instant first_time_sent_;
  Instant period_start_;
};

}  // namespace quiesce::quic
