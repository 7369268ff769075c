#include "examples/server/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace quiesce::examples {
namespace {

using std::chrono::milliseconds;

std::string ErrorOf(const std::vector<std::string>& arguments) {
  std::string error;
  EXPECT_FALSE(ParseServerCommand(arguments, error));
  EXPECT_EQ(error.find('\n'), std::string::npos);
  return error;
}

TEST(ServerCommand, DefaultsServeNothingYet) {
  std::string error;
  const auto command = ParseServerCommand({}, error);
  ASSERT_TRUE(command) << error;
  EXPECT_EQ(command->listen, ":4433");
  EXPECT_EQ(command->access_log, "-");
  EXPECT_FALSE(command->test_endpoints);
  EXPECT_EQ(command->drain.grace_period, std::chrono::seconds(10));
}

TEST(ServerCommand, FlagsTakeTheirValueEitherWay) {
  std::string error;
  const auto command = ParseServerCommand(
      {"--listen", "[::1]:1", "--cert=c.pem", "--key", "k.pem", "--root", "/srv",
       "--drain-timeout=2.5", "--drain-delay", "1", "--drain-spread", "0.5", "--access-log=none",
       "--report", "r.json", "--secret-file", "s", "--congestion=newreno", "--test-endpoints"},
      error);
  ASSERT_TRUE(command) << error;
  EXPECT_EQ(command->listen, "[::1]:1");
  EXPECT_EQ(command->certificate, "c.pem");
  EXPECT_EQ(command->key, "k.pem");
  EXPECT_EQ(command->root, "/srv");
  EXPECT_EQ(command->drain.grace_period, milliseconds(2500));
  EXPECT_EQ(command->drain.unready_delay, milliseconds(1000));
  EXPECT_EQ(command->drain.spread, milliseconds(500));
  EXPECT_EQ(command->access_log, "");
  EXPECT_EQ(command->report, "r.json");
  EXPECT_EQ(command->secret_file, "s");
  EXPECT_EQ(command->congestion, quic::CongestionAlgorithm::kNewReno);
  EXPECT_TRUE(command->test_endpoints);
}

TEST(ServerCommand, WrongArgumentsAreNamed) {
  EXPECT_EQ(ErrorOf({"--lisen", ":1"}), "unknown argument '--lisen'; --help lists what there is");
  EXPECT_EQ(ErrorOf({"file"}), "unknown argument 'file'; --help lists what there is");
  EXPECT_EQ(ErrorOf({"--listen"}), "--listen needs a value");
  EXPECT_EQ(ErrorOf({"--congestion", "tahoe"}),
            "--congestion knows cubic and newreno, not 'tahoe'");
  EXPECT_EQ(ErrorOf({"--help=yes"}), "--help takes no value");
  for (const char* bad : {"", "x", "1s", "-1", "nan", "inf", "1e9"}) {
    EXPECT_EQ(ErrorOf({"--drain-timeout", bad}),
              "--drain-timeout needs a number of seconds, not '" + std::string(bad) + "'");
  }
}

TEST(ServerCommand, ThePolicyIsCheckedInTheFlagsWords) {
  EXPECT_EQ(ErrorOf({"--drain-timeout", "0"}), "--drain-timeout must be from 1 ms to 1 h");
  EXPECT_EQ(ErrorOf({"--drain-delay", "4000"}), "--drain-delay must be from 0 to 1 h");
  EXPECT_EQ(ErrorOf({"--drain-spread", "3"}),
            "--drain-spread must be from 0 to a quarter of grace_period");
}

TEST(ServerCommand, HelpFitsAScreen) {
  const std::string_view help = kServerHelp;
  EXPECT_LE(std::ranges::count(help, '\n'), 24);
  for (std::size_t start = 0; start < help.size();) {
    const std::size_t end = help.find('\n', start);
    EXPECT_LE(end - start, 90u) << help.substr(start, end - start);
    start = end + 1;
  }
}

}  // namespace
}  // namespace quiesce::examples
