#include "shutdown/signals.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <thread>

namespace quiesce::shutdown {
namespace {

bool IsReadable(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, 0) == 1;
}

TEST(Signals, AreMessagesInsteadOfTheEndOfTheProcess) {
  Signals signals;
  EXPECT_FALSE(IsReadable(signals.fd()));
  EXPECT_EQ(signals.TakeAll(), 0);
  for (const int each : {SIGTERM, SIGINT, SIGQUIT}) {
    kill(getpid(), each);
    EXPECT_TRUE(IsReadable(signals.fd()));
    EXPECT_EQ(signals.TakeAll(), 1);
    EXPECT_FALSE(IsReadable(signals.fd()));
  }
}

TEST(Signals, DifferentOnesCountEachAndTheSameOnesAgainAfterBeingTaken) {
  Signals signals;
  kill(getpid(), SIGTERM);
  kill(getpid(), SIGINT);
  EXPECT_EQ(signals.TakeAll(), 2);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(signals.TakeAll(), 1);
}

// Threads made later inherit the mask: whoever is chosen to take the signal, nobody dies.
TEST(Signals, ThreadsMadeLaterAreProtectedToo) {
  Signals signals;
  std::thread([] {
    raise(SIGINT);
    kill(getpid(), SIGTERM);
  }).join();
  EXPECT_EQ(signals.TakeAll(), 1) << "what was sent to the thread alone went with it";
}

TEST(SignalsDeathTest, AreDeliveredAgainWhenItIsGone) {
  EXPECT_EXIT(
      {
        {
          Signals signals;
          kill(getpid(), SIGTERM);
        }
        _exit(0);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace quiesce::shutdown
