// Time as the core sees it: values that are handed in, never read. The clock type has no now(), so
// code below quic/io cannot ask the time by accident.
#pragma once

#include <chrono>
#include <cstdint>

namespace quiesce::quic {

using Duration = std::chrono::nanoseconds;

struct CoreClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<CoreClock>;
  static constexpr bool is_steady = true;
};

// A point on the shard's monotonic clock; its zero means nothing outside one process.
using Instant = CoreClock::time_point;

}  // namespace quiesce::quic
