#include "quic/stream/packet_writer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "quic/stream/test_packet.h"

namespace quiesce::quic {
namespace {

TEST(PacketWriter, RecordsATokenForEachFrameThatFits) {
  TestPacket packet(7);
  EXPECT_TRUE(packet.out().empty());
  const MaxDataFrame frame{.maximum_data = ByteCount(100)};  // 3 bytes
  EXPECT_TRUE(packet.out().Add(frame, ControlToken{ControlKind::kMaxData}));
  EXPECT_TRUE(packet.out().Add(frame, ControlToken{ControlKind::kMaxData}));
  EXPECT_FALSE(packet.out().Add(frame, ControlToken{ControlKind::kMaxData}));
  EXPECT_EQ(packet.tokens().size(), 2u);
  EXPECT_EQ(packet.Frames().size(), 2u);
  EXPECT_EQ(packet.out().room(), 1u);
  EXPECT_FALSE(packet.out().empty());
}

TEST(PacketWriter, KnowsWhatItsFramesMakeOfThePacket) {
  TestPacket packet;
  packet.out().NoteWritten(AckFrame::kFirstType);
  EXPECT_FALSE(packet.out().ack_eliciting());
  EXPECT_FALSE(packet.out().in_flight());
  EXPECT_TRUE(packet.out().Add(PaddingFrame{.count = 10}));
  EXPECT_FALSE(packet.out().ack_eliciting());
  EXPECT_TRUE(packet.out().in_flight());
  EXPECT_TRUE(packet.out().Add(PingFrame{}));
  EXPECT_TRUE(packet.out().ack_eliciting());
  EXPECT_TRUE(packet.tokens().empty());
}

TEST(PacketWriter, StreamDataIsCopiedStraightIntoThePacket) {
  TestPacket packet;
  std::span<std::uint8_t> data;
  ASSERT_TRUE(packet.out().StartStream(
      {.stream_id = StreamId(4), .offset = ByteCount(10), .length = 5, .fin = true}, data));
  ASSERT_EQ(data.size(), 5u);
  std::ranges::copy(Pattern(10, 5), data.begin());
  const auto frames = packet.Only<StreamFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_TRUE(std::ranges::equal(frames[0].data, Pattern(10, 5)));
  EXPECT_TRUE(frames[0].fin);
  EXPECT_EQ(packet.tokens().at(0),
            SentToken(StreamToken{StreamId(4), ByteCount(10), ByteCount(5), true}));
  EXPECT_TRUE(packet.out().ack_eliciting());
}

TEST(PacketWriter, CryptoDataIsCopiedStraightIntoThePacket) {
  TestPacket packet;
  std::span<std::uint8_t> data;
  ASSERT_TRUE(packet.out().StartCrypto(ByteCount(7), 3, data));
  std::ranges::copy(Pattern(7, 3), data.begin());
  const auto frames = packet.Only<CryptoFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].offset, ByteCount(7));
  EXPECT_TRUE(std::ranges::equal(frames[0].data, Pattern(7, 3)));
  EXPECT_EQ(packet.tokens().at(0), SentToken(CryptoToken{ByteCount(7), ByteCount(3)}));
}

TEST(PacketWriter, LeavesThePacketAloneWhenStreamDataDoesNotFit) {
  TestPacket packet(6);
  std::span<std::uint8_t> data;
  EXPECT_FALSE(packet.out().StartStream({.stream_id = StreamId(4), .length = 5}, data));
  EXPECT_FALSE(packet.out().StartCrypto(ByteCount(0), 5, data));
  EXPECT_EQ(packet.size(), 0u);
  EXPECT_TRUE(packet.tokens().empty());
  EXPECT_TRUE(packet.out().empty());
}

}  // namespace
}  // namespace quiesce::quic
