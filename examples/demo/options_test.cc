#include "examples/demo/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quiesce::examples {
namespace {

std::optional<DemoOptions> Parse(std::vector<std::string> arguments, std::string& error) {
  arguments.insert(arguments.begin(), "demo");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseDemoOptions(static_cast<int>(argv.size()), argv.data(), error);
}

TEST(DemoOptions, NothingGivenIsAHundredConnectionsWithFourRequestsEach) {
  std::string error;
  const auto options = Parse({}, error);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->connections, 100);
  EXPECT_EQ(options->in_flight, 4);
  EXPECT_FALSE(options->help);
}

TEST(DemoOptions, ValuesFollowOrAreAttached) {
  std::string error;
  const auto options = Parse({"--connections", "7", "--in-flight=3", "--seconds", "0.25",
                              "--drain-timeout=1.5", "--json", "result.json"},
                             error);
  ASSERT_TRUE(options) << error;
  EXPECT_EQ(options->connections, 7);
  EXPECT_EQ(options->in_flight, 3);
  EXPECT_EQ(options->load_time, std::chrono::milliseconds(250));
  EXPECT_EQ(options->drain_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(options->json_file, "result.json");
}

TEST(DemoOptions, WhatIsOutOfRangeIsNamed) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"--connections", "0"}, "--connections must be 1 to 1000"},
      {{"--connections", "1001"}, "--connections must be 1 to 1000"},
      {{"--connections", "4x"}, "--connections must be 1 to 1000"},
      {{"--connections"}, "--connections must be 1 to 1000"},
      {{"--in-flight", "101"}, "--in-flight must be 1 to 100"},
      {{"--seconds", "0"}, "--seconds must be 0.001 to 60 seconds"},
      {{"--seconds", "nan"}, "--seconds must be 0.001 to 60 seconds"},
      {{"--drain-timeout", "61"}, "--drain-timeout must be 0.001 to 60 seconds"},
      {{"--json", ""}, "--json must name a file"},
      {{"--loud"}, "--loud is unknown; --help lists the options"},
  };
  for (const auto& [arguments, expected] : cases) {
    std::string error;
    EXPECT_FALSE(Parse(arguments, error)) << expected;
    EXPECT_EQ(error, expected);
  }
}

TEST(DemoOptions, HelpNeedsNothingElse) {
  std::string error;
  const auto options = Parse({"--help"}, error);
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->help);
}

}  // namespace
}  // namespace quiesce::examples
