#include "quic/io/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

class SecretFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/secret_file_test.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path() const { return directory_ + "/secret"; }
  std::optional<MasterSecret> Load(std::uint64_t seed = 1) {
    test::SeededRandom random(seed);
    return LoadOrCreateMasterSecret(Path(), random, error_);
  }
  void Write(std::size_t size) {
    std::ofstream(Path()) << std::string(size, 'x');
    chmod(Path().c_str(), 0600);
  }

  std::string directory_;
  std::string error_;
};

TEST_F(SecretFileTest, MakesASecretThatOnlyTheOwnerReads) {
  ASSERT_TRUE(Load()) << error_;
  struct stat info;
  ASSERT_EQ(stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(info.st_size, 32);
  // Nothing else is left in the directory.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(SecretFileTest, TheNextProcessGetsTheSame) {
  const auto first = Load(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(Load(2), first);
}

TEST_F(SecretFileTest, DifferentFilesHoldDifferentSecrets) {
  const auto first = Load(1);
  std::filesystem::remove(Path());
  EXPECT_NE(Load(2), first);
}

TEST_F(SecretFileTest, RefusesAFileOfAnotherSize) {
  for (const std::size_t size : {0u, 31u, 33u}) {
    Write(size);
    EXPECT_EQ(Load(), std::nullopt);
    EXPECT_NE(error_.find("32 bytes"), std::string::npos) << error_;
    EXPECT_NE(error_.find(Path()), std::string::npos);
  }
}

TEST_F(SecretFileTest, RefusesAFileThatOthersMayRead) {
  Write(32);
  chmod(Path().c_str(), 0640);
  EXPECT_EQ(Load(), std::nullopt);
  EXPECT_NE(error_.find("chmod 600"), std::string::npos) << error_;
}

TEST_F(SecretFileTest, SaysWhyItCannotCreateOne) {
  std::filesystem::remove_all(directory_);
  EXPECT_EQ(Load(), std::nullopt);
  EXPECT_NE(error_.find("cannot be created: No such file"), std::string::npos) << error_;
}

TEST_F(SecretFileTest, RefusesADirectory) {
  std::filesystem::create_directory(Path());
  EXPECT_EQ(Load(), std::nullopt);
  EXPECT_NE(error_.find("not a regular file"), std::string::npos) << error_;
}

}  // namespace
}  // namespace quiesce::quic
