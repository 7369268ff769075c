#include "quic/recovery/persistent_congestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace quiesce::quic {
namespace {

using std::chrono::seconds;
using Lost = PersistentCongestion::Lost;

Lost LostAt(std::uint64_t order, int second) { return {order, Instant(seconds(second))}; }

TEST(PersistentCongestion, ExampleOfTheRfc) {
  // RFC 9002 §7.6.3: 1 and 9 acknowledged, 2 to 8 lost, sent 7 s apart; the duration is 6 s.
  PersistentCongestion congestion;
  congestion.OnAcked(1, 2);
  congestion.OnAcked(9, 10);
  const std::vector<Lost> lost = {LostAt(2, 1), LostAt(3, 2), LostAt(4, 3), LostAt(5, 4),
                                  LostAt(6, 5), LostAt(7, 6), LostAt(8, 8)};
  EXPECT_TRUE(congestion.Established(lost, seconds(6)));
  // RFC 9002 §7.6.2: the time must exceed the duration.
  EXPECT_FALSE(congestion.Established(lost, seconds(7)));
}

TEST(PersistentCongestion, NeedsTwoLostPackets) {
  PersistentCongestion congestion;
  EXPECT_FALSE(congestion.Established({}, seconds(1)));
  const std::vector<Lost> lost = {LostAt(2, 1)};
  EXPECT_FALSE(congestion.Established(lost, seconds(0)));
}

TEST(PersistentCongestion, AcknowledgmentInBetweenEndsThePeriod) {
  // RFC 9002 §7.6.2: whatever the space that the acknowledged packet belongs to.
  PersistentCongestion congestion;
  const std::vector<Lost> lost = {LostAt(2, 1), LostAt(4, 5), LostAt(5, 9)};
  EXPECT_TRUE(congestion.Established(lost, seconds(7)));
  congestion.OnAcked(3, 4);
  EXPECT_FALSE(congestion.Established(lost, seconds(7)));
  EXPECT_TRUE(congestion.Established(lost, seconds(3)));
}

TEST(PersistentCongestion, NeighboursOfThePeriodDoNotMatter) {
  PersistentCongestion congestion;
  congestion.OnAcked(0, 2);
  congestion.OnAcked(4, 9);
  const std::vector<Lost> lost = {LostAt(2, 1), LostAt(3, 9)};
  EXPECT_TRUE(congestion.Established(lost, seconds(7)));
}

TEST(PersistentCongestion, SeparatesPacketsOfOneInstantByOrder) {
  // A batch shares one time stamp; the last of it arrived, so the period starts after it.
  PersistentCongestion congestion;
  congestion.OnAcked(3, 4);
  const std::vector<Lost> lost = {LostAt(2, 1), LostAt(4, 6), LostAt(5, 9)};
  EXPECT_FALSE(congestion.Established(lost, seconds(7)));
}

TEST(PersistentCongestion, MemoryIsBounded) {
  PersistentCongestion congestion;
  for (std::uint64_t order = 0; order < 100'000; order += 2) congestion.OnAcked(order, order + 1);
  EXPECT_EQ(congestion.stretches(), PersistentCongestion::kStretchesMax);
}

}  // namespace
}  // namespace quiesce::quic
