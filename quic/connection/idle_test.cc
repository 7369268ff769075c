#include "quic/connection/idle.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

using std::chrono::seconds;

constexpr Duration kPto = std::chrono::milliseconds(100);
constexpr Instant At(int s) { return Instant(seconds(s)); }

Idle WithTimeout(int s) {
  return Idle(At(0), {.idle_timeout = seconds(s), .keep_alive_interval = Duration::zero()});
}

// TR-311: RFC 9000 §10.1: the minimum of both, or the only one.
TEST(Idle, TakesTheSmallerOfTheTwoTimeouts) {
  Idle ours = WithTimeout(30);
  EXPECT_EQ(ours.Deadline(kPto), At(30));
  ours.SetPeerTimeout(40'000);
  EXPECT_EQ(ours.Deadline(kPto), At(30));
  ours.SetPeerTimeout(10'000);
  EXPECT_EQ(ours.Deadline(kPto), At(10));
}

// TR-311: RFC 9000 §18.2: off for whoever says 0; an absent parameter is 0.
TEST(Idle, ZeroMeansNone) {
  Idle ours = WithTimeout(30);
  ours.SetPeerTimeout(0);
  EXPECT_EQ(ours.Deadline(kPto), At(30));
  Idle theirs = WithTimeout(0);
  EXPECT_EQ(theirs.Deadline(kPto), std::nullopt);
  theirs.SetPeerTimeout(5'000);
  EXPECT_EQ(theirs.Deadline(kPto), At(5));
}

// RFC 9000 §18.2: the parameter is any 62-bit integer.
TEST(Idle, EndlessTimeoutOfThePeerDoesNotOverflow) {
  Idle idle = WithTimeout(0);
  idle.OnPacketReceived(At(1'000'000'000));
  idle.SetPeerTimeout((std::uint64_t{1} << 62) - 1);
  EXPECT_GT(idle.Deadline(kPto), At(1'100'000'000));
}

// TR-311: RFC 9000 §10.1: at least three times the current PTO.
TEST(Idle, LastsAtLeastThreeProbeTimeouts) {
  Idle idle = WithTimeout(1);
  EXPECT_EQ(idle.Deadline(seconds(2)), At(6));
}

// RFC 9000 §10.1.
TEST(Idle, RestartsOnReceiptAndOnTheFirstSendSince) {
  Idle idle = WithTimeout(30);
  idle.OnPacketReceived(At(5));
  EXPECT_EQ(idle.Deadline(kPto), At(35));
  idle.OnAckElicitingSent(At(10));
  EXPECT_EQ(idle.Deadline(kPto), At(40));
  idle.OnAckElicitingSent(At(20));  // a probe, or more data: no answer came in between
  EXPECT_EQ(idle.Deadline(kPto), At(40));
  idle.OnPacketReceived(At(25));
  idle.OnAckElicitingSent(At(26));
  EXPECT_EQ(idle.Deadline(kPto), At(56));
}

// RFC 9000 §10.1.2.
TEST(Idle, KeepAliveIsDueAfterSilenceOnly) {
  Idle idle(At(0), {.idle_timeout = seconds(30), .keep_alive_interval = seconds(10)});
  EXPECT_EQ(idle.KeepAliveDeadline(), At(10));
  idle.OnPacketReceived(At(3));
  EXPECT_EQ(idle.KeepAliveDeadline(), At(13));
  idle.OnAckElicitingSent(At(4));
  idle.OnAckElicitingSent(At(5));
  EXPECT_EQ(idle.KeepAliveDeadline(), At(15));
}

TEST(Idle, KeepAliveComesBeforeTheConnectionTimesOut) {
  Idle idle(At(0), {.idle_timeout = seconds(30), .keep_alive_interval = seconds(25)});
  idle.SetPeerTimeout(8'000);
  EXPECT_EQ(idle.KeepAliveDeadline(), At(4));
}

TEST(Idle, KeepAliveIsOffAtZero) {
  EXPECT_EQ(WithTimeout(30).KeepAliveDeadline(), std::nullopt);
  Idle without_timeout(At(0), {.idle_timeout = seconds(0), .keep_alive_interval = seconds(20)});
  EXPECT_EQ(without_timeout.KeepAliveDeadline(), At(20));
}

}  // namespace
}  // namespace quiesce::quic
