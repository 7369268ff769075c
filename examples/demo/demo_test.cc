// Runs the demonstration as a user does, and believes its exit code and its last line only.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "examples/demo/tally.h"

namespace quiesce::examples {
namespace {

struct Outcome {
  int exit_code = -1;
  std::string output;
  std::optional<Tally> tally;  // when the last line is as promised
};

std::optional<Tally> ParseLastLine(const std::string& output) {
  if (!output.ends_with('\n')) return std::nullopt;
  const std::size_t before = output.rfind('\n', output.size() - 2);
  const std::string line = output.substr(before == std::string::npos ? 0 : before + 1);
  Tally tally;
  std::sscanf(line.c_str(),
              "requests=%" SCNu64 " completed=%" SCNu64 " rejected=%" SCNu64 " cut_off=%" SCNu64
              " lost=%" SCNu64 " duplicated=%" SCNu64 " drained_ms=%" SCNd64,
              &tally.requests, &tally.completed, &tally.rejected, &tally.cut_off, &tally.lost,
              &tally.duplicated, &tally.drained_ms);
  if (tally.ToLine() + "\n" != line) return std::nullopt;
  return tally;
}

Outcome RunDemo(const std::string& arguments) {
  Outcome outcome;
  std::FILE* pipe = popen(("examples/demo/demo " + arguments).c_str(), "r");
  if (!pipe) return outcome;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    outcome.output.append(buffer, got);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  outcome.tally = ParseLastLine(outcome.output);
  return outcome;
}

void ExpectNothingLost(const Outcome& outcome) {
  ASSERT_TRUE(outcome.tally) << outcome.output;
  EXPECT_EQ(outcome.tally->requests, outcome.tally->completed + outcome.tally->rejected);
  EXPECT_EQ(outcome.tally->cut_off, 0u);
  EXPECT_EQ(outcome.tally->lost, 0u);
  EXPECT_EQ(outcome.tally->duplicated, 0u);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST(Demo, TenConnectionsLoseNothing) {
  const Outcome outcome = RunDemo("--connections 10 --seconds 0.2");
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLost(outcome));
  EXPECT_GE(outcome.tally->requests, 40u);  // the first of each at least
}

TEST(Demo, AHundredConnectionsWithFourRequestsEachLoseNothing) {
  const Outcome outcome = RunDemo("--drain-timeout 30");
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLost(outcome));
  EXPECT_GE(outcome.tally->requests, 400u);
}

// Answers that need up to 200 ms and a server that may take 1 ms: some cannot be finished. None of
// them is lost out of sight, and the exit code says that it was not clean.
TEST(Demo, ADeadlineThatIsTooShortIsTold) {
  const Outcome outcome = RunDemo("--connections 10 --seconds 0.2 --drain-timeout 0.001");
  ASSERT_TRUE(outcome.tally) << outcome.output;
  const Tally& tally = *outcome.tally;
  EXPECT_GT(tally.cut_off, 0u);
  EXPECT_EQ(tally.lost, 0u);
  EXPECT_EQ(tally.duplicated, 0u);
  EXPECT_EQ(tally.requests, tally.completed + tally.rejected + tally.cut_off);
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(Demo, TheResultIsAFileAsWell) {
  const std::string file = std::string(testing::TempDir()) + "demo_test_result.json";
  const Outcome outcome = RunDemo("--connections 2 --in-flight 2 --seconds 0.05 --json " + file);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLost(outcome));
  std::ifstream stream(file);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  std::remove(file.c_str());
  EXPECT_EQ(text.find("{\"connections\":2,\"in_flight\":2,\"requests\":" +
                      std::to_string(outcome.tally->requests) + ","),
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
