#include "quic/io/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "quic/io/clock.h"
#include "quic/io/wakeup.h"

namespace quiesce::quic {
namespace {

class EventLoopTest : public testing::Test {
 protected:
  static EventLoop Make() {
    std::string error;
    std::optional<EventLoop> loop = EventLoop::Create(error);
    EXPECT_TRUE(loop) << error;
    return *std::move(loop);
  }

  EventLoop loop_ = Make();
  Wakeup one_, two_;
};

TEST_F(EventLoopTest, ReturnsAtADeadlineNotBefore) {
  const Instant deadline = MonotonicNow() + std::chrono::microseconds(300);
  EXPECT_TRUE(loop_.Wait(deadline).empty());
  EXPECT_GE(MonotonicNow(), deadline);
  EXPECT_TRUE(loop_.Wait(deadline).empty());  // in the past: at once
  EXPECT_TRUE(loop_.Wait(Instant::min()).empty());
}

TEST_F(EventLoopTest, ReportsWhatIsReadableByItsKey) {
  loop_.Watch(one_.fd(), 11);
  loop_.Watch(two_.fd(), 22);
  two_.Signal();
  const auto ready = loop_.Wait(std::nullopt);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].key, 22u);
  EXPECT_TRUE(ready[0].readable);
  EXPECT_FALSE(ready[0].writable);
}

TEST_F(EventLoopTest, ReportsAgainUntilTheCauseIsGone) {
  loop_.Watch(one_.fd(), 11);
  one_.Signal();
  EXPECT_EQ(loop_.Wait(std::nullopt).size(), 1u);
  EXPECT_EQ(loop_.Wait(std::nullopt).size(), 1u);
  one_.Clear();
  EXPECT_TRUE(loop_.Wait(MonotonicNow()).empty());
}

TEST_F(EventLoopTest, ReportsWritableOnlyWhileAsked) {
  loop_.Watch(one_.fd(), 11);
  EXPECT_TRUE(loop_.Wait(MonotonicNow()).empty());
  loop_.WatchWritable(one_.fd(), 11, true);
  const auto ready = loop_.Wait(std::nullopt);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[0].writable);
  EXPECT_FALSE(ready[0].readable);
  loop_.WatchWritable(one_.fd(), 11, false);
  EXPECT_TRUE(loop_.Wait(MonotonicNow()).empty());
}

TEST_F(EventLoopTest, AForgottenDescriptorStartsAfresh) {
  loop_.Watch(one_.fd(), 11);
  loop_.WatchWritable(one_.fd(), 11, true);
  loop_.Forget(one_.fd());
  loop_.Watch(one_.fd(), 11);
  EXPECT_TRUE(loop_.Wait(MonotonicNow()).empty());
  loop_.WatchWritable(one_.fd(), 11, true);
  EXPECT_EQ(loop_.Wait(std::nullopt).size(), 1u);
}

TEST_F(EventLoopTest, ForgetsADescriptor) {
  loop_.Watch(one_.fd(), 11);
  one_.Signal();
  loop_.Forget(one_.fd());
  EXPECT_TRUE(loop_.Wait(MonotonicNow()).empty());
}

TEST_F(EventLoopTest, ADescriptorInErrorIsReadable) {
  std::array<int, 2> pair;
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  const FileDescriptor ours(pair[0]);
  loop_.Watch(ours.get(), 5);
  { const FileDescriptor theirs(pair[1]); }
  const auto ready = loop_.Wait(std::nullopt);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[0].readable);
}

}  // namespace
}  // namespace quiesce::quic
