#include "quic/stream/stream_limits.h"

#include <gtest/gtest.h>

#include "quic/wire/frames.h"

namespace quiesce::quic {
namespace {

void Open(IncomingStreamLimit& limit, int count) {
  for (int i = 0; i < count; ++i) limit.OnOpened();
}
void Retire(IncomingStreamLimit& limit, int count) {
  for (int i = 0; i < count; ++i) limit.OnRetired();
}

TEST(IncomingStreamLimit, AllowsExactlyItsLimit) {
  IncomingStreamLimit limit(3);
  EXPECT_TRUE(limit.Allows(2));
  EXPECT_FALSE(limit.Allows(3));
  EXPECT_FALSE(IncomingStreamLimit(0).Allows(0));
}

TEST(IncomingStreamLimit, GrowsInBatchesAsStreamsEnd) {
  IncomingStreamLimit limit(100);
  Open(limit, 50);
  EXPECT_FALSE(limit.update_due());
  Retire(limit, 49);
  EXPECT_FALSE(limit.update_due());
  Retire(limit, 1);
  EXPECT_TRUE(limit.update_due());
  EXPECT_EQ(limit.TakeUpdate(), 150u);
  EXPECT_FALSE(limit.update_due());
}

// Fixed batches of half a window would never fill here, and the peer could open nothing more.
TEST(IncomingStreamLimit, LongLivedStreamsDoNotStopGrowth) {
  IncomingStreamLimit limit(100);
  Open(limit, 100);  // 95 of them for long
  Retire(limit, 5);
  EXPECT_TRUE(limit.update_due());
  EXPECT_EQ(limit.TakeUpdate(), 105u);
}

TEST(IncomingStreamLimit, ALostUpdateIsSentAgain) {
  IncomingStreamLimit limit(2);
  Open(limit, 1);
  Retire(limit, 1);
  EXPECT_EQ(limit.TakeUpdate(), 3u);
  limit.OnUpdateLost();
  EXPECT_TRUE(limit.update_due());
  EXPECT_EQ(limit.TakeUpdate(), 3u);
}

TEST(IncomingStreamLimit, NothingGrowsAfterStopCredit) {
  IncomingStreamLimit limit(2);
  Open(limit, 2);
  Retire(limit, 1);
  EXPECT_EQ(limit.TakeUpdate(), 3u);
  Retire(limit, 1);
  limit.StopCredit();
  EXPECT_FALSE(limit.update_due());
  limit.OnUpdateLost();
  EXPECT_FALSE(limit.update_due());
  EXPECT_TRUE(limit.Allows(2));  // granted before
  EXPECT_FALSE(limit.Allows(3));
}

// RFC 9000 §4.6.
TEST(IncomingStreamLimit, NeverGrantsMoreThanHasIds) {
  IncomingStreamLimit limit(kMaxStreamCount);
  Open(limit, 1);
  Retire(limit, 1);
  EXPECT_FALSE(limit.update_due());
  EXPECT_EQ(limit.TakeUpdate(), kMaxStreamCount);
}

TEST(OutgoingStreamLimit, OpensWhatThePeerAllows) {
  OutgoingStreamLimit limit;
  EXPECT_FALSE(limit.TryOpen());
  EXPECT_TRUE(limit.Raise(2));
  EXPECT_TRUE(limit.TryOpen());
  EXPECT_TRUE(limit.TryOpen());
  EXPECT_FALSE(limit.TryOpen());
}

TEST(OutgoingStreamLimit, TellsOfNewCreditOnlyAfterARefusal) {
  OutgoingStreamLimit limit;
  EXPECT_FALSE(limit.Raise(1));
  EXPECT_TRUE(limit.TryOpen());
  EXPECT_FALSE(limit.TryOpen());
  EXPECT_FALSE(limit.Raise(1));  // not higher
  EXPECT_TRUE(limit.Raise(2));
  EXPECT_FALSE(limit.Raise(3));
}

TEST(OutgoingStreamLimit, SignalsBlockingOncePerLimit) {
  OutgoingStreamLimit limit;
  limit.Raise(1);
  EXPECT_TRUE(limit.TryOpen());
  EXPECT_FALSE(limit.blocked_due());
  EXPECT_FALSE(limit.TryOpen());
  EXPECT_TRUE(limit.blocked_due());
  limit.OnBlockedWritten();
  EXPECT_FALSE(limit.TryOpen());
  EXPECT_FALSE(limit.blocked_due());
  limit.OnBlockedLost();
  EXPECT_TRUE(limit.blocked_due());
  limit.Raise(2);
  EXPECT_FALSE(limit.blocked_due());
  limit.OnBlockedLost();
  EXPECT_FALSE(limit.blocked_due());
}

}  // namespace
}  // namespace quiesce::quic
