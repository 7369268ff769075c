#include "examples/demo/message_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace quiesce::examples {
namespace {

TEST(MessageFile, MessagesComeInOrderAndWhole) {
  std::string error;
  auto file = MessageFile::Create(error);
  ASSERT_TRUE(file) << error;
  EXPECT_EQ(file->Read(), std::nullopt);
  const std::string large(200'000, 'x');
  ASSERT_TRUE(file->Write("first"));
  ASSERT_TRUE(file->Write(""));
  ASSERT_TRUE(file->Write(large));
  EXPECT_EQ(file->Read(), "first");
  EXPECT_EQ(file->Read(), "");
  EXPECT_EQ(file->Read(), large);
  EXPECT_EQ(file->Read(), std::nullopt);
  ASSERT_TRUE(file->Write("later"));
  EXPECT_EQ(file->Read(), "later");
}

TEST(MessageFile, WhatAProcessWroteOutlivesIt) {
  std::string error;
  auto file = MessageFile::Create(error);
  ASSERT_TRUE(file) << error;
  const pid_t child = fork();
  if (child == 0) _exit(file->Write("from the child") ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(file->Read(), "from the child");
}

}  // namespace
}  // namespace quiesce::examples
