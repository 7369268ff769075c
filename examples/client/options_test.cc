#include "examples/client/options.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace quiesce::examples {
namespace {

constexpr char kUrl[] = "https://localhost:4433/file";

std::optional<ClientCommand> TryParse(std::vector<std::string> arguments, CommandError& error) {
  arguments.insert(arguments.begin(), "client");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseClientCommand(static_cast<int>(argv.size()), argv.data(), error);
}

ClientCommand Parse(std::vector<std::string> arguments) {
  CommandError error;
  const auto command = TryParse(std::move(arguments), error);
  EXPECT_TRUE(command) << error.text;
  return command.value_or(ClientCommand{});
}

TEST(ClientOptions, AUrlIsEnough) {
  const ClientCommand command = Parse({kUrl});
  ASSERT_EQ(command.transfers.size(), 1u);
  EXPECT_EQ(command.transfers[0].url.path, "/file");
  EXPECT_EQ(command.transfers[0].output, "");
  EXPECT_EQ(command.method, "GET");
  EXPECT_FALSE(command.insecure);
  EXPECT_EQ(command.connect_timeout_s, 10);
}

TEST(ClientOptions, AValueFollowsOrIsAttachedInBothForms) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-m", "2.5", kUrl},
                                                    {"-m2.5", kUrl},
                                                    {"--max-time", "2.5", kUrl},
                                                    {"--max-time=2.5", kUrl},
                                                    {kUrl, "-m", "2.5"}}) {
    EXPECT_EQ(Parse(arguments).max_time_s, 2.5) << arguments[0];
  }
}

TEST(ClientOptions, SessionsLiveInAFile) {
  EXPECT_EQ(Parse({"--ssl-sessions", "file", kUrl}).session_file, "file");
  EXPECT_EQ(Parse({kUrl}).session_file, "");
}

TEST(ClientOptions, ShortSwitchesMayStandTogether) {
  const ClientCommand command = Parse({"-skf", kUrl});
  EXPECT_TRUE(command.silent);
  EXPECT_TRUE(command.insecure);
  EXPECT_TRUE(command.fail);
  EXPECT_EQ(command.transfers.size(), 1u);
  const ClientCommand with_value = Parse({"-skofile", kUrl});
  EXPECT_TRUE(with_value.insecure);
  EXPECT_EQ(with_value.transfers[0].output, "file");
  const ClientCommand value_follows = Parse({"-sko", "file", kUrl});
  EXPECT_EQ(value_follows.transfers[0].output, "file");
}

TEST(ClientOptions, EachOutputBelongsToOneUrlInOrder) {
  const ClientCommand command =
      Parse({"-o", "first", "https://host/1", "https://host/2", "-o", "second", "https://host/3"});
  ASSERT_EQ(command.transfers.size(), 3u);
  EXPECT_EQ(command.transfers[0].output, "first");
  EXPECT_EQ(command.transfers[1].output, "second");
  EXPECT_EQ(command.transfers[2].output, "");
}

TEST(ClientOptions, RemoteNamesAreTheLastPartOfThePath) {
  const ClientCommand command =
      Parse({"-O", "https://host/a/file.bin?x=/y", "https://host/", "https://host/a/.."});
  EXPECT_EQ(command.transfers[0].output, "file.bin");
  EXPECT_EQ(command.transfers[1].output, "index.html");
  EXPECT_EQ(command.transfers[2].output, "index.html");  // never another folder
}

TEST(ClientOptions, TheMethodFollowsFromWhatIsAsked) {
  EXPECT_EQ(Parse({"-I", kUrl}).method, "HEAD");
  EXPECT_EQ(Parse({"-d", "x", kUrl}).method, "POST");
  EXPECT_EQ(Parse({"-d", "x", "-X", "PUT", kUrl}).method, "PUT");
  EXPECT_EQ(Parse({"-d", "x", kUrl}).data, "x");
}

TEST(ClientOptions, DataMayComeFromAFile) {
  const std::string file = testing::TempDir() + "options_test_data";
  std::ofstream(file, std::ios::binary) << "a\r\n\nb";
  EXPECT_EQ(Parse({"--data-binary", "@" + file, kUrl}).data, "a\r\n\nb");
  std::remove(file.c_str());
  CommandError error;
  EXPECT_FALSE(TryParse({"-d", "@" + file, kUrl}, error));
  EXPECT_EQ(error.text.find("cannot read " + file), 0u) << error.text;
}

TEST(ClientOptions, FieldNamesBecomeLowerCase) {
  const ClientCommand command =
      Parse({"-H", "X-Key: a: B", "-H", "Empty:", "-H", "Tight:value", kUrl});
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"x-key", "a: B"}, {"empty", ""}, {"tight", "value"}};
  EXPECT_EQ(command.fields, expected);
}

TEST(ClientOptions, ResolveNamesHostPortAndAddress) {
  const ClientCommand command =
      Parse({"--resolve", "localhost:4433:127.0.0.1", "--resolve", "host:1:::1", kUrl});
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"localhost:4433", "127.0.0.1"}, {"host:1", "::1"}};
  EXPECT_EQ(command.resolve, expected);
}

TEST(ClientOptions, CongestionControlIsChosenByName) {
  EXPECT_EQ(Parse({kUrl}).congestion, quic::CongestionAlgorithm::kCubic);
  EXPECT_EQ(Parse({"--congestion=newreno", kUrl}).congestion, quic::CongestionAlgorithm::kNewReno);
}

TEST(ClientOptions, WhatChangesNothingIsTaken) {
  const ClientCommand command = Parse({"--http3", "--http3-only", "-Z", "--parallel", kUrl});
  EXPECT_EQ(command.transfers.size(), 1u);
}

TEST(ClientOptions, HelpAndVersionNeedNoUrl) {
  EXPECT_TRUE(Parse({"--help"}).help);
  EXPECT_TRUE(Parse({"-V"}).version);
}

TEST(ClientOptions, WhatIsWrongIsNamedWithItsExitCode) {
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    std::string text;
  } cases[] = {
      {{}, 2, "no URL given; --help says how"},
      {{"--loud", kUrl}, 2, "unknown option --loud; --help lists them"},
      {{"-q", kUrl}, 2, "unknown option -q; --help lists them"},
      {{"-sq", kUrl}, 2, "unknown option -q; --help lists them"},
      {{kUrl, "-o"}, 2, "-o needs a value"},
      {{"-m", "0", kUrl}, 2, "-m needs a number of seconds above 0"},
      {{"--connect-timeout", "1s", kUrl}, 2, "--connect-timeout needs a number of seconds above 0"},
      {{"-H", "novalue", kUrl}, 2, "-H 'novalue': write it as 'Name: value'"},
      {{"-H", ": value", kUrl}, 2, "-H ': value': write it as 'Name: value'"},
      {{"--resolve", "host:1", kUrl}, 2, "--resolve 'host:1': write it as host:port:address"},
      {{"--congestion", "tahoe", kUrl}, 2, "--congestion knows cubic and newreno, not 'tahoe'"},
      {{"http://host/"}, 3, "URL 'http://host/': only https:// is spoken over HTTP/3"},
  };
  for (const auto& each : cases) {
    CommandError error;
    EXPECT_FALSE(TryParse(each.arguments, error)) << each.text;
    EXPECT_EQ(error.text, each.text);
    EXPECT_EQ(error.exit_code, each.exit_code) << each.text;
  }
}

}  // namespace
}  // namespace quiesce::examples
