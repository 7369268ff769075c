#include "quic/wire/packet_number.h"

#include <random>

#include "gtest/gtest.h"
#include "quic/base/types.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §A.2.
TEST(PacketNumber, ChoosesTheLengthsOfTheRfc) {
  EXPECT_EQ(EncodedPacketNumberLength(PacketNumber(0xac5c02), PacketNumber(0xabe8b3)), 2u);
  EXPECT_EQ(EncodedPacketNumberLength(PacketNumber(0xace8fe), PacketNumber(0xabe8b3)), 3u);
}

// RFC 9000 §A.3.
TEST(PacketNumber, RecoversTheSampleOfTheRfc) {
  EXPECT_EQ(RecoverPacketNumber(PacketNumber(0xa82f30ea), 0x9b32, 2), PacketNumber(0xa82f9b32));
}

// RFC 9000 §17.1: more than twice the distance; everything before the first acknowledgment.
TEST(PacketNumber, LengthGrowsWithTheDistanceToTheLargestAcknowledged) {
  const struct {
    std::uint64_t distance;
    std::size_t length;
  } kLimits[] = {{1, 1},
                 {127, 1},
                 {128, 2},
                 {32767, 2},
                 {32768, 3},
                 {(1 << 23) - 1, 3},
                 {1 << 23, 4},
                 {(std::uint64_t{1} << 31) - 1, 4},
                 {std::uint64_t{1} << 31, 0}};
  for (const auto& limit : kLimits) {
    const PacketNumber acknowledged(1'000'000'007);
    EXPECT_EQ(EncodedPacketNumberLength(PacketNumber(acknowledged.value() + limit.distance),
                                        acknowledged),
              limit.length)
        << limit.distance;
    EXPECT_EQ(EncodedPacketNumberLength(PacketNumber(limit.distance - 1), std::nullopt),
              limit.length)
        << limit.distance;
  }
}

TEST(PacketNumber, ReadsTheFieldInNetworkOrder) {
  const std::uint8_t field[] = {0x01, 0x02, 0x03, 0x04};
  EXPECT_EQ(TruncatedPacketNumber(std::span(field).first(1)), 0x01u);
  EXPECT_EQ(TruncatedPacketNumber(std::span(field).first(2)), 0x0102u);
  EXPECT_EQ(TruncatedPacketNumber(field), 0x01020304u);
}

// TR-119: RFC 9000 §A.3: within (expected - half, expected + half], and closest, at each length.
TEST(PacketNumber, RecoversEveryNumberAroundTheExpectedOne) {
  for (std::size_t length = 1; length <= 4; ++length) {
    const std::uint64_t half = std::uint64_t{1} << (8 * length - 1);
    const std::uint64_t mask = 2 * half - 1;
    for (const std::uint64_t expected : {half, half + 1, 3 * half - 1, std::uint64_t{1} << 40,
                                         (std::uint64_t{1} << 40) + half, kMaxVarint - half}) {
      const auto recover = [&](std::uint64_t full) {
        return RecoverPacketNumber(PacketNumber(expected - 1),
                                   static_cast<std::uint32_t>(full & mask), length)
            .value();
      };
      for (std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, half / 2, half - 1}) {
        EXPECT_EQ(recover(expected + step), expected + step) << length << " " << expected;
        EXPECT_EQ(recover(expected - step), expected - step) << length << " " << expected;
      }
      EXPECT_EQ(recover(expected + half), expected + half);  // not expected - half
    }
  }
}

TEST(PacketNumber, RecoversTheFirstNumbersBeforeAnythingWasReceived) {
  EXPECT_EQ(RecoverPacketNumber(std::nullopt, 0, 1), PacketNumber(0));
  EXPECT_EQ(RecoverPacketNumber(std::nullopt, 255, 1), PacketNumber(255));
  EXPECT_EQ(RecoverPacketNumber(std::nullopt, 0xffffffff, 4), PacketNumber(0xffffffff));
  EXPECT_EQ(RecoverPacketNumber(PacketNumber(0), 255, 1), PacketNumber(255));
}

// TR-119: RFC 9000 §12.3: numbers end at 2^62 - 1.
TEST(PacketNumber, NeverLeavesTheSpace) {
  for (std::size_t length = 1; length <= 4; ++length) {
    for (const std::uint64_t below : {0, 1, 100, 200, 70000}) {
      for (const std::uint32_t truncated : {0u, 1u, 127u, 128u, 255u}) {
        const PacketNumber recovered =
            RecoverPacketNumber(PacketNumber(kMaxVarint - below), truncated, length);
        EXPECT_LE(recovered.value(), kMaxVarint) << length << " " << below << " " << truncated;
        EXPECT_EQ(recovered.value() & 0xff, truncated);
      }
    }
  }
}

TEST(PacketNumber, SurvivesEveryLengthThatTheSenderChooses) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t acknowledged = random() >> (2 + random() % 60);
    const std::uint64_t distance =
        1 + (random() & 0x7fff'fffe) % (std::uint64_t{1} << (random() % 31));
    const std::uint64_t full = std::min(acknowledged + distance, kMaxVarint);
    if (full == acknowledged) continue;
    const std::size_t length =
        EncodedPacketNumberLength(PacketNumber(full), PacketNumber(acknowledged));
    ASSERT_GE(length, 1u);
    // The receiver has seen anything from what it acknowledged to what was sent just before.
    const std::uint64_t received = acknowledged + random() % (full - acknowledged);
    const std::uint32_t truncated =
        static_cast<std::uint32_t>(full & ((std::uint64_t{1} << (8 * length)) - 1));
    ASSERT_EQ(RecoverPacketNumber(PacketNumber(received), truncated, length).value(), full)
        << acknowledged << " " << received;
  }
}

}  // namespace
}  // namespace quiesce::quic
