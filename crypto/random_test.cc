#include "crypto/random.h"

#include <gtest/gtest.h>

#include <array>

namespace quiesce::crypto {
namespace {

TEST(SystemRandom, FillsEverythingAndNeverRepeats) {
  SystemRandom random;
  std::array<std::uint8_t, 32> first{}, second{}, third{};
  random.FillPublic(first);
  random.FillPublic(second);
  random.FillSecret(third);
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_NE(third, (std::array<std::uint8_t, 32>{}));
}

TEST(SystemRandom, AcceptsNothingToFill) {
  SystemRandom random;
  random.FillPublic({});
  random.FillSecret({});
  std::array<std::uint8_t, 4> guard{1, 2, 3, 4};
  random.FillSecret(std::span(guard).subspan(4));
  EXPECT_EQ(guard, (std::array<std::uint8_t, 4>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace quiesce::crypto
