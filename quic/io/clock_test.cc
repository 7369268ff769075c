#include "quic/io/clock.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

TEST(Clock, NeverGoesBack) {
  Instant before = MonotonicNow();
  for (int i = 0; i < 1000; ++i) {
    const Instant now = MonotonicNow();
    ASSERT_GE(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace quiesce::quic
