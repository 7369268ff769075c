#include "bench/loopback_transfer/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quiesce::bench {
namespace {

std::optional<TransferOptions> Parse(std::vector<std::string> words, std::string& error) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return ParseTransferOptions(arguments, error);
}

TEST(TransferOptions, HaveDefaultsForALinkOfMtu1500) {
  std::string error;
  const auto options = Parse({}, error);
  ASSERT_TRUE(options) << error;
  EXPECT_EQ(options->bytes, 1u << 30);
  EXPECT_EQ(options->datagram, 1444u);
  EXPECT_TRUE(options->offload);
}

TEST(TransferOptions, AreTakenFromTheCommandLine) {
  std::string error;
  const auto options = Parse({"--connections", "100", "--no-offload", "--bytes", "5"}, error);
  ASSERT_TRUE(options) << error;
  EXPECT_EQ(options->connections, 100u);
  EXPECT_EQ(options->bytes, 5u);
  EXPECT_FALSE(options->offload);
}

TEST(TransferOptions, AreRefusedWithTheReason) {
  std::string error;
  EXPECT_FALSE(Parse({"--datagram", "1199"}, error));
  EXPECT_EQ(error, "--datagram needs a number from 1200 to 65507");
  EXPECT_FALSE(Parse({"--bytes"}, error));
  EXPECT_FALSE(Parse({"--bytes", "5x"}, error));
  EXPECT_FALSE(Parse({"--speed", "5"}, error));
  EXPECT_EQ(error, "unknown option --speed");
}

}  // namespace
}  // namespace quiesce::bench
