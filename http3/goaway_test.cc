#include "http3/goaway.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

constexpr auto kBidi = quic::StreamDirection::kBidirectional;
constexpr auto kUni = quic::StreamDirection::kUnidirectional;

quic::StreamId Request(std::uint64_t n) {
  return quic::StreamId::Make(quic::Perspective::kClient, kBidi, n);
}

// H11: RFC 9114 §5.2 names 2^62-4 as the maximum for servers.
TEST(FirstRejectedId, AnnouncementIsTheLargestRequestStream) {
  EXPECT_EQ(FirstRejectedId::None().wire_value(), 4611686018427387900u);
  EXPECT_EQ(FirstRejectedId::None().wire_value() % 4, 0u);
}

// H1: the identifier is the first that is rejected, not the last that was processed.
TEST(FirstRejectedId, LiesBehindTheHighestAcceptedRequest) {
  const FirstRejectedId cutoff = FirstRejectedId::After(Request(2));
  EXPECT_EQ(cutoff.wire_value(), 12u);
  EXPECT_FALSE(cutoff.IsRejected(Request(2)));
  EXPECT_TRUE(cutoff.IsRejected(Request(3)));
}

// R2: the identifier may be 0.
TEST(FirstRejectedId, RejectsEverythingWhenNothingWasSeen) {
  EXPECT_EQ(FirstRejectedId::After(std::nullopt).wire_value(), 0u);
  EXPECT_TRUE(FirstRejectedId::All().IsRejected(Request(0)));
}

// H2: one predicate, `>=`, for the identifier sent and the identifier received.
TEST(FirstRejectedId, SenderAndReceiverAgree) {
  const FirstRejectedId sent = FirstRejectedId::After(Request(7));
  const std::optional<FirstRejectedId> received = FirstRejectedId::FromWire(sent.wire_value());
  ASSERT_TRUE(received);
  EXPECT_EQ(*received, sent);
  for (std::uint64_t n = 0; n < 20; ++n) EXPECT_EQ(received->IsRejected(Request(n)), n > 7) << n;
}

// H6, I6, R14: control and QPACK streams are never rejected, nor streams of the server.
TEST(FirstRejectedId, RejectsRequestStreamsOnly) {
  const FirstRejectedId cutoff = FirstRejectedId::All();
  EXPECT_FALSE(cutoff.IsRejected(quic::StreamId::Make(quic::Perspective::kClient, kUni, 5)));
  EXPECT_FALSE(cutoff.IsRejected(quic::StreamId::Make(quic::Perspective::kServer, kUni, 5)));
  EXPECT_FALSE(cutoff.IsRejected(quic::StreamId::Make(quic::Perspective::kServer, kBidi, 5)));
}

TEST(FirstRejectedId, LastStreamHasNoSuccessor) {
  EXPECT_EQ(FirstRejectedId::After(quic::StreamId(FirstRejectedId::None().wire_value())),
            FirstRejectedId::None());
}

TEST(FirstRejectedId, WireValueMustBeARequestStream) {
  for (const std::uint64_t id : {1u, 2u, 3u, 5u, 4097u})
    EXPECT_FALSE(FirstRejectedId::FromWire(id)) << id;
}

// H3-27: RFC 9114 §7.2.6.
TEST(ReceivedGoaways, ClientRefusesWhatIsNotARequestStream) {
  ReceivedGoaways goaways(quic::Perspective::kClient);
  const Result<void> result = goaways.Handle(5);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIdError);
  EXPECT_FALSE(goaways.any());
}

// H3-27, H3-28: RFC 9114 §5.2.
TEST(ReceivedGoaways, IdentifierMayFallAndStayButNotRise) {
  for (const auto self : {quic::Perspective::kClient, quic::Perspective::kServer}) {
    ReceivedGoaways goaways(self);
    EXPECT_TRUE(goaways.Handle(100));
    EXPECT_TRUE(goaways.Handle(100));
    EXPECT_TRUE(goaways.Handle(8));
    const Result<void> result = goaways.Handle(12);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kIdError);
  }
}

// H2: a second, lower GOAWAY lowers what is rejected.
TEST(ReceivedGoaways, LimitFollowsTheLowestIdentifier) {
  ReceivedGoaways goaways(quic::Perspective::kClient);
  EXPECT_FALSE(goaways.limit().IsRejected(Request(1000)));
  ASSERT_TRUE(goaways.Handle(40));
  ASSERT_TRUE(goaways.Handle(8));
  EXPECT_TRUE(goaways.limit().IsRejected(Request(2)));
  EXPECT_FALSE(goaways.limit().IsRejected(Request(1)));
}

// H3-28: a client's identifier is a push ID, which may be any number.
TEST(ReceivedGoaways, ServerTakesAnyPushId) {
  ReceivedGoaways goaways(quic::Perspective::kServer);
  EXPECT_TRUE(goaways.Handle(quic::kMaxVarint));
  EXPECT_TRUE(goaways.Handle(3));
}

}  // namespace
}  // namespace quiesce::http3
