#include "quic/io/arrivals.h"

#include <gtest/gtest.h>

#include <array>

namespace quiesce::quic {
namespace {

// RFC 8999 §5.1: the first bit says which form the header has.
TEST(Arrivals, BeginWithALongHeader) {
  EXPECT_TRUE(Arrivals::MayBegin(std::array<std::uint8_t, 2>{0xc0, 0}));
  EXPECT_TRUE(Arrivals::MayBegin(std::array<std::uint8_t, 1>{0x80}));
  EXPECT_FALSE(Arrivals::MayBegin(std::array<std::uint8_t, 1>{0x7f}));
  EXPECT_FALSE(Arrivals::MayBegin({}));
}

TEST(Arrivals, AreTakenOldestFirst) {
  Arrivals arrivals(3);
  for (std::uint8_t i = 0; i < 3; ++i)
    arrivals.Add({.ecn = Ecn::kEct0}, std::array<std::uint8_t, 2>{0xc0, i});
  for (std::uint8_t i = 0; i < 3; ++i) {
    const auto datagram = arrivals.Take();
    ASSERT_TRUE(datagram);
    EXPECT_EQ(datagram->info.ecn, Ecn::kEct0);
    EXPECT_EQ(datagram->bytes, (std::vector<std::uint8_t>{0xc0, i}));
  }
  EXPECT_TRUE(arrivals.empty());
  EXPECT_FALSE(arrivals.Take());
}

TEST(Arrivals, BeyondTheLimitAreDroppedAndCounted) {
  Arrivals arrivals(2);
  for (int i = 0; i < 5; ++i) arrivals.Add({}, std::array<std::uint8_t, 1>{0xc0});
  EXPECT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals.dropped(), 3u);
}

}  // namespace
}  // namespace quiesce::quic
