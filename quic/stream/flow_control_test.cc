#include "quic/stream/flow_control.h"

#include <gtest/gtest.h>

#include <chrono>

namespace quiesce::quic {
namespace {

constexpr Duration kRtt = std::chrono::milliseconds(100);

Instant At(int ms) { return Instant(std::chrono::milliseconds(ms)); }

// The peer sends `count` bytes and the application reads them.
void Pass(ReceiveWindow& window, std::uint64_t count) {
  ASSERT_TRUE(window.Allows(ByteCount(count)));
  window.OnReceived(ByteCount(count));
  window.OnConsumed(ByteCount(count));
}

TEST(ReceiveWindow, AllowsExactlyItsLimit) {
  ReceiveWindow window(ByteCount(1000), ByteCount(1000));
  EXPECT_TRUE(window.Allows(ByteCount(1000)));
  EXPECT_FALSE(window.Allows(ByteCount(1001)));
  window.OnReceived(ByteCount(600));
  EXPECT_TRUE(window.Allows(ByteCount(400)));
  EXPECT_FALSE(window.Allows(ByteCount(401)));
}

TEST(ReceiveWindow, UpdatesWhenHalfIsConsumed) {
  ReceiveWindow window(ByteCount(1000), ByteCount(1000));
  EXPECT_FALSE(window.update_due());
  Pass(window, 499);
  EXPECT_FALSE(window.update_due());
  Pass(window, 1);
  EXPECT_TRUE(window.update_due());
  EXPECT_EQ(window.TakeUpdate(At(0), kRtt), ByteCount(1500));
  EXPECT_FALSE(window.update_due());
}

TEST(ReceiveWindow, GrantsNothingForBytesThatAreNotConsumed) {
  ReceiveWindow window(ByteCount(1000), ByteCount(1000));
  window.OnReceived(ByteCount(1000));
  EXPECT_FALSE(window.update_due());
}

// Bytes that one stream leaves unread must not stop the others: half of the window is never
// consumed here, and yet the peer has nothing left.
TEST(ReceiveWindow, UpdatesTheRestWhileMostOfItLiesUnread) {
  ReceiveWindow window(ByteCount(1000), ByteCount(1000));
  window.OnReceived(ByteCount(700));
  Pass(window, 149);
  EXPECT_FALSE(window.update_due());
  Pass(window, 1);
  EXPECT_TRUE(window.update_due());
  EXPECT_EQ(window.TakeUpdate(At(0), kRtt), ByteCount(1150));
}

TEST(ReceiveWindow, DoublesWhenHalfIsConsumedWithinTwoRoundTrips) {
  ReceiveWindow window(ByteCount(1000), ByteCount(3000));
  Pass(window, 500);
  EXPECT_EQ(window.TakeUpdate(At(0), kRtt), ByteCount(1500));
  Pass(window, 500);
  EXPECT_EQ(window.TakeUpdate(At(199), kRtt), ByteCount(3000));
  EXPECT_EQ(window.window(), ByteCount(2000));
  Pass(window, 1000);
  window.TakeUpdate(At(300), kRtt);
  EXPECT_EQ(window.window(), ByteCount(3000));  // the maximum
}

TEST(ReceiveWindow, StaysWhenTheApplicationIsSlower) {
  ReceiveWindow window(ByteCount(1000), ByteCount(3000));
  Pass(window, 500);
  window.TakeUpdate(At(0), kRtt);
  Pass(window, 500);
  window.TakeUpdate(At(200), kRtt);
  EXPECT_EQ(window.window(), ByteCount(1000));
}

TEST(ReceiveWindow, ALostUpdateIsSentAgainWithTheNewestLimitAndDoesNotGrowTheWindow) {
  ReceiveWindow window(ByteCount(1000), ByteCount(3000));
  Pass(window, 500);
  window.TakeUpdate(At(0), kRtt);
  Pass(window, 100);
  EXPECT_FALSE(window.update_due());
  window.OnUpdateLost();
  EXPECT_TRUE(window.update_due());
  EXPECT_EQ(window.TakeUpdate(At(1), kRtt), ByteCount(1600));
  EXPECT_EQ(window.window(), ByteCount(1000));
  EXPECT_FALSE(window.update_due());
}

TEST(ReceiveWindow, NeverExceedsAVarint) {
  const ByteCount largest(kMaxVarint);
  ReceiveWindow window(largest, largest);
  Pass(window, kMaxVarint);
  EXPECT_FALSE(window.update_due());
  EXPECT_EQ(window.TakeUpdate(At(0), kRtt), ByteCount(kMaxVarint));
}

TEST(SendCredit, SpendsWhatWasGranted) {
  SendCredit credit(ByteCount(100));
  credit.Spend(ByteCount(60));
  EXPECT_EQ(credit.available(), ByteCount(40));
  EXPECT_TRUE(credit.Raise(ByteCount(200)));
  EXPECT_EQ(credit.available(), ByteCount(140));
}

// RFC 9000 §4.1.
TEST(SendCredit, IgnoresALimitThatDoesNotRise) {
  SendCredit credit(ByteCount(100));
  EXPECT_FALSE(credit.Raise(ByteCount(100)));
  EXPECT_FALSE(credit.Raise(ByteCount(50)));
  EXPECT_EQ(credit.limit(), ByteCount(100));
}

TEST(SendCredit, SignalsBlockingOncePerLimit) {
  SendCredit credit(ByteCount(0));
  EXPECT_FALSE(credit.blocked_due());
  credit.OnBlocked();
  EXPECT_TRUE(credit.blocked_due());
  credit.OnBlockedWritten();
  credit.OnBlocked();
  EXPECT_FALSE(credit.blocked_due());
  credit.Raise(ByteCount(10));
  credit.Spend(ByteCount(10));
  credit.OnBlocked();
  EXPECT_TRUE(credit.blocked_due());
}

TEST(SendCredit, DropsTheSignalWhenCreditArrivesFirst) {
  SendCredit credit(ByteCount(0));
  credit.OnBlocked();
  credit.Raise(ByteCount(10));
  EXPECT_FALSE(credit.blocked_due());
}

// RFC 9000 §13.3.
TEST(SendCredit, RepeatsALostSignalOnlyWhileBlockedOnTheSameLimit) {
  SendCredit credit(ByteCount(0));
  credit.OnBlocked();
  credit.OnBlockedWritten();
  credit.OnBlockedLost();
  EXPECT_TRUE(credit.blocked_due());
  credit.OnBlockedWritten();
  credit.Raise(ByteCount(10));
  credit.OnBlockedLost();
  EXPECT_FALSE(credit.blocked_due());
  credit.Spend(ByteCount(10));
  credit.OnBlockedLost();  // the one for limit 0; nothing was signalled for 10
  EXPECT_FALSE(credit.blocked_due());
}

}  // namespace
}  // namespace quiesce::quic
