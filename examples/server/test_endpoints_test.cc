// The query of the test endpoints; what they answer is in process_test.
#include "examples/server/test_endpoints.h"

#include <gtest/gtest.h>

namespace quiesce::examples {
namespace {

TEST(QueryNumber, IsFoundByName) {
  EXPECT_EQ(QueryNumber("/slow?ms=5", "ms"), 5u);
  EXPECT_EQ(QueryNumber("/slow?id=abc&ms=7", "ms"), 7u);
  EXPECT_EQ(QueryNumber("/slow?ms=7&id=abc", "ms"), 7u);
  EXPECT_EQ(QueryNumber("/bytes?n=18446744073709551615", "n"), 18446744073709551615u);
}

TEST(QueryNumber, AnythingElseIsNone) {
  for (const char* target :
       {"/slow", "/slow?", "/slow?ms", "/slow?ms=", "/slow?ms=x", "/slow?ms=1x", "/slow?ms=-1",
        "/slow?xms=1", "/slow?m=1", "/slow?n=99", "/slow?ms=18446744073709551616"}) {
    EXPECT_EQ(QueryNumber(target, "ms"), std::nullopt) << target;
  }
}

}  // namespace
}  // namespace quiesce::examples
