#include "examples/client/session_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace quiesce::examples {
namespace {

class SessionFileTest : public ::testing::Test {
 protected:
  const std::string path_ = testing::TempDir() + "/session_file_test";
  std::string error_;
};

TEST_F(SessionFileTest, WhatIsSavedIsLoadedAndNobodyElseMayReadIt) {
  std::remove(path_.c_str());
  http3::SessionCache cache, loaded;
  EXPECT_TRUE(LoadSessions(path_, loaded, error_)) << error_;  // none yet
  for (int round = 0; round < 2; ++round) {                    // made, then replaced
    cache.Put("localhost:443", {.transport = {.tls = {1, 2, 3}}});
    ASSERT_TRUE(SaveSessions(path_, cache, error_)) << error_;
  }
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  ASSERT_TRUE(LoadSessions(path_, loaded, error_)) << error_;
  EXPECT_EQ(loaded.Encode(), cache.Encode());
}

TEST_F(SessionFileTest, AnotherFileIsLeftAlone) {
  std::ofstream(path_) << "a letter";
  http3::SessionCache cache;
  EXPECT_FALSE(LoadSessions(path_, cache, error_));
  EXPECT_NE(error_.find(path_), std::string::npos);
  EXPECT_FALSE(SaveSessions(testing::TempDir() + "/none/at/all", cache, error_));
}

}  // namespace
}  // namespace quiesce::examples
