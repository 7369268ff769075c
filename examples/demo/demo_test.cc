// Runs the demonstration as a user does, and believes its exit code and its last line only.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <string>

namespace quiesce::examples {
namespace {

struct Outcome {
  int exit_code = -1;
  std::string output;
  bool has_line = false;  // the last line is as promised; the sums are those in it
  std::uint64_t requests = 0, completed = 0, rejected = 0, cut_off = 0, lost = 0, duplicated = 0,
                drained_ms = 0;
};

Outcome RunDemo(const std::string& arguments) {
  Outcome outcome;
  std::FILE* pipe = popen(("examples/demo/demo " + arguments).c_str(), "r");
  if (!pipe) return outcome;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    outcome.output.append(buffer, got);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  static const std::regex line(
      "(?:^|\n)requests=(\\d+) completed=(\\d+) rejected=(\\d+) cut_off=(\\d+) lost=(\\d+) "
      "duplicated=(\\d+) drained_ms=(\\d+)\n$");
  std::smatch sums;
  // Searched in the last line, because a regular expression over much text recurses deeply.
  const std::size_t end = outcome.output.find_last_not_of('\n');
  const std::size_t start = end == std::string::npos ? 0 : outcome.output.rfind('\n', end);
  const std::string last = outcome.output.substr(start == std::string::npos ? 0 : start);
  outcome.has_line = std::regex_search(last, sums, line);
  if (!outcome.has_line) return outcome;
  std::uint64_t* const fields[] = {&outcome.requests,  &outcome.completed, &outcome.rejected,
                                   &outcome.cut_off,   &outcome.lost,      &outcome.duplicated,
                                   &outcome.drained_ms};
  for (std::size_t i = 0; i < std::size(fields); ++i) *fields[i] = std::stoull(sums[i + 1]);
  return outcome;
}

void ExpectNothingLost(const Outcome& outcome) {
  ASSERT_TRUE(outcome.has_line) << outcome.output;
  EXPECT_EQ(outcome.requests, outcome.completed + outcome.rejected) << outcome.output;
  EXPECT_EQ(outcome.cut_off, 0u);
  EXPECT_EQ(outcome.lost, 0u);
  EXPECT_EQ(outcome.duplicated, 0u);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST(Demo, TenConnectionsLoseNothing) {
  const Outcome outcome = RunDemo("--connections 10 --seconds 0.2");
  ExpectNothingLost(outcome);
  EXPECT_GT(outcome.completed, 40u);  // more than the first of each
}

TEST(Demo, AHundredConnectionsWithFourRequestsEachLoseNothing) {
  const Outcome outcome = RunDemo("--drain-timeout 30");
  ExpectNothingLost(outcome);
  EXPECT_GT(outcome.completed, 400u);
}

// Answers that need up to 200 ms and a server that may take 1 ms: some cannot be finished. None of
// them is lost out of sight, and the exit code says that it was not clean.
TEST(Demo, ADeadlineThatIsTooShortIsTold) {
  const Outcome outcome = RunDemo("--connections 10 --seconds 0.2 --drain-timeout 0.001");
  ASSERT_TRUE(outcome.has_line) << outcome.output;
  EXPECT_GT(outcome.cut_off, 0u);
  EXPECT_EQ(outcome.lost, 0u);
  EXPECT_EQ(outcome.duplicated, 0u);
  EXPECT_EQ(outcome.requests, outcome.completed + outcome.rejected + outcome.cut_off);
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(Demo, TheResultIsAFileAsWell) {
  const std::string file = std::string(testing::TempDir()) + "demo_test_result.json";
  const Outcome outcome = RunDemo("--connections 2 --in-flight 2 --seconds 0.05 --json " + file);
  ExpectNothingLost(outcome);
  std::ifstream stream(file);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  std::remove(file.c_str());
  EXPECT_EQ(text.find("{\"connections\":2,\"in_flight\":2,\"requests\":" +
                      std::to_string(outcome.requests) + ","),
            0u)
      << text;
  EXPECT_NE(text.find("\"server_exit_status\":0,\"server_report\":{\"result\":\"drained\""),
            std::string::npos)
      << text;
}

TEST(Demo, WrongOptionsAreTold) {
  EXPECT_EQ(RunDemo("--connections 0 2>&1").exit_code, 2);
  EXPECT_EQ(RunDemo("--help").exit_code, 0);
}

}  // namespace
}  // namespace quiesce::examples
