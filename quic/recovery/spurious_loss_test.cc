#include "quic/recovery/spurious_loss.h"

#include <gtest/gtest.h>

#include <vector>

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::seconds(100)};
Instant Ms(std::int64_t ms) { return kStart + milliseconds(ms); }

std::vector<SettledPacket> SentAt(std::initializer_list<std::int64_t> times) {
  std::vector<SettledPacket> packets;
  for (const std::int64_t ms : times) packets.push_back({Ms(ms), ByteCount(1200)});
  return packets;
}

bool LateAcked(SpuriousLoss& loss, std::int64_t ms) {
  const Instant time = Ms(ms);
  return loss.OnLateAcked(std::span(&time, 1));
}

TEST(SpuriousLoss, IsCertainWhenAllPacketsHaveArrived) {
  SpuriousLoss loss;
  loss.Begin(Ms(100), SentAt({1, 2}));
  loss.Add(SentAt({3}));
  EXPECT_FALSE(LateAcked(loss, 3));
  EXPECT_FALSE(LateAcked(loss, 1));
  EXPECT_TRUE(LateAcked(loss, 2));
  EXPECT_FALSE(LateAcked(loss, 2));
}

TEST(SpuriousLoss, ForeignPacketsProveNothing) {
  SpuriousLoss loss;
  loss.Begin(Ms(100), SentAt({50}));
  EXPECT_FALSE(LateAcked(loss, 49));   // of an earlier period
  EXPECT_FALSE(LateAcked(loss, 101));  // sent after the reduction
  EXPECT_TRUE(LateAcked(loss, 50));
}

TEST(SpuriousLoss, NewPeriodForgetsTheOneBefore) {
  SpuriousLoss loss;
  loss.Begin(Ms(100), SentAt({50, 51}));
  loss.Begin(Ms(200), SentAt({150}));
  EXPECT_FALSE(LateAcked(loss, 50));
  EXPECT_TRUE(LateAcked(loss, 150));
}

TEST(SpuriousLoss, NothingIsTakenBackAfterForget) {
  SpuriousLoss loss;
  EXPECT_FALSE(LateAcked(loss, 0));
  loss.Begin(Ms(100), SentAt({50}));
  loss.Forget();
  EXPECT_FALSE(LateAcked(loss, 50));
}

}  // namespace
}  // namespace quiesce::quic
