#include "quic/io/key_log_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace quiesce::quic {
namespace {

TEST(KeyLogFile, AppendsLinesForItsOwnerAlone) {
  const std::string path = testing::TempDir() + "/keys.log";
  ::unlink(path.c_str());
  std::string error;
  for (const char* line : {"CLIENT_X 00 11", "SERVER_X 00 22"}) {
    const auto log = KeyLogFile::Open(path, error);
    ASSERT_NE(log, nullptr) << error;
    log->OnLine(line);
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "CLIENT_X 00 11\nSERVER_X 00 22\n");
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(KeyLogFile, SaysWhyItCannotOpen) {
  std::string error;
  EXPECT_EQ(KeyLogFile::Open("/nonexistent/keys.log", error), nullptr);
  EXPECT_EQ(error, "key log /nonexistent/keys.log: No such file or directory");
}

TEST(KeyLogFile, FollowsTheEnvironment) {
  std::string error;
  ::unsetenv("SSLKEYLOGFILE");
  EXPECT_EQ(KeyLogFile::FromEnvironment(error), nullptr);
  EXPECT_EQ(error, "");
  ::setenv("SSLKEYLOGFILE", (testing::TempDir() + "/env.log").c_str(), 1);
  EXPECT_NE(KeyLogFile::FromEnvironment(error), nullptr) << error;
}

}  // namespace
}  // namespace quiesce::quic
