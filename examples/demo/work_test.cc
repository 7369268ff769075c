#include "examples/demo/work.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>

namespace quiesce::examples {
namespace {

std::span<const std::uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Work, ThePathSaysEverything) {
  for (std::uint32_t key = 0; key < 1000; ++key) {
    const Work work = Work::Of(key);
    const auto parsed = Work::Parse(work.path());
    ASSERT_TRUE(parsed) << work.path();
    EXPECT_EQ(parsed->key, key);
    EXPECT_EQ(parsed->delay, work.delay);
    EXPECT_EQ(parsed->bytes, work.bytes);
  }
}

TEST(Work, TheMixHasShortSlowAndLongOnes) {
  int at_once = 0, slow = 0, large = 0;
  for (std::uint32_t key = 0; key < 4000; ++key) {
    const Work work = Work::Of(key);
    EXPECT_TRUE(work.delay.count() == 0 || (work.delay.count() >= 5 && work.delay.count() <= 200));
    EXPECT_LE(work.bytes, Work::kBytesMax);
    if (work.delay.count() > 0) {
      ++slow;
    } else if (work.bytes >= 1024) {
      ++large;
    } else {
      ++at_once;
    }
  }
  EXPECT_NEAR(at_once, 2000, 200);
  EXPECT_NEAR(slow, 1000, 200);
  EXPECT_NEAR(large, 1000, 200);
}

TEST(Work, OtherPathsAreRefused) {
  EXPECT_TRUE(Work::Parse("/work?key=1&delay_ms=200&bytes=65536"));
  for (const char* path : {
           "",
           "/",
           "/work",
           "/work?key=",
           "/work?key=1",
           "/work?key=x&delay_ms=1&bytes=1",
           "/work?key=1&delay_ms=1&bytes=1&",
           "/work?key=-1&delay_ms=1&bytes=1",
           "/work?key=4294967296&delay_ms=1&bytes=1",
           "/work?key=1&delay_ms=201&bytes=1",
           "/work?key=1&delay_ms=1&bytes=65537",
           "/work?delay_ms=1&key=1&bytes=1",
       }) {
    EXPECT_FALSE(Work::Parse(path)) << path;
  }
}

TEST(Work, TheBodyMatchesInPiecesOfAnySize) {
  const Work work{.key = 7, .bytes = 100};
  const std::string body = work.Body();
  ASSERT_EQ(body.size(), 100u);
  for (std::size_t split = 0; split <= body.size(); ++split) {
    EXPECT_TRUE(work.Matches(0, Bytes(body).first(split)));
    EXPECT_TRUE(work.Matches(split, Bytes(body).subspan(split)));
  }
}

TEST(Work, AByteThatIsWrongDoesNotMatch) {
  const Work work{.key = 7, .bytes = 100};
  for (std::size_t i = 0; i < work.bytes; ++i) {
    std::string body = work.Body();
    body[i] = static_cast<char>(body[i] ^ 1);
    EXPECT_FALSE(work.Matches(0, Bytes(body))) << i;
  }
  const std::string body = work.Body();
  EXPECT_FALSE(work.Matches(1, Bytes(body).first(99)));
  EXPECT_FALSE(work.Matches(1, Bytes(body)));  // longer than the body
  EXPECT_FALSE(work.Matches(101, {}));
  EXPECT_FALSE((Work{.key = 8, .bytes = 100}).Matches(0, Bytes(body)));
}

}  // namespace
}  // namespace quiesce::examples
