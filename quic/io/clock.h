// The only call to the system clock in the whole stack. Read once per batch, by the shard.
#pragma once

#include "quic/base/time.h"

namespace quiesce::quic {

// CLOCK_MONOTONIC.
Instant MonotonicNow();

}  // namespace quiesce::quic
