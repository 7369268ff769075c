#include "quic/connection/skipped_numbers.h"

#include <gtest/gtest.h>

#include <vector>

#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

// The numbers left out below `end`.
std::vector<std::uint64_t> Skipped(std::uint64_t seed, std::uint64_t end) {
  test::SeededRandom random(seed);
  SkippedNumbers skipped(random);
  std::vector<std::uint64_t> left_out;
  PacketNumber number(0);
  while (number.value() < end) {
    const PacketNumber next = skipped.After(number);
    for (std::uint64_t n = number.value() + 1; n < next.value(); ++n) left_out.push_back(n);
    number = next;
  }
  return left_out;
}

// RFC 9000 §21.4.
TEST(SkippedNumbers, LeavesOutSingleNumbersSoonAndThenRarely) {
  const auto left_out = Skipped(1, 1'000'000);
  ASSERT_GT(left_out.size(), 20u);
  EXPECT_LT(left_out.size(), 200u);
  EXPECT_LE(left_out.front(), 2 * SkippedNumbers::kFirstInterval + 1);
  for (std::size_t i = 1; i < left_out.size(); ++i) {
    EXPECT_GT(left_out[i], left_out[i - 1] + 1);
    EXPECT_LE(left_out[i], left_out[i - 1] + 2 * SkippedNumbers::kIntervalMax + 1);
  }
}

TEST(SkippedNumbers, NeverLeavesOutTheFirst) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) EXPECT_GE(Skipped(seed, 300).front(), 2u);
}

TEST(SkippedNumbers, DiffersFromConnectionToConnection) {
  EXPECT_NE(Skipped(1, 10'000), Skipped(2, 10'000));
}

}  // namespace
}  // namespace quiesce::quic
