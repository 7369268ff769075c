// Whether lost packets span a period so long, with nothing acknowledged in between, that the path
// must be considered collapsed. RFC 9002 §7.6. Counts across packet number spaces. Owned by the
// loss detector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quic/base/interval_set.h"
#include "quic/base/time.h"

namespace quiesce::quic {

class PersistentCongestion {
 public:
  // Stretches of acknowledged packets that are remembered. Beyond that the oldest are forgotten,
  // which can only err on the side of a smaller window (§7.6.2 allows as much).
  static constexpr std::size_t kStretchesMax = 64;

  struct Lost {
    std::uint64_t order;  // position among all packets sent, whatever their space
    Instant time_sent;
  };

  // Packets [first_order, end_order) were acknowledged.
  void OnAcked(std::uint64_t first_order, std::uint64_t end_order);

  // `lost`: ack-eliciting packets declared lost together, ascending, each sent after the first RTT
  // sample. True when two of them are more than `duration` apart (§7.6.1) and no packet sent
  // between them was acknowledged.
  bool Established(std::span<const Lost> lost, Duration duration) const;

  std::size_t stretches() const { return acked_.size(); }

 private:
  bool AckedBetween(std::uint64_t first_order, std::uint64_t second_order) const;

  IntervalSet acked_;  // of orders
};

}  // namespace quiesce::quic
