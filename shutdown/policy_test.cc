#include "shutdown/policy.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::shutdown {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string BadField(const DrainPolicy& policy) {
  const auto error = policy.Validate();
  return error ? error->field : "";
}

TEST(DrainPolicy, DefaultsAreSound) { EXPECT_EQ(BadField({}), ""); }

TEST(DrainPolicy, ADrainIsNeverEndless) {
  EXPECT_EQ(BadField({.grace_period = Duration::zero()}), "grace_period");
  EXPECT_EQ(BadField({.grace_period = milliseconds(1)}), "");
  EXPECT_EQ(BadField({.grace_period = hours(1)}), "");
  EXPECT_EQ(BadField({.grace_period = hours(1) + Duration(1)}), "grace_period");
}

TEST(DrainPolicy, TheSpreadIsAtMostAQuarterOfTheGracePeriod) {
  EXPECT_EQ(BadField({.grace_period = seconds(8), .spread = seconds(2)}), "");
  EXPECT_EQ(BadField({.grace_period = seconds(8), .spread = seconds(2) + Duration(1)}), "spread");
  EXPECT_EQ(BadField({.spread = Duration(-1)}), "spread");
}

TEST(DrainPolicy, DelaysAreBounded) {
  EXPECT_EQ(BadField({.unready_delay = Duration(-1)}), "unready_delay");
  EXPECT_EQ(BadField({.unready_delay = hours(2)}), "unready_delay");
  EXPECT_EQ(BadField({.flush_timeout = Duration::zero()}), "flush_timeout");
  EXPECT_EQ(BadField({.flush_timeout = hours(2)}), "flush_timeout");
}

}  // namespace
}  // namespace quiesce::shutdown
