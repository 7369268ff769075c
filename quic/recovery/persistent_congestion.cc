#include "quic/recovery/persistent_congestion.h"

#include <algorithm>

namespace quiesce::quic {

void PersistentCongestion::OnAcked(std::uint64_t first_order, std::uint64_t end_order) {
  acked_.Add(first_order, end_order);
  if (acked_.size() > kStretchesMax) acked_.PopFront();
}

bool PersistentCongestion::Established(std::span<const Lost> lost, Duration duration) const {
  if (lost.empty()) return false;
  // `first` starts the run of losses that the current packet belongs to.
  std::size_t first = 0;
  for (std::size_t i = 1; i < lost.size(); ++i) {
    if (AckedBetween(lost[i - 1].order, lost[i].order)) first = i;
    // RFC 9002 §7.6.2: the two send times are further apart than the duration.
    if (lost[i].time_sent - lost[first].time_sent > duration) return true;
  }
  return false;
}

bool PersistentCongestion::AckedBetween(std::uint64_t first_order,
                                        std::uint64_t second_order) const {
  const auto stretches = acked_.intervals();
  const auto it = std::upper_bound(stretches.begin(), stretches.end(), first_order,
                                   [](std::uint64_t order, const IntervalSet::Interval& stretch) {
                                     return order < stretch.end;
                                   });
  return it != stretches.end() && it->start < second_order;
}

}  // namespace quiesce::quic
