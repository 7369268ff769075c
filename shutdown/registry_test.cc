#include "shutdown/registry.h"

#include <gtest/gtest.h>

#include <array>

namespace quiesce::shutdown {
namespace {

using http3::Outcome;
constexpr quic::Instant kStart = quic::Instant() + std::chrono::hours(1);
constexpr http3::SessionId kFirst{0, 1}, kSecond{1, 1}, kFirstAgain{0, 2};

quic::SocketAddress Peer() {
  return quic::SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, 1}, 50'000);
}

class RegistryTest : public testing::Test {
 protected:
  void Open(http3::SessionId id) { registry.OnSessionOpened(kStart, id, Peer()); }
  void Close(http3::SessionId id, const http3::DrainRecord& record = {}) {
    registry.OnSessionClosed(kStart, id, record, {.cause = http3::EndCause::kClosedByPeer});
  }
  Registry registry;
};

// The latch is a condition and not an edge: a count that passes through zero while connections
// still come in means nothing.
TEST_F(RegistryTest, NothingIsLeftOnlyWhenNothingCanComeAndNothingIsThere) {
  EXPECT_FALSE(registry.nothing_left());
  Open(kFirst);
  Close(kFirst);
  EXPECT_FALSE(registry.nothing_left());
  Open(kSecond);
  registry.CloseAcceptPath();
  EXPECT_FALSE(registry.nothing_left());
  Close(kSecond);
  EXPECT_TRUE(registry.nothing_left());
}

// A connection that was on its way in when the accept path closed holds the latch.
TEST_F(RegistryTest, ASessionThatComesLateIsWaitedFor) {
  registry.CloseAcceptPath();
  EXPECT_TRUE(registry.nothing_left());
  Open(kFirst);
  EXPECT_FALSE(registry.nothing_left());
  Close(kFirst);
  EXPECT_TRUE(registry.nothing_left());
}

TEST_F(RegistryTest, TheSameSlotIsAnotherSession) {
  Open(kFirst);
  Close(kFirst);
  Open(kFirstAgain);
  EXPECT_EQ(registry.live(), 1u);
  EXPECT_EQ(registry.opened_total(), 2u);
}

TEST_F(RegistryTest, SumsCoverAllSessionsAndRecordsThoseOfTheDrain) {
  http3::DrainRecord record;
  record.requests.opened = 3;
  record.requests.ended[static_cast<std::size_t>(Outcome::kCompleted)] = 2;
  record.requests.ended[static_cast<std::size_t>(Outcome::kRejected)] = 1;
  Open(kFirst);
  Open(kSecond);
  Close(kFirst, record);
  registry.StartRecording();
  Close(kSecond, record);
  EXPECT_EQ(registry.requests().opened, 6u);
  EXPECT_EQ(registry.requests().of(Outcome::kCompleted), 4u);
  ASSERT_EQ(registry.records().size(), 1u);
  EXPECT_EQ(registry.records()[0].id, kSecond);
  EXPECT_EQ(registry.records()[0].peer, Peer());
  EXPECT_EQ(registry.records()[0].cause, http3::EndCause::kClosedByPeer);
}

using RegistryDeathTest = RegistryTest;

TEST_F(RegistryDeathTest, ASessionIsRegisteredOnceAndEndsOnce) {
  Open(kFirst);
  EXPECT_DEATH(Open(kFirst), "registered twice");
  EXPECT_DEATH(Close(kSecond), "was not registered");
}

}  // namespace
}  // namespace quiesce::shutdown
