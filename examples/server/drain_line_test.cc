#include "examples/server/drain_line.h"

#include <gtest/gtest.h>

namespace quiesce::examples {
namespace {

TEST(DrainLine, SaysWhatIsLeft) {
  shutdown::DrainProgress progress{.state = shutdown::ProcessState::kDraining,
                                   .until_deadline = std::chrono::milliseconds(7340),
                                   .sessions_total = 10,
                                   .sessions_left = 3,
                                   .requests_running = 2};
  EXPECT_EQ(DrainLine(progress),
            "draining: 3 of 10 sessions left, 2 requests running, 7.3 s until the deadline");
  progress.state = shutdown::ProcessState::kUnready;
  EXPECT_TRUE(DrainLine(progress).starts_with("about to drain: "));
}

}  // namespace
}  // namespace quiesce::examples
