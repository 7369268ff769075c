#include "test/sim/impairments.h"

#include <string>

namespace quiesce::sim {

void Loss::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                          std::span<std::uint8_t> bytes) {
  if (burst_left_ > 0) {
    --burst_left_;
  } else if (rng().Chance(permille_)) {
    burst_left_ = rng().Below(burst_max_);
  } else {
    return Pass(now, info, bytes);
  }
  Note("lost " + std::to_string(bytes.size()) + " bytes");
}

void Outage::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                            std::span<std::uint8_t> bytes) {
  if (now < from_ || now >= until_) return Pass(now, info, bytes);
  Note("outage, lost " + std::to_string(bytes.size()) + " bytes");
}

void Duplicate::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                               std::span<std::uint8_t> bytes) {
  Pass(now, info, bytes);
  if (!rng().Chance(permille_)) return;
  Pass(now, info, bytes);
  Note("duplicated " + std::to_string(bytes.size()) + " bytes");
}

void Corrupt::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                             std::span<std::uint8_t> bytes) {
  if (!bytes.empty() && rng().Chance(permille_)) {
    const std::size_t at = rng().Below(bytes.size());
    bytes[at] ^= static_cast<std::uint8_t>(1 + rng().Below(255));
    Note("corrupted byte " + std::to_string(at) + " of " + std::to_string(bytes.size()));
  }
  Pass(now, info, bytes);
}

void Reorder::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                             std::span<std::uint8_t> bytes) {
  if (!rng().Chance(permille_)) return Pass(now, info, bytes);
  Pass(now + rng().Between(Duration(1), extra_max_), info, bytes);
  Note("held back " + std::to_string(bytes.size()) + " bytes");
}

}  // namespace quiesce::sim
