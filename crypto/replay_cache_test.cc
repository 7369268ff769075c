#include "crypto/replay_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::crypto {
namespace {

std::span<const std::uint8_t> Hello(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// RFC 8446 §8.2
TEST(ReplayCache, EachAttemptIsFirstOnce) {
  ReplayCache cache(10);
  EXPECT_TRUE(cache.IsFirst(1'000, Hello("a")));
  EXPECT_TRUE(cache.IsFirst(1'000, Hello("b")));
  EXPECT_FALSE(cache.IsFirst(1'000, Hello("a")));
  EXPECT_FALSE(cache.IsFirst(1'000 + ReplayCache::kWindowS, Hello("b")));
}

TEST(ReplayCache, RemembersForAWindowAtLeastWhereverItBegan) {
  for (std::int64_t at = 1'000; at < 1'000 + 2 * ReplayCache::kWindowS; ++at) {
    ReplayCache cache(10);
    EXPECT_TRUE(cache.IsFirst(1'000, Hello("first")));
    EXPECT_TRUE(cache.IsFirst(at, Hello("a")));
    EXPECT_FALSE(cache.IsFirst(at + ReplayCache::kWindowS, Hello("a"))) << at;
  }
}

TEST(ReplayCache, ForgetsAfterTwoWindows) {
  ReplayCache cache(10);
  EXPECT_TRUE(cache.IsFirst(1'000, Hello("a")));
  EXPECT_TRUE(cache.IsFirst(1'000 + 2 * ReplayCache::kWindowS, Hello("b")));
  EXPECT_EQ(cache.size(), 1u);
}

// What does not fit is refused, and nothing is forgotten for it.
TEST(ReplayCache, IsBoundedAndRefusesWhatItCannotRemember) {
  ReplayCache cache(3);
  std::int64_t now = 1'000;
  for (int window = 0; window < 4; ++window, now += ReplayCache::kWindowS) {
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE(cache.IsFirst(now, Hello(std::to_string(window * 10 + i))));
    EXPECT_FALSE(cache.IsFirst(now, Hello("one more")));
    EXPECT_FALSE(cache.IsFirst(now, Hello(std::to_string(window * 10))));
    EXPECT_LE(cache.size(), 6u);
  }
}

}  // namespace
}  // namespace quiesce::crypto
