#include "test/sim/request_plan.h"

#include <gtest/gtest.h>

namespace quiesce::sim {
namespace {

TEST(RequestPlan, ThePathCarriesWhatTheServerNeeds) {
  const RequestPlan plan{
      .key = 17, .work = Work::kLater, .delay = std::chrono::milliseconds(20), .bytes = 300};
  const auto read = RequestPlan::FromPath(plan.Path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, plan.key);
  EXPECT_EQ(read->work, plan.work);
  EXPECT_EQ(read->delay, plan.delay);
  EXPECT_EQ(read->bytes, plan.bytes);
}

TEST(RequestPlan, AnyOtherPathIsNone) {
  for (const char* path : {"", "/", "/1/2/3", "/1/2/3/4/5", "/1/2/3/x", "/1/99/3/4", "1/2/3/4"})
    EXPECT_FALSE(RequestPlan::FromPath(path)) << path;
}

TEST(RequestPlan, BodiesOfDifferentRequestsDiffer) {
  const RequestPlan a{.key = 1}, b{.key = 2};
  EXPECT_NE(a.BodyByte(0), b.BodyByte(0));
  EXPECT_NE(a.BodyByte(0), a.BodyByte(1));
}

}  // namespace
}  // namespace quiesce::sim
