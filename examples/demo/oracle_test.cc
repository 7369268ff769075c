#include "examples/demo/oracle.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace quiesce::examples {
namespace {

TEST(Oracle, CountsOfAProcessThatWasKilledAreThere) {
  std::string error;
  const auto oracle = Oracle::Create(10, error);
  ASSERT_NE(oracle, nullptr) << error;
  const pid_t child = fork();
  if (child == 0) {
    oracle->Count(3);
    oracle->Count(3);
    oracle->Count(9);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(oracle->executions()[3], 2);
  EXPECT_EQ(oracle->executions()[9], 1);
  EXPECT_EQ(oracle->executions()[0], 0);
}

TEST(Oracle, StopsAt255AndKnowsItsKeys) {
  std::string error;
  const auto oracle = Oracle::Create(10, error);
  ASSERT_NE(oracle, nullptr) << error;
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(oracle->Count(0));
  EXPECT_EQ(oracle->executions()[0], 255);
  EXPECT_FALSE(oracle->Count(10));
  EXPECT_EQ(oracle->keys_max(), 10u);
}

}  // namespace
}  // namespace quiesce::examples
