#include "quic/base/types.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace quiesce::quic {
namespace {

// RFC 9000 §2.1, Table 1.
TEST(StreamId, LowBitsNameInitiatorAndDirection) {
  EXPECT_EQ(StreamId::Make(Perspective::kClient, StreamDirection::kBidirectional, 0).value(), 0u);
  EXPECT_EQ(StreamId::Make(Perspective::kServer, StreamDirection::kBidirectional, 0).value(), 1u);
  EXPECT_EQ(StreamId::Make(Perspective::kClient, StreamDirection::kUnidirectional, 0).value(), 2u);
  EXPECT_EQ(StreamId::Make(Perspective::kServer, StreamDirection::kUnidirectional, 5).value(), 23u);
  EXPECT_EQ(StreamId(23).sequence(), 5u);
  EXPECT_EQ(StreamId(23).initiator(), Perspective::kServer);
  EXPECT_TRUE(StreamId(23).is_unidirectional());
}

TEST(ByteCount, SubtractionStopsAtZero) {
  EXPECT_EQ(ByteCount(3) - ByteCount(5), ByteCount(0));
  EXPECT_EQ(ByteCount(5) - ByteCount(3), ByteCount(2));
}

TEST(ConnectionId, ComparesByContentAndLength) {
  const std::array<std::uint8_t, 3> bytes{1, 2, 0};
  EXPECT_EQ(ConnectionId(bytes), ConnectionId(bytes));
  EXPECT_FALSE(ConnectionId(bytes) == ConnectionId(std::span(bytes).first(2)));
  EXPECT_TRUE(ConnectionId().empty());
}

}  // namespace
}  // namespace quiesce::quic
