#include "quic/io/wakeup.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace quiesce::quic {
namespace {

bool IsReadable(const Wakeup& wakeup) {
  pollfd asked{.fd = wakeup.fd(), .events = POLLIN, .revents = 0};
  return poll(&asked, 1, 0) == 1;
}

TEST(Wakeup, IsReadableFromTheFirstSignalUntilCleared) {
  const Wakeup wakeup;
  EXPECT_FALSE(IsReadable(wakeup));
  wakeup.Signal();
  wakeup.Signal();
  EXPECT_TRUE(IsReadable(wakeup));
  wakeup.Clear();
  EXPECT_FALSE(IsReadable(wakeup));
  wakeup.Clear();  // nothing to clear: does not wait
  EXPECT_FALSE(IsReadable(wakeup));
}

}  // namespace
}  // namespace quiesce::quic
