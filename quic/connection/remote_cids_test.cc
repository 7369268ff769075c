#include "quic/connection/remote_cids.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace quiesce::quic {
namespace {

using Numbers = std::vector<std::uint64_t>;

ConnectionId Id(std::uint8_t n) {
  const std::array<std::uint8_t, 8> bytes{n, 1, 2, 3, 4, 5, 6, 7};
  return ConnectionId(bytes);
}

// Sequence number n comes with Id(n) and a token that begins with n + 100.
NewConnectionIdFrame New(std::uint64_t sequence_number, std::uint64_t retire_prior_to = 0) {
  NewConnectionIdFrame frame;
  frame.sequence_number = sequence_number;
  frame.retire_prior_to = retire_prior_to;
  frame.connection_id = Id(static_cast<std::uint8_t>(sequence_number));
  frame.stateless_reset_token[0] = static_cast<std::uint8_t>(sequence_number + 100);
  frame.stateless_reset_token[1] = static_cast<std::uint8_t>(sequence_number >> 8);
  return frame;
}

Numbers SendAll(RemoteCids& cids) {
  Numbers sent;
  while (const auto frame = cids.NextFrame()) {
    sent.push_back(frame->sequence_number);
    cids.OnFrameSent(frame->sequence_number);
  }
  return sent;
}

std::vector<std::uint8_t> DatagramEndingIn(const StatelessResetToken& token, std::size_t size) {
  std::vector<std::uint8_t> datagram(size, 0x41);
  std::ranges::copy(token, datagram.end() - 16);
  return datagram;
}

void ExpectError(const Result<void>& result, TransportErrorCode code) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code);
  EXPECT_EQ(result.error().frame_type, 0x18u);
}

TEST(RemoteCids, KeepsUsingTheInitialIdUntilToldOtherwise) {
  RemoteCids cids(Id(0), 4);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  EXPECT_EQ(cids.current(), Id(0));
  EXPECT_TRUE(cids.has_unused());
  EXPECT_EQ(SendAll(cids), Numbers{});
}

// RFC 9000 §7.2.
TEST(RemoteCids, ClientTakesTheServersChoice) {
  RemoteCids cids(Id(77), 4);
  cids.ReplaceInitial(Id(0));
  EXPECT_EQ(cids.current(), Id(0));
}

// RFC 9000 §9.5, §5.1.2.
TEST(RemoteCids, SwitchingRetiresTheIdInUse) {
  RemoteCids cids(Id(0), 4);
  EXPECT_FALSE(cids.SwitchToNext());
  ASSERT_TRUE(cids.HandleNewConnectionId(New(2)));
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.SwitchToNext());
  EXPECT_EQ(cids.current(), Id(1));
  EXPECT_EQ(SendAll(cids), (Numbers{0}));
}

// RFC 9000 §19.15: receipt of the same frame multiple times MUST NOT be an error.
TEST(RemoteCids, AcceptsTheSameFrameAgain) {
  RemoteCids cids(Id(0), 2);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.SwitchToNext());
  EXPECT_FALSE(cids.has_unused());
}

// RFC 9000 §19.15.
TEST(RemoteCids, RejectsAFrameThatContradictsAnEarlierOne) {
  RemoteCids cids(Id(0), 4);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  NewConnectionIdFrame other_token = New(1);
  other_token.stateless_reset_token[0] = 9;
  ExpectError(cids.HandleNewConnectionId(other_token), TransportErrorCode::kProtocolViolation);
  NewConnectionIdFrame other_id = New(1);
  other_id.connection_id = Id(9);
  ExpectError(cids.HandleNewConnectionId(other_id), TransportErrorCode::kProtocolViolation);
  NewConnectionIdFrame other_number = New(1);
  other_number.sequence_number = 2;
  ExpectError(cids.HandleNewConnectionId(other_number), TransportErrorCode::kProtocolViolation);
  NewConnectionIdFrame same_id = New(2);
  same_id.connection_id = Id(1);
  ExpectError(cids.HandleNewConnectionId(same_id), TransportErrorCode::kProtocolViolation);
  // RFC 9000 §10.3.2: one token for two IDs.
  NewConnectionIdFrame same_token = New(2);
  same_token.stateless_reset_token = New(1).stateless_reset_token;
  ExpectError(cids.HandleNewConnectionId(same_token), TransportErrorCode::kProtocolViolation);
}

// RFC 9000 §5.1.1.
TEST(RemoteCids, RejectsMoreIdsThanTheLimit) {
  RemoteCids cids(Id(0), 3);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.HandleNewConnectionId(New(2)));
  ExpectError(cids.HandleNewConnectionId(New(3)), TransportErrorCode::kConnectionIdLimitError);
}

// RFC 9000 §5.1.2: retire first, then add: all IDs can be replaced at once.
TEST(RemoteCids, ReplacesEveryIdAtTheLimit) {
  RemoteCids cids(Id(0), 2);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.HandleNewConnectionId(New(2, 2)));
  EXPECT_EQ(cids.current(), Id(2));
  EXPECT_FALSE(cids.has_unused());
  EXPECT_EQ(SendAll(cids), (Numbers{0, 1}));
}

TEST(RemoteCids, KeepsTheIdInUseWhenOnlyLowerOnesAreToBeRetired) {
  RemoteCids cids(Id(0), 4);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.HandleNewConnectionId(New(2, 1)));
  EXPECT_EQ(cids.current(), Id(1));
  // RFC 9000 §19.15: smaller values of Retire Prior To have no effect.
  ASSERT_TRUE(cids.HandleNewConnectionId(New(3, 0)));
  EXPECT_EQ(cids.current(), Id(1));
  EXPECT_EQ(SendAll(cids), (Numbers{0}));
}

// RFC 9000 §19.15: a number below an earlier Retire Prior To is retired on arrival.
TEST(RemoteCids, RetiresAnIdThatArrivesTooLate) {
  RemoteCids cids(Id(0), 4);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(5, 5)));
  SendAll(cids);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(3)));
  EXPECT_EQ(cids.current(), Id(5));
  EXPECT_FALSE(cids.has_unused());
  EXPECT_EQ(SendAll(cids), (Numbers{3}));
  // Already done for that number.
  ASSERT_TRUE(cids.HandleNewConnectionId(New(3)));
  EXPECT_EQ(SendAll(cids), Numbers{});
}

TEST(RemoteCids, NeverReturnsToARetiredId) {
  RemoteCids cids(Id(0), 4);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.HandleNewConnectionId(New(2)));
  ASSERT_TRUE(cids.SwitchToNext());
  ASSERT_TRUE(cids.SwitchToNext());
  SendAll(cids);
  cids.OnFrameAcked(0);
  cids.OnFrameAcked(1);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  EXPECT_EQ(cids.current(), Id(2));
  EXPECT_FALSE(cids.has_unused());
}

TEST(RemoteCids, SendsALostRetirementAgainUntilAcknowledged) {
  RemoteCids cids(Id(0), 4);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  ASSERT_TRUE(cids.SwitchToNext());
  EXPECT_EQ(SendAll(cids), (Numbers{0}));
  cids.OnFrameLost(0);
  EXPECT_EQ(SendAll(cids), (Numbers{0}));
  cids.OnFrameAcked(0);
  cids.OnFrameLost(0);
  EXPECT_EQ(SendAll(cids), Numbers{});
}

// RFC 9000 §5.1.2: at least twice the limit is tracked, and no more than we choose.
TEST(RemoteCids, BoundsRetirementsThatAreNotAcknowledged) {
  RemoteCids cids(Id(0), 2);
  std::uint64_t sequence_number = 1;
  Result<void> result;
  while ((result = cids.HandleNewConnectionId(New(sequence_number, sequence_number)))) {
    ++sequence_number;
    ASSERT_LT(sequence_number, 100u);
  }
  ExpectError(result, TransportErrorCode::kConnectionIdLimitError);
  EXPECT_GE(sequence_number, 2u * 2u);
}

TEST(RemoteCids, BoundsRetirementsOfIdsRetiredOnArrival) {
  RemoteCids cids(Id(0), 2);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(200, 200)));
  std::uint64_t sequence_number = 1;
  Result<void> result;
  while ((result = cids.HandleNewConnectionId(New(sequence_number)))) {
    ++sequence_number;
    ASSERT_LT(sequence_number, 100u);
  }
  ExpectError(result, TransportErrorCode::kConnectionIdLimitError);
}

TEST(RemoteCids, SwitchingWaitsWhileTooManyRetirementsAreOutstanding) {
  RemoteCids cids(Id(0), 2);
  std::uint64_t n = 1;
  for (; n <= 8; ++n) {
    ASSERT_TRUE(cids.HandleNewConnectionId(New(n)));
    ASSERT_TRUE(cids.SwitchToNext());
  }
  ASSERT_TRUE(cids.HandleNewConnectionId(New(n)));
  EXPECT_FALSE(cids.SwitchToNext());
  cids.OnFrameAcked(0);
  EXPECT_TRUE(cids.SwitchToNext());
}

TEST(RemoteCids, HugeJumpOfRetirePriorToCostsNothing) {
  RemoteCids cids(Id(0), 2);
  ASSERT_TRUE(cids.HandleNewConnectionId(New(kMaxVarint, kMaxVarint)));
  EXPECT_EQ(SendAll(cids), (Numbers{0}));
}

// RFC 9000 §19.15.
TEST(RemoteCids, RejectsNewIdsFromAPeerWithoutIds) {
  RemoteCids cids(ConnectionId(), 4);
  ExpectError(cids.HandleNewConnectionId(New(1)), TransportErrorCode::kProtocolViolation);
}

// RFC 9000 §10.3.1.
TEST(RemoteCids, OnlyTheTokenOfTheIdInUseIsAReset) {
  RemoteCids cids(Id(0), 4);
  const StatelessResetToken zero{}, first{50};
  EXPECT_FALSE(cids.IsStatelessReset(DatagramEndingIn(zero, 40)));
  cids.SetInitialResetToken(first);
  EXPECT_TRUE(cids.IsStatelessReset(DatagramEndingIn(first, 40)));
  EXPECT_FALSE(cids.IsStatelessReset(DatagramEndingIn(zero, 40)));

  ASSERT_TRUE(cids.HandleNewConnectionId(New(1)));
  const StatelessResetToken second = New(1).stateless_reset_token;
  EXPECT_FALSE(cids.IsStatelessReset(DatagramEndingIn(second, 40)));  // not used yet
  ASSERT_TRUE(cids.SwitchToNext());
  EXPECT_TRUE(cids.IsStatelessReset(DatagramEndingIn(second, 40)));
  EXPECT_FALSE(cids.IsStatelessReset(DatagramEndingIn(first, 40)));  // retired
}

// RFC 9000 §10.3: 21 bytes are the least.
TEST(RemoteCids, ResetHasTheSizeOfAPacket) {
  RemoteCids cids(Id(0), 4);
  const StatelessResetToken token{50};
  cids.SetInitialResetToken(token);
  EXPECT_FALSE(cids.IsStatelessReset({}));
  EXPECT_FALSE(cids.IsStatelessReset(DatagramEndingIn(token, 20)));
  EXPECT_TRUE(cids.IsStatelessReset(DatagramEndingIn(token, 21)));
}

}  // namespace
}  // namespace quiesce::quic
