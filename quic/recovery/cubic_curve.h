// The cubic function: how large the window should be some time after a reduction. RFC 9438 §4.2.
// Integers only, so that every machine gets the same window.
#pragma once

#include <cstdint>

#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class CubicCurve {
 public:
  // Starts at `start` and levels off at `w_max`; when the start is not below it, levels off at the
  // start (K = 0). Windows are at most kMaximumWindow.
  CubicCurve(ByteCount start, ByteCount w_max, ByteCount max_datagram_size);

  // W_cubic(t) in bytes, never below zero; `t` is not negative.
  ByteCount At(Duration t) const;
  // When the plateau is reached.
  Duration k() const;

 private:
  std::uint64_t Distance(std::uint64_t ticks) const;

  ByteCount max_datagram_size_;
  ByteCount w_max_;
  std::uint64_t k_ticks_ = 0;
};

}  // namespace quiesce::quic
