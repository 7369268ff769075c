#include "http3/server/timer_queue.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;
constexpr quic::Instant kStart = quic::Instant() + std::chrono::hours(1);

class TimerQueueTest : public testing::Test {
 protected:
  TimerId Add(quic::Instant when) {
    return queue.Add(when, [](ServerCore&) {});
  }
  // Takes out what is due and counts it.
  std::size_t PopAll(quic::Instant now) {
    std::size_t count = 0;
    while (queue.PopDue(now)) ++count;
    return count;
  }
  TimerQueue queue;
};

TEST_F(TimerQueueTest, IsDueAtItsMomentAndNotBefore) {
  Add(kStart + milliseconds(2));
  Add(kStart + milliseconds(1));
  EXPECT_EQ(queue.Next(), kStart + milliseconds(1));
  EXPECT_EQ(PopAll(kStart), 0u);
  EXPECT_EQ(PopAll(kStart + milliseconds(1)), 1u);
  EXPECT_EQ(queue.Next(), kStart + milliseconds(2));
  EXPECT_EQ(PopAll(kStart + milliseconds(5)), 1u);
  EXPECT_EQ(queue.Next(), std::nullopt);
}

TEST_F(TimerQueueTest, ACancelledTaskIsGoneAndAnotherOfTheSameMomentStays) {
  const TimerId first = Add(kStart);
  Add(kStart);
  queue.Cancel(first);
  queue.Cancel(first);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(PopAll(kStart), 1u);
  queue.Cancel(first);
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace quiesce::http3
