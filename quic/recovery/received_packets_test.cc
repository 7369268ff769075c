#include "quic/recovery/received_packets.h"

#include <gtest/gtest.h>

#include <vector>

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Interval = IntervalSet::Interval;

constexpr Instant kNow{seconds(100)};
constexpr Duration kMaxAckDelay = milliseconds(25);

class ReceivedPacketsTest : public testing::Test {
 protected:
  void Receive(std::uint64_t number, Instant now = kNow) {
    received_.OnPacketReceived(now, PacketNumber(number), true, Ecn::kNotEct);
  }
  void ReceiveNonEliciting(std::uint64_t number, Instant now = kNow) {
    received_.OnPacketReceived(now, PacketNumber(number), false, Ecn::kNotEct);
  }
  // Packets 0 and 1, acknowledged: the state of an ordinary connection.
  void ReceiveFirstTwo() {
    Receive(0);
    Receive(1);
    received_.OnAckSent();
  }
  std::vector<Interval> Ranges() const {
    return {received_.ranges().begin(), received_.ranges().end()};
  }

  ReceivedPackets received_{PacketNumberSpace::kApplication, {.max_ack_delay = kMaxAckDelay}};
};

TEST_F(ReceivedPacketsTest, FirstElicitingPacketWaitsForMaxAckDelay) {
  // RFC 9000 §13.2.1.
  Receive(0);
  EXPECT_EQ(received_.AckDeadline(), kNow + kMaxAckDelay);
  EXPECT_TRUE(received_.HasUnackedEliciting());
  EXPECT_FALSE(received_.AckDue(kNow + kMaxAckDelay - Duration(1)));
  EXPECT_TRUE(received_.AckDue(kNow + kMaxAckDelay));
}

TEST_F(ReceivedPacketsTest, SecondElicitingPacketIsAcknowledgedAtOnce) {
  // RFC 9000 §13.2.2.
  Receive(0);
  Receive(1, kNow + milliseconds(3));
  EXPECT_TRUE(received_.AckDue(kNow + milliseconds(3)));
  received_.OnAckSent();
  EXPECT_EQ(received_.AckDeadline(), std::nullopt);
  EXPECT_FALSE(received_.HasUnackedEliciting());
  Receive(2, kNow + milliseconds(4));
  EXPECT_FALSE(received_.AckDue(kNow + milliseconds(4)));
}

TEST_F(ReceivedPacketsTest, LaterPacketDoesNotPostponeTheDeadline) {
  ReceivedPackets received(PacketNumberSpace::kApplication,
                           {.max_ack_delay = kMaxAckDelay, .ack_eliciting_threshold = 10});
  received.OnPacketReceived(kNow, PacketNumber(0), true, Ecn::kNotEct);
  received.OnPacketReceived(kNow + milliseconds(20), PacketNumber(1), true, Ecn::kNotEct);
  EXPECT_EQ(received.AckDeadline(), kNow + kMaxAckDelay);
}

TEST_F(ReceivedPacketsTest, NonElicitingPacketsCauseNothing) {
  // RFC 9000 §13.2.1: not even when packets are missing before them.
  for (std::uint64_t number = 0; number < 1000; number += 2) ReceiveNonEliciting(number);
  EXPECT_EQ(received_.AckDeadline(), std::nullopt);
  EXPECT_FALSE(received_.HasUnackedEliciting());
  // They are reported when an ACK frame leaves for another reason.
  EXPECT_EQ(Ranges().back(), (Interval{998, 999}));
}

TEST_F(ReceivedPacketsTest, ReorderedPacketIsAcknowledgedAtOnce) {
  // RFC 9000 §13.2.1.
  ReceiveFirstTwo();
  Receive(3);
  received_.OnAckSent();
  Receive(2);
  EXPECT_TRUE(received_.AckDue(kNow));
}

TEST_F(ReceivedPacketsTest, PacketAfterAGapIsAcknowledgedAtOnceButNotItsSuccessor) {
  // RFC 9000 §13.2.1: only a gap since the last ack-eliciting packet counts.
  ReceiveFirstTwo();
  Receive(4);
  EXPECT_TRUE(received_.AckDue(kNow));
  received_.OnAckSent();
  Receive(5);
  EXPECT_FALSE(received_.AckDue(kNow));
}

TEST_F(ReceivedPacketsTest, NonElicitingPacketsFillAGap) {
  // RFC 9000 §13.2.1: "missing" means not received, whatever the packet carried.
  ReceiveFirstTwo();
  ReceiveNonEliciting(2);
  Receive(3);
  EXPECT_FALSE(received_.AckDue(kNow));
}

TEST_F(ReceivedPacketsTest, CongestionMarkIsAcknowledgedAtOnce) {
  // RFC 9000 §13.2.1.
  ReceiveFirstTwo();
  received_.OnPacketReceived(kNow, PacketNumber(2), false, Ecn::kCe);
  EXPECT_EQ(received_.AckDeadline(), std::nullopt);
  received_.OnPacketReceived(kNow, PacketNumber(3), true, Ecn::kCe);
  EXPECT_TRUE(received_.AckDue(kNow));
}

TEST_F(ReceivedPacketsTest, HandshakeSpacesAcknowledgeAtOnce) {
  // RFC 9000 §13.2.1.
  for (const auto space : {PacketNumberSpace::kInitial, PacketNumberSpace::kHandshake}) {
    ReceivedPackets received(space, {});
    received.OnPacketReceived(kNow, PacketNumber(0), true, Ecn::kNotEct);
    EXPECT_TRUE(received.AckDue(kNow));
  }
}

TEST_F(ReceivedPacketsTest, DuplicateChangesNothing) {
  // RFC 9000 §12.3, §13.4.1.
  received_.OnPacketReceived(kNow, PacketNumber(7), true, Ecn::kEct0);
  EXPECT_TRUE(received_.IsDuplicate(PacketNumber(7)));
  EXPECT_FALSE(received_.IsDuplicate(PacketNumber(6)));
  received_.OnPacketReceived(kNow, PacketNumber(7), true, Ecn::kEct0);
  EXPECT_EQ(received_.ecn_counts()->ect0, 1u);
  EXPECT_FALSE(received_.AckDue(kNow));
}

TEST_F(ReceivedPacketsTest, CountsEcnMarksOfEveryPacket) {
  // RFC 9000 §13.4.1.
  Receive(0);
  EXPECT_EQ(received_.ecn_counts(), std::nullopt);
  received_.OnPacketReceived(kNow, PacketNumber(1), true, Ecn::kEct0);
  received_.OnPacketReceived(kNow, PacketNumber(2), false, Ecn::kEct1);
  received_.OnPacketReceived(kNow, PacketNumber(3), true, Ecn::kCe);
  received_.OnPacketReceived(kNow, PacketNumber(4), true, Ecn::kCe);
  EXPECT_EQ(received_.ecn_counts(), (EcnCounts{.ect0 = 1, .ect1 = 1, .ce = 2}));
}

TEST_F(ReceivedPacketsTest, DelayCountsFromTheLargestPacket) {
  // RFC 9000 §13.2.5.
  Receive(5);
  Receive(4, kNow + milliseconds(10));
  EXPECT_EQ(received_.AckDelay(kNow + milliseconds(12)), milliseconds(12));
  EXPECT_EQ(received_.AckDelay(kNow - seconds(1)), Duration::zero());
  EXPECT_EQ(received_.largest_received(), PacketNumber(5));
}

TEST_F(ReceivedPacketsTest, AcknowledgedAckLetsOldRangesGo) {
  // RFC 9000 §13.2.4.
  Receive(0);
  Receive(2);
  Receive(3);
  Receive(5);
  received_.OnAckAcked(PacketNumber(3));
  EXPECT_EQ(Ranges(), (std::vector<Interval>{{5, 6}}));
  // RFC 9000 §13.2.3: nothing in a forgotten range is accepted again.
  EXPECT_TRUE(received_.IsDuplicate(PacketNumber(1)));
  EXPECT_FALSE(received_.IsDuplicate(PacketNumber(4)));
  // Older ACK frames may be acknowledged later.
  received_.OnAckAcked(PacketNumber(0));
  EXPECT_TRUE(received_.IsDuplicate(PacketNumber(3)));
}

TEST_F(ReceivedPacketsTest, LargestSurvivesWhenAllRangesAreForgotten) {
  // RFC 9000 §13.2.3.
  ReceiveFirstTwo();
  ReceiveNonEliciting(2);
  received_.OnAckAcked(PacketNumber(2));
  EXPECT_TRUE(received_.ranges().empty());
  EXPECT_EQ(received_.largest_received(), PacketNumber(2));
  Receive(3);
  EXPECT_FALSE(received_.AckDue(kNow));  // what was forgotten is no gap
  EXPECT_EQ(Ranges(), (std::vector<Interval>{{3, 4}}));
}

TEST_F(ReceivedPacketsTest, RangesAreBoundedAndTheOldestGo) {
  // RFC 9000 §13.2.3: however many packets leave gaps, they cost 64 ranges.
  for (std::uint64_t number = 0; number < 20'000; number += 2) Receive(number);
  EXPECT_EQ(received_.ranges().size(), 64u);
  EXPECT_EQ(received_.ranges().front(), (Interval{20'000 - 128, 20'000 - 127}));
  EXPECT_TRUE(received_.IsDuplicate(PacketNumber(1)));
  EXPECT_TRUE(received_.IsDuplicate(PacketNumber(20'000 - 130)));
  EXPECT_FALSE(received_.IsDuplicate(PacketNumber(20'000 - 127)));
}

TEST_F(ReceivedPacketsTest, RangesArrivingBackwardsAreBoundedToo) {
  for (std::uint64_t number = 20'000; number > 0; number -= 2) Receive(number);
  EXPECT_EQ(received_.ranges().size(), 64u);
  EXPECT_EQ(received_.ranges().back(), (Interval{20'000, 20'001}));
}

}  // namespace
}  // namespace quiesce::quic
