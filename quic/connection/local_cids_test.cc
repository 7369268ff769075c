#include "quic/connection/local_cids.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace quiesce::quic {
namespace {

ConnectionId Id(std::uint8_t n) {
  const std::array<std::uint8_t, 8> bytes{n, 1, 2, 3, 4, 5, 6, 7};
  return ConnectionId(bytes);
}

// Id(1), Id(2), ... whose tokens begin with the same number.
class CountingIssuer final : public CidIssuer {
 public:
  IssuedCid Issue() override {
    ++issued;
    return {Id(issued), StatelessResetToken{issued}};
  }
  std::uint8_t issued = 0;
};

class EmptyIssuer final : public CidIssuer {
 public:
  IssuedCid Issue() override { return {}; }
};

RetireConnectionIdFrame Retire(std::uint64_t sequence_number) {
  return {.sequence_number = sequence_number};
}

// Sends every frame that is due, returns the sequence numbers.
std::vector<std::uint64_t> SendAll(LocalCids& cids) {
  std::vector<std::uint64_t> sent;
  while (const auto frame = cids.NextFrame()) {
    sent.push_back(frame->sequence_number);
    cids.OnFrameSent(frame->sequence_number);
  }
  return sent;
}

std::vector<LocalCidChange> Changes(LocalCids& cids) {
  std::vector<LocalCidChange> changes;
  while (const auto change = cids.PollChange()) changes.push_back(*change);
  return changes;
}

constexpr auto kAdded = LocalCidChange::Kind::kAdded;
constexpr auto kRemoved = LocalCidChange::Kind::kRemoved;
using Numbers = std::vector<std::uint64_t>;
using ChangeList = std::vector<LocalCidChange>;

// RFC 9000 §5.1.1: the initial ID has sequence number 0 and needs no frame.
TEST(LocalCids, BeginsWithOneIdAndNothingToAnnounce) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 4);
  EXPECT_EQ(cids.initial().id, Id(1));
  EXPECT_FALSE(cids.NextFrame());
  EXPECT_EQ(Changes(cids), (ChangeList{{kAdded, Id(1)}}));
}

TEST(LocalCids, AnnouncesUpToTheSmallerLimitInAscendingOrder) {
  CountingIssuer issuer;
  LocalCids generous(issuer, 8), modest(issuer, 3);
  generous.SetPeerLimit(2);
  EXPECT_EQ(SendAll(generous), (Numbers{1}));
  modest.SetPeerLimit(kMaxVarint);
  EXPECT_EQ(SendAll(modest), (Numbers{1, 2}));
  EXPECT_EQ(modest.ids().size(), 3u);
}

TEST(LocalCids, AnnouncesTheIdWithItsToken) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 2);
  cids.SetPeerLimit(2);
  const auto frame = cids.NextFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->connection_id, Id(2));
  EXPECT_EQ(frame->stateless_reset_token, StatelessResetToken{2});
  EXPECT_EQ(frame->retire_prior_to, 0u);
}

// RFC 9000 §5.1.1: SHOULD supply a new connection ID when the peer retires one.
TEST(LocalCids, ReplacesARetiredId) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 2);
  cids.SetPeerLimit(2);
  SendAll(cids);
  Changes(cids);
  ASSERT_TRUE(cids.HandleRetireConnectionId(Retire(0), Id(2)));
  EXPECT_EQ(Changes(cids), (ChangeList{{kRemoved, Id(1)}, {kAdded, Id(3)}}));
  EXPECT_EQ(cids.ids(), (std::vector{Id(2), Id(3)}));
  EXPECT_EQ(SendAll(cids), (Numbers{2}));
}

TEST(LocalCids, IgnoresARepeatedRetirement) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 2);
  cids.SetPeerLimit(2);
  SendAll(cids);
  ASSERT_TRUE(cids.HandleRetireConnectionId(Retire(0), Id(2)));
  Changes(cids);
  ASSERT_TRUE(cids.HandleRetireConnectionId(Retire(0), Id(2)));
  EXPECT_EQ(Changes(cids), ChangeList{});
}

// RFC 9000 §19.16.
TEST(LocalCids, RejectsTheRetirementOfWhatWasNeverSent) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 4);
  cids.SetPeerLimit(4);
  cids.OnFrameSent(1);
  const auto unsent = cids.HandleRetireConnectionId(Retire(2), Id(1));
  ASSERT_FALSE(unsent);
  EXPECT_EQ(unsent.error().code, TransportErrorCode::kProtocolViolation);
  EXPECT_EQ(unsent.error().frame_type, 0x19u);
  EXPECT_FALSE(cids.HandleRetireConnectionId(Retire(kMaxVarint), Id(1)));
  EXPECT_TRUE(cids.HandleRetireConnectionId(Retire(1), Id(1)));
}

// RFC 9000 §19.16: MUST NOT refer to the Destination Connection ID of its own packet.
TEST(LocalCids, RejectsTheRetirementOfTheIdThatCarriedIt) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 4);
  const auto result = cids.HandleRetireConnectionId(Retire(0), Id(1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, TransportErrorCode::kProtocolViolation);
}

TEST(LocalCids, SendsALostFrameAgainUnlessItsIdIsRetired) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 3);
  cids.SetPeerLimit(3);
  SendAll(cids);
  ASSERT_TRUE(cids.HandleRetireConnectionId(Retire(1), Id(1)));
  SendAll(cids);
  cids.OnFrameLost(1);
  EXPECT_EQ(SendAll(cids), Numbers{});
  cids.OnFrameLost(2);
  EXPECT_EQ(SendAll(cids), (Numbers{2}));
}

TEST(LocalCids, KnowsWhatWasSentAfterAnEarlierFrameIsSentAgain) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 3);
  cids.SetPeerLimit(3);
  SendAll(cids);
  cids.OnFrameLost(1);
  SendAll(cids);
  EXPECT_TRUE(cids.HandleRetireConnectionId(Retire(2), Id(1)));
}

// RFC 9000 §5.1.1, §19.16.
TEST(LocalCids, EmptyIdIsTheOnlyOneAndCannotBeRetired) {
  EmptyIssuer issuer;
  LocalCids cids(issuer, 4);
  cids.SetPeerLimit(8);
  EXPECT_EQ(SendAll(cids), Numbers{});
  EXPECT_FALSE(cids.HandleRetireConnectionId(Retire(0), ConnectionId()));
}

TEST(LocalCids, OriginalIdLeadsHereToo) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 4);
  Changes(cids);
  cids.AddOriginal(Id(99));
  EXPECT_EQ(cids.ids(), (std::vector{Id(1), Id(99)}));
  EXPECT_EQ(Changes(cids), (ChangeList{{kAdded, Id(99)}}));
}

// Whatever the peer retires, the set stays within the limit.
TEST(LocalCids, StaysWithinTheLimitThroughAThousandRetirements) {
  CountingIssuer issuer;
  LocalCids cids(issuer, 4);
  cids.SetPeerLimit(4);
  SendAll(cids);
  for (std::uint64_t n = 0; n < 1000; ++n) {
    ASSERT_TRUE(cids.HandleRetireConnectionId(Retire(n), ConnectionId()));
    SendAll(cids);
    ASSERT_EQ(cids.ids().size(), 4u);
    Changes(cids);
  }
}

}  // namespace
}  // namespace quiesce::quic
