#include "examples/server/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "test/support/server/server_world.h"

namespace quiesce::examples {
namespace {

struct Handler final : http3::RequestHandler {
  void HandleRequest(http3::Exchange& exchange) override {
    (void)exchange.Respond(200, {}, "hello\n");
  }
};

TEST(AccessLog, HasALineForTheStartAndOneForTheEnd) {
  const std::string path = testing::TempDir() + "/access_log_test.log";
  std::remove(path.c_str());
  std::string error;
  const auto log = AccessLog::Open(path, error);
  ASSERT_NE(log, nullptr) << error;
  Handler handler;
  test::ServerWorld world(handler);
  world.server().AddObserver(*log);
  const auto session = world.Open();
  world.Send(session, "/a?b=\"c\"\\d");
  world.RunFor(std::chrono::seconds(1));
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  // The last word is how long it took: a round trip, and what the client holds back.
  EXPECT_THAT(text.str(), testing::MatchesRegex(
                              "start 0.1 0 GET /a.b=\"c\".x5cd 192.0.2.1:50000\n"
                              "end 0.1 0 GET /a.b=\"c\".x5cd 200 6 completed [2-9][0-9].000\n"));
}

TEST(AccessLog, AFileThatCannotBeWrittenIsNamed) {
  std::string error;
  EXPECT_EQ(AccessLog::Open("/nowhere/at/all", error), nullptr);
  EXPECT_EQ(error, "access log '/nowhere/at/all': No such file or directory");
}

}  // namespace
}  // namespace quiesce::examples
