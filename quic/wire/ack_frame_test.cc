#include "quic/wire/ack_frame.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/test_hex.h"

namespace quiesce::quic {
namespace {

using Interval = IntervalSet::Interval;
using ByteVector = std::vector<std::uint8_t>;

Result<Frame> Read(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  return ReadFrame(reader);
}

// The ranges in ascending order.
std::vector<Interval> RangesOf(const AckFrame& frame) {
  std::vector<Interval> ranges;
  for (const Interval range : frame.ranges) ranges.push_back(range);
  std::ranges::reverse(ranges);
  return ranges;
}

// RFC 9000 §19.3.1.
TEST(AckFrame, IteratesRangesFromTheNewestDown) {
  // Largest 1000, delay 5, two more ranges, 1000-990; gap 2, 986-986; gap 0, 984-980.
  const auto bytes = FromHex("02 43e8 05 02 0a 02 00 00 04");
  const auto frame = Read(bytes);
  ASSERT_TRUE(frame.ok());
  const AckFrame& ack = std::get<AckFrame>(*frame);
  EXPECT_EQ(ack.largest_acknowledged, PacketNumber(1000));
  EXPECT_EQ(ack.ack_delay, 5u);
  EXPECT_FALSE(ack.ecn.has_value());
  EXPECT_EQ(ack.ranges.size(), 3u);
  EXPECT_EQ(RangesOf(ack), (std::vector<Interval>{{980, 985}, {986, 987}, {990, 1001}}));
}

TEST(AckFrame, ReadsEcnCounts) {
  const auto frame = Read(FromHex("03 00 00 00 00 01 4002 80000003"));
  ASSERT_TRUE(frame.ok());
  const AckFrame& ack = std::get<AckFrame>(*frame);
  EXPECT_EQ(ack.ecn, (EcnCounts{.ect0 = 1, .ect1 = 2, .ce = 3}));
  EXPECT_EQ(RangesOf(ack), (std::vector<Interval>{{0, 1}}));
}

// RFC 9000 §19.3.1: a computed packet number below 0.
TEST(AckFrame, RefusesRangesBelowZero) {
  for (const char* hex : {
           "02 05 00 00 06",                      // first range longer than its largest
           "02 05 00 01 05 00 00",                // a gap below packet 0
           "02 05 00 01 03 00 01",                // a range below packet 0
           "02 0a 00 02 00 00 00 08 00",          // the second of two
           "02 05 00 01 00 ffffffffffffffff 00",  // the largest gap
           "02 05 00 01 00 00 ffffffffffffffff",  // the longest range
           "02 05 00 01 00 ffffffffffffffff ffffffffffffffff",
       }) {
    const auto frame = Read(FromHex(hex));
    ASSERT_FALSE(frame.ok()) << hex;
    EXPECT_EQ(frame.error().code, TransportErrorCode::kFrameEncodingError);
    EXPECT_EQ(frame.error().frame_type, 0x02u);
    EXPECT_STREQ(frame.error().reason, "ACK range below packet number 0");
  }
  // The same down to packet 0 exactly.
  EXPECT_TRUE(Read(FromHex("02 05 00 00 05")).ok());
  EXPECT_TRUE(Read(FromHex("02 05 00 01 03 00 00")).ok());
}

TEST(AckFrame, RefusesACountBeyondItsBytes) {
  const auto frame = Read(FromHex("02 3f 00 ffffffffffffffff 00 00 00"));
  ASSERT_FALSE(frame.ok());
  EXPECT_EQ(frame.error().code, TransportErrorCode::kFrameEncodingError);
}

TEST(AckFrame, ReadsTheLargestValues) {
  const auto frame = Read(FromHex("02 ffffffffffffffff ffffffffffffffff 00 ffffffffffffffff"));
  ASSERT_TRUE(frame.ok());
  const AckFrame& ack = std::get<AckFrame>(*frame);
  EXPECT_EQ(ack.ack_delay, kMaxVarint);
  EXPECT_EQ(RangesOf(ack), (std::vector<Interval>{{0, kMaxVarint + 1}}));
}

// RFC 9000 §19.3: there is no limit to the ranges of one frame but the packet itself.
TEST(AckFrame, ReadsEveryRangeOfAFullDatagram) {
  IntervalSet received;
  for (std::uint64_t i = 0; i < 32000; ++i) received.Add(2 * i, 2 * i + 1);
  ByteVector buffer(65527);
  Writer writer(buffer);
  ASSERT_EQ(WriteAckFrame(writer, {.received = received.intervals()}), 32000u);
  const auto frame = Read(writer.written());
  ASSERT_TRUE(frame.ok());
  const auto ranges = RangesOf(std::get<AckFrame>(*frame));
  EXPECT_TRUE(std::ranges::equal(ranges, received.intervals()));
}

TEST(AckFrame, IsWrittenAsTheRfcDrawsIt) {
  const Interval received[] = {{980, 985}, {986, 987}, {990, 1001}};
  ByteVector buffer(40);
  Writer writer(buffer);
  ASSERT_EQ(WriteAckFrame(writer, {.received = received, .ack_delay = 5}), 3u);
  EXPECT_EQ(ToHex(writer.written()), ToHex(FromHex("02 43e8 05 02 0a 02 00 00 04")));

  Writer with_ecn(buffer);
  ASSERT_EQ(WriteAckFrame(with_ecn, {.received = received,
                                     .ack_delay = 5,
                                     .ecn = EcnCounts{.ect0 = 100, .ect1 = 2, .ce = 3}}),
            3u);
  EXPECT_EQ(ToHex(with_ecn.written()), ToHex(FromHex("03 43e8 05 02 0a 02 00 00 04 4064 02 03")));
}

TEST(AckFrame, KeepsTheNewestRangesWhenRoomIsShort) {
  IntervalSet received;
  for (std::uint64_t i = 0; i < 200; ++i) received.Add(10 * i, 10 * i + 3);
  const AckContent content{.received = received.intervals(),
                           .ack_delay = 1,
                           .ecn = EcnCounts{.ect0 = 70, .ect1 = 0, .ce = 1}};
  std::size_t previous = 0;
  for (std::size_t room = 0; room < 450; ++room) {
    ByteVector buffer(room);
    Writer writer(buffer);
    const std::size_t count = WriteAckFrame(writer, content);
    ASSERT_GE(count, previous);
    ASSERT_LE(count, previous + 1);
    previous = count;
    ASSERT_TRUE(writer.ok());
    if (count == 0) {
      ASSERT_EQ(writer.position(), 0u);
      continue;
    }
    const auto frame = Read(writer.written());
    ASSERT_TRUE(frame.ok());
    const AckFrame& ack = std::get<AckFrame>(*frame);
    ASSERT_EQ(ack.ecn, content.ecn);
    ASSERT_TRUE(std::ranges::equal(RangesOf(ack), received.intervals().last(count)));
    // One more range (2 bytes, and one more for a longer count) would not have fitted.
    if (count < received.size()) {
      ASSERT_LT(room - writer.position(), 3u);
    }
  }
  EXPECT_EQ(previous, received.size());
}

TEST(AckFrame, HonoursAMaximumOfRanges) {
  const Interval received[] = {{1, 2}, {3, 4}, {5, 6}};
  ByteVector buffer(40);
  for (const std::size_t max_ranges : {1u, 2u, 3u, 4u}) {
    Writer writer(buffer);
    EXPECT_EQ(WriteAckFrame(writer, {.received = received}, max_ranges),
              std::min<std::size_t>(max_ranges, 3));
  }
}

TEST(AckFrame, SurvivesRandomRoundTrips) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    IntervalSet received;
    std::uint64_t next = random() >> (3 + random() % 61);
    for (std::uint64_t n = 1 + random() % 40; n > 0; --n) {
      const std::uint64_t length = 1 + (random() >> (12 + random() % 52));
      received.Add(next, next + length);
      next += length + 1 + (random() >> (12 + random() % 52));
    }
    ASSERT_LE(received.back().end - 1, kMaxVarint);
    const AckContent content{.received = received.intervals(),
                             .ack_delay = random() >> (2 + random() % 62)};
    ByteVector buffer(2000);
    Writer writer(buffer);
    ASSERT_EQ(WriteAckFrame(writer, content), received.size());
    const auto frame = Read(writer.written());
    ASSERT_TRUE(frame.ok());
    const AckFrame& ack = std::get<AckFrame>(*frame);
    ASSERT_EQ(ack.largest_acknowledged.value(), received.back().end - 1);
    ASSERT_EQ(ack.ack_delay, content.ack_delay);
    ASSERT_TRUE(std::ranges::equal(RangesOf(ack), received.intervals()));
    ASSERT_EQ(FrameSize(ack), writer.position());
  }
}

}  // namespace
}  // namespace quiesce::quic
