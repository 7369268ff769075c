#include "quic/recovery/sent_packets.h"

#include <gtest/gtest.h>

#include <random>

#include "quic/recovery/encoded_ack.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Interval = IntervalSet::Interval;

constexpr Instant kNow{seconds(100)};

ControlToken Mark(std::uint64_t id) { return {ControlKind::kResetStream, id}; }

class SentPacketsTest : public testing::Test {
 protected:
  // An ack-eliciting packet of 1200 bytes whose only token names it.
  void Send(std::uint64_t number) {
    const SentToken token = Mark(number);
    sent_.Add({PacketNumber(number), kNow, ByteCount(1200), true, true}, number,
              std::span(&token, 1));
  }
  void SendAckOnly(std::uint64_t number) {
    const SentToken token = AckToken{PacketNumber(number)};
    sent_.Add({PacketNumber(number), kNow, ByteCount(40), false, false}, number,
              std::span(&token, 1));
  }
  // Numbers of the packets that [start, end) newly acknowledges.
  std::vector<std::uint64_t> Acknowledge(std::uint64_t start, std::uint64_t end) {
    std::vector<std::uint64_t> numbers;
    sent_.RemoveAcked(start, end, tokens_,
                      [&](const SentPackets::Record& record) { numbers.push_back(record.number); });
    return numbers;
  }
  bool WereSent(std::vector<Interval> numbers) const {
    return sent_.WereSent(EncodedAck(numbers).ranges());
  }

  SentPackets sent_;
  std::vector<SentToken> tokens_;
  std::vector<Instant> times_;
};

TEST_F(SentPacketsTest, AcknowledgedPacketReturnsItsTokensInOrder) {
  const std::vector<SentToken> carried = {
      AckToken{PacketNumber(3)}, StreamToken{StreamId(4), ByteCount(0), ByteCount(10)}, Mark(8),
      StreamToken{StreamId(8), ByteCount(0), ByteCount(0), true}};
  sent_.Add({PacketNumber(0), kNow, ByteCount(1200), true, true}, 0, carried);
  EXPECT_EQ(Acknowledge(0, 1), (std::vector<std::uint64_t>{0}));
  EXPECT_EQ(tokens_, carried);
  EXPECT_EQ(Acknowledge(0, 1), (std::vector<std::uint64_t>{}));
}

TEST_F(SentPacketsTest, CountsWhatIsInFlight) {
  // RFC 9002 §B.2: ACK-only packets do not count, PADDING does.
  Send(0);
  SendAckOnly(1);
  sent_.Add({PacketNumber(2), kNow, ByteCount(1000), false, true}, 2, {});
  EXPECT_EQ(sent_.bytes_in_flight(), ByteCount(2200));
  EXPECT_EQ(sent_.ack_eliciting_in_flight(), 1u);
  Acknowledge(0, 3);
  EXPECT_EQ(sent_.bytes_in_flight(), ByteCount(0));
  EXPECT_EQ(sent_.ack_eliciting_in_flight(), 0u);
  EXPECT_EQ(sent_.size(), 0u);
}

TEST_F(SentPacketsTest, ContiguousStreamRangesComeBackAsOne) {
  const StreamId stream(4);
  const auto send = [&](std::uint64_t number, StreamToken token) {
    const SentToken sent_token = token;
    sent_.Add({PacketNumber(number), kNow, ByteCount(1200), true, true}, number,
              std::span(&sent_token, 1));
  };
  send(0, {stream, ByteCount(0), ByteCount(1000)});
  send(1, {stream, ByteCount(1000), ByteCount(1000)});
  send(2, {stream, ByteCount(2000), ByteCount(500), true});
  send(3, {StreamId(8), ByteCount(2500), ByteCount(500)});
  send(4, {StreamId(8), ByteCount(3001), ByteCount(500)});
  Acknowledge(0, 5);
  EXPECT_EQ(tokens_,
            (std::vector<SentToken>{StreamToken{stream, ByteCount(0), ByteCount(2500), true},
                                    StreamToken{StreamId(8), ByteCount(2500), ByteCount(500)},
                                    StreamToken{StreamId(8), ByteCount(3001), ByteCount(500)}}));
}

TEST_F(SentPacketsTest, KnowsWhatWasNeverSent) {
  // RFC 9000 §13.1, §21.4.
  EXPECT_FALSE(WereSent({{0, 1}}));
  for (const std::uint64_t number : {0, 1, 2, 4, 5, 8}) Send(number);
  EXPECT_TRUE(WereSent({{0, 3}, {4, 6}, {8, 9}}));
  EXPECT_FALSE(WereSent({{8, 10}}));
  EXPECT_FALSE(WereSent({{0, 6}}));
  EXPECT_FALSE(WereSent({{6, 7}, {8, 9}}));
  // Also when everything around is long acknowledged.
  Acknowledge(0, 9);
  EXPECT_FALSE(WereSent({{2, 5}}));
  EXPECT_TRUE(WereSent({{0, 3}}));
}

TEST_F(SentPacketsTest, SkippedNumbersAreBounded) {
  for (std::uint64_t number = 1; number < 2000; number += 2) Send(number);
  EXPECT_FALSE(WereSent({{1998, 2000}}));
  EXPECT_TRUE(WereSent({{2, 4}}));  // forgotten
}

TEST_F(SentPacketsTest, LostPacketIsStillRecognisedWhenItArrivesAfterAll) {
  // RFC 9000 §13.3.
  for (std::uint64_t number = 0; number < 4; ++number) Send(number);
  Acknowledge(3, 4);
  tokens_.clear();
  sent_.RemoveLost(PacketNumber(3), kNow + seconds(1), tokens_,
                   [](const SentPackets::Record& record) { return record.number < 2; });
  EXPECT_EQ(tokens_, (std::vector<SentToken>{Mark(0), Mark(1)}));
  EXPECT_EQ(sent_.bytes_in_flight(), ByteCount(1200));
  EXPECT_TRUE(Acknowledge(0, 2).empty());
  tokens_.clear();
  EXPECT_EQ(sent_.TakeLateAcked(0, 1, tokens_, times_), 1u);
  EXPECT_EQ(tokens_, (std::vector<SentToken>{Mark(0)}));
  EXPECT_EQ(sent_.TakeLateAcked(0, 1, tokens_, times_), 0u);
  sent_.ForgetLostBefore(kNow + seconds(1));
  EXPECT_EQ(sent_.TakeLateAcked(0, 4, tokens_, times_), 1u);
}

TEST_F(SentPacketsTest, LostPacketsAreForgottenInTime) {
  Send(0);
  sent_.RemoveLost(PacketNumber(0), kNow + seconds(1), tokens_, [](const auto&) { return true; });
  sent_.ForgetLostBefore(kNow + seconds(1) + Duration(1));
  EXPECT_EQ(sent_.TakeLateAcked(0, 1, tokens_, times_), 0u);
}

TEST_F(SentPacketsTest, RememberedLossesAreBounded) {
  constexpr std::uint64_t kPackets = 100'000;
  for (std::uint64_t number = 0; number < kPackets; ++number) Send(number);
  sent_.RemoveLost(PacketNumber(kPackets), kNow + seconds(1), tokens_,
                   [](const auto&) { return true; });
  EXPECT_EQ(tokens_.size(), kPackets);
  tokens_.clear();
  const std::size_t remembered = sent_.TakeLateAcked(0, kPackets, tokens_, times_);
  EXPECT_GE(remembered, SentPackets::kLostMax);
  EXPECT_LE(remembered, 2 * SentPackets::kLostMax);
  EXPECT_EQ(tokens_.back(), SentToken(Mark(kPackets - 1)));  // the newest
}

TEST_F(SentPacketsTest, OneStragglerDoesNotGrowTheRing) {
  Send(0);
  for (std::uint64_t number = 1; number < 100'000; ++number) {
    Send(number);
    ASSERT_EQ(Acknowledge(number, number + 1).size(), 1u);
    tokens_.clear();
  }
  EXPECT_LE(sent_.capacity(), 16u);
  EXPECT_EQ(Acknowledge(0, 100'000), (std::vector<std::uint64_t>{0}));
  EXPECT_EQ(tokens_, (std::vector<SentToken>{Mark(0)}));
}

TEST_F(SentPacketsTest, PacketsThatAreNeverAcknowledgedAreBounded) {
  // A peer that never acknowledges ACK-only packets costs no memory.
  Send(0);
  for (std::uint64_t number = 1; number < 100'000; ++number) SendAckOnly(number);
  Send(100'000);
  EXPECT_EQ(sent_.size(), SentPackets::kAckOnlyMax + 2);
  EXPECT_LE(sent_.capacity(), 4 * SentPackets::kAckOnlyMax);
  // They were sent all the same.
  EXPECT_TRUE(WereSent({{0, 100'001}}));
  EXPECT_EQ(Acknowledge(0, 100'001).size(), SentPackets::kAckOnlyMax + 2);
  SendAckOnly(100'001);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(SentPacketsTest, OldestElicitingPacketsCanBeRepeated) {
  SendAckOnly(0);
  for (std::uint64_t number = 1; number < 4; ++number) Send(number);
  Acknowledge(1, 2);
  tokens_.clear();
  EXPECT_EQ(sent_.CollectEliciting(0, 100, 1, tokens_).packets, 1u);
  EXPECT_EQ(tokens_, (std::vector<SentToken>{Mark(2)}));
  EXPECT_GE(sent_.CollectEliciting(0, 100, 5, tokens_).packets, 1u);
  EXPECT_EQ(tokens_, (std::vector<SentToken>{Mark(2), Mark(2), Mark(3)}));
  EXPECT_EQ(sent_.ack_eliciting_in_flight(), 2u);
}

TEST_F(SentPacketsTest, TakeAllLeavesNothingButTheNumber) {
  for (std::uint64_t number = 0; number < 3; ++number) Send(number);
  Acknowledge(1, 2);
  tokens_.clear();
  sent_.TakeAll(tokens_);
  EXPECT_EQ(tokens_, (std::vector<SentToken>{Mark(0), Mark(2)}));
  EXPECT_EQ(sent_.size(), 0u);
  EXPECT_EQ(sent_.bytes_in_flight(), ByteCount(0));
  EXPECT_EQ(sent_.next_number(), 3u);
}

TEST_F(SentPacketsTest, FormerPathLeavesTheFlightButStaysKnown) {
  // RFC 9000 §9.4.
  Send(0);
  sent_.Add({PacketNumber(1), kNow, ByteCount(1000), false, true}, 1, {});
  sent_.ClearInFlight();
  EXPECT_EQ(sent_.bytes_in_flight(), ByteCount(0));
  EXPECT_EQ(sent_.ack_eliciting_in_flight(), 1u);
  Send(2);
  EXPECT_EQ(Acknowledge(0, 2).size(), 2u);
  EXPECT_EQ(sent_.bytes_in_flight(), ByteCount(1200));
  // What carried only PADDING is bounded like ACK-only packets from then on.
  for (std::uint64_t number = 3; number < 1000; ++number) SendAckOnly(number);
  EXPECT_EQ(sent_.size(), SentPackets::kAckOnlyMax + 1);
}

// Against a plain list: any mixture of skipped, acknowledged and lost packets.
TEST_F(SentPacketsTest, AgreesWithAPlainList) {
  const auto seed = static_cast<std::uint32_t>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 rng(seed);
  std::vector<std::uint64_t> plain;
  std::uint64_t next = 0;
  for (int step = 0; step < 100'000; ++step) {
    const std::uint32_t action = rng() % 100;
    if (action < 60) {
      next += rng() % 50 == 0 ? 1 + rng() % 3 : 0;
      Send(next);
      plain.push_back(next++);
    } else if (action < 95) {
      const std::uint64_t start = next - std::min<std::uint64_t>(next, rng() % 100);
      const std::uint64_t end = start + rng() % 10;
      std::vector<std::uint64_t> expected;
      std::erase_if(plain, [&](std::uint64_t number) {
        if (number < start || number >= end) return false;
        expected.push_back(number);
        return true;
      });
      ASSERT_EQ(Acknowledge(start, end), expected);
    } else {
      const std::uint64_t largest = next - std::min<std::uint64_t>(next, rng() % 60);
      std::vector<std::uint64_t> expected, lost;
      std::erase_if(plain, [&](std::uint64_t number) {
        if (number > largest || number % 3 == 0) return false;
        expected.push_back(number);
        return true;
      });
      sent_.RemoveLost(PacketNumber(largest), kNow, tokens_,
                       [&](const SentPackets::Record& record) {
                         if (record.number % 3 == 0) return false;
                         lost.push_back(record.number);
                         return true;
                       });
      ASSERT_EQ(lost, expected);
    }
    ASSERT_EQ(sent_.size(), plain.size());
    ASSERT_EQ(sent_.bytes_in_flight(), ByteCount(1200) * plain.size());
    tokens_.clear();
  }
}

}  // namespace
}  // namespace quiesce::quic
