#include "quic/recovery/cubic_curve.h"

#include <algorithm>

namespace quiesce::quic {
namespace {

// Time is counted in 1/65,536 s, and so are its powers: fine enough for a byte, coarse enough for
// the third power in 64 bits.
constexpr int kTickBits = 16;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// The function is flat, or far above any window, long before this.
constexpr std::uint64_t kTicksMax = std::uint64_t{256} << kTickBits;

std::uint64_t Ticks(Duration t) {
  constexpr Duration kLongest(kNanosecondsPerSecond * 256);
  const Duration bounded = std::clamp(t, Duration::zero(), kLongest);
  return (static_cast<std::uint64_t>(bounded.count()) << kTickBits) /
         static_cast<std::uint64_t>(kNanosecondsPerSecond);
}

}  // namespace

CubicCurve::CubicCurve(ByteCount start, ByteCount w_max, ByteCount max_datagram_size)
    : max_datagram_size_(max_datagram_size), w_max_(std::max(start, w_max)) {
  // K is where the distance is that between start and plateau: the smallest, by bisection.
  const std::uint64_t distance = (w_max_ - start).value();
  std::uint64_t high = kTicksMax;
  while (k_ticks_ < high) {
    const std::uint64_t middle = k_ticks_ + (high - k_ticks_) / 2;
    if (Distance(middle) < distance) {
      k_ticks_ = middle + 1;
    } else {
      high = middle;
    }
  }
}

ByteCount CubicCurve::At(Duration t) const {
  const std::uint64_t ticks = Ticks(t);
  if (ticks < k_ticks_) return w_max_ - ByteCount(Distance(k_ticks_ - ticks));
  return w_max_ + ByteCount(Distance(ticks - k_ticks_));
}

Duration CubicCurve::k() const {
  return Duration((static_cast<std::int64_t>(k_ticks_) * kNanosecondsPerSecond) >> kTickBits);
}

// C * t^3 in bytes; C = 0.4 datagrams per cubed second, RFC 9438 §5.1.
std::uint64_t CubicCurve::Distance(std::uint64_t ticks) const {
  const std::uint64_t square = (ticks * ticks) >> kTickBits;
  const std::uint64_t cube = (square * ticks) >> kTickBits;
  return (cube * 2 / 5 * max_datagram_size_.value()) >> kTickBits;
}

}  // namespace quiesce::quic
