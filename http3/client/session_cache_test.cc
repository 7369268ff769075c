#include "http3/client/session_cache.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using quic::Version;

ResumableSession Session(std::uint8_t id, Version version = Version::kV1) {
  ResumableSession session;
  session.transport = {.version = version, .tls = {id, 1}, .parameters = {id, 2}};
  return session;
}

int TakenId(SessionCache& cache, const std::string& origin, Version version = Version::kV1) {
  const auto taken = cache.Take(origin, version);
  return taken ? taken->transport.tls[0] : -1;
}

// RFC 8446 C.4
TEST(SessionCache, GivesEachSessionOnceNewestFirst) {
  SessionCache cache;
  cache.Put("a:443", Session(1));
  cache.Put("a:443", Session(2));
  EXPECT_EQ(TakenId(cache, "a:443"), 2);
  EXPECT_EQ(TakenId(cache, "a:443"), 1);
  EXPECT_EQ(TakenId(cache, "a:443"), -1);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(SessionCache, AnotherOriginAndAnotherVersionHaveNone) {
  SessionCache cache;
  cache.Put("a:443", Session(1));
  EXPECT_EQ(TakenId(cache, "a:444"), -1);
  EXPECT_EQ(TakenId(cache, "b:443"), -1);
  EXPECT_EQ(TakenId(cache, "a:443", Version::kV2), -1);
  cache.Put("a:443", Session(2, Version::kV2));
  EXPECT_EQ(TakenId(cache, "a:443"), 1);
  EXPECT_EQ(TakenId(cache, "a:443", Version::kV2), 2);
}

TEST(SessionCache, IsBoundedAndForgetsTheOldest) {
  SessionCache cache(3);
  for (std::uint8_t i = 0; i < 5; ++i) cache.Put("a:443", Session(i));
  EXPECT_EQ(cache.size(), SessionCache::kPerOrigin);
  cache.Put("b:443", Session(10));
  cache.Put("c:443", Session(11));
  cache.Put("a:443", Session(12));
  cache.Put("d:443", Session(13));
  EXPECT_EQ(cache.size(), 4u);
  EXPECT_EQ(TakenId(cache, "b:443"), -1);
  EXPECT_EQ(TakenId(cache, "a:443"), 12);
  EXPECT_EQ(TakenId(cache, "a:443"), 4);
  EXPECT_EQ(TakenId(cache, "c:443"), 11);
  EXPECT_EQ(TakenId(cache, "d:443"), 13);
}

TEST(SessionCache, SurvivesAFile) {
  SessionCache cache;
  ResumableSession with_settings = Session(1);
  with_settings.settings = Settings{.max_field_section_size = 1000, .enable_connect_protocol = 1};
  cache.Put("a:443", with_settings);
  cache.Put("b:443", Session(2, Version::kV2));
  const std::vector<std::uint8_t> bytes = cache.Encode();
  SessionCache copy;
  ASSERT_TRUE(copy.Decode(bytes));
  EXPECT_EQ(copy.Encode(), bytes);
  const auto taken = copy.Take("a:443", Version::kV1);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->transport.tls, with_settings.transport.tls);
  EXPECT_EQ(taken->transport.parameters, with_settings.transport.parameters);
  EXPECT_EQ(taken->settings, with_settings.settings);
  EXPECT_EQ(TakenId(copy, "b:443", Version::kV2), 2);
}

TEST(SessionCache, DamagedFileIsRefused) {
  SessionCache cache;
  cache.Put("a:443", Session(1));
  const std::vector<std::uint8_t> bytes = cache.Encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SessionCache copy;
    const bool only_magic = size == std::string_view("quiesce-sessions-1\n").size();
    EXPECT_EQ(copy.Decode(std::span(bytes).first(size)), only_magic) << size;
    EXPECT_EQ(copy.size(), 0u);
  }
}

}  // namespace
}  // namespace quiesce::http3
