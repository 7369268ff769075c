#include "quic/stream/reassembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "quic/stream/test_packet.h"

namespace quiesce::quic {
namespace {

std::uint64_t Insert(Reassembler& reassembler, std::uint64_t offset, std::size_t length) {
  const std::vector<std::uint8_t> bytes = Pattern(offset, length);
  const Result<ByteCount> added = reassembler.Insert(ByteCount(offset), bytes);
  EXPECT_TRUE(added.ok());
  return added->value();
}

// Reads everything that is in order, and checks each byte.
std::uint64_t ReadAll(Reassembler& reassembler) {
  std::uint64_t total = 0;
  while (true) {
    const auto bytes = reassembler.Peek();
    if (bytes.empty()) return total;
    const auto expected = Pattern(reassembler.read_offset().value(), bytes.size());
    EXPECT_TRUE(std::ranges::equal(bytes, expected));
    total += bytes.size();
    reassembler.Consume(ByteCount(bytes.size()));
  }
}

TEST(Reassembler, DeliversInOrderBytesAtOnce) {
  BlockPool pool;
  Reassembler reassembler(pool);
  EXPECT_EQ(Insert(reassembler, 0, 1000), 1000u);
  EXPECT_EQ(ReadAll(reassembler), 1000u);
  EXPECT_EQ(Insert(reassembler, 1000, 5), 5u);
  EXPECT_EQ(ReadAll(reassembler), 5u);
}

TEST(Reassembler, HoldsBytesBehindAGap) {
  BlockPool pool;
  Reassembler reassembler(pool);
  EXPECT_EQ(Insert(reassembler, 10, 10), 10u);
  EXPECT_TRUE(reassembler.Peek().empty());
  EXPECT_TRUE(reassembler.has_out_of_order_bytes());
  EXPECT_EQ(Insert(reassembler, 0, 10), 10u);
  EXPECT_FALSE(reassembler.has_out_of_order_bytes());
  EXPECT_EQ(ReadAll(reassembler), 20u);
}

TEST(Reassembler, CountsEachByteOnce) {
  BlockPool pool;
  Reassembler reassembler(pool);
  EXPECT_EQ(Insert(reassembler, 100, 100), 100u);
  EXPECT_EQ(Insert(reassembler, 100, 100), 0u);
  EXPECT_EQ(Insert(reassembler, 50, 100), 50u);
  EXPECT_EQ(Insert(reassembler, 0, 300), 150u);
  EXPECT_EQ(Insert(reassembler, 0, 300), 0u);
  EXPECT_EQ(ReadAll(reassembler), 300u);
  EXPECT_EQ(Insert(reassembler, 0, 300), 0u);
}

// RFC 9000 §2.2: different data at one offset must not be delivered twice.
TEST(Reassembler, BytesThatCanBeReadDoNotChange) {
  BlockPool pool;
  Reassembler reassembler(pool);
  Insert(reassembler, 0, 10);
  const std::vector<std::uint8_t> other(20, 0xee);
  EXPECT_EQ(reassembler.Insert(ByteCount(0), other)->value(), 10u);
  EXPECT_TRUE(std::ranges::equal(reassembler.Peek().first(10), Pattern(0, 10)));
}

TEST(Reassembler, PeekEndsAtABlockButConsumeDoesNot) {
  BlockPool pool;
  Reassembler reassembler(pool);
  Insert(reassembler, 0, 10000);
  EXPECT_EQ(reassembler.Peek().size(), 3584u);
  reassembler.Consume(ByteCount(9999));
  EXPECT_TRUE(std::ranges::equal(reassembler.Peek(), Pattern(9999, 1)));
}

TEST(Reassembler, KeepsNoBlockWhenIdle) {
  BlockPool pool;
  Reassembler reassembler(pool);
  Insert(reassembler, 0, 5000);
  EXPECT_GT(reassembler.memory_bytes(), 0u);
  reassembler.Consume(ByteCount(5000));
  EXPECT_EQ(reassembler.memory_bytes(), 0u);
  EXPECT_EQ(pool.blocks_in_use(), 0u);
  EXPECT_EQ(Insert(reassembler, 5000, 10), 10u);
  EXPECT_EQ(ReadAll(reassembler), 10u);
}

TEST(Reassembler, ReturnsBlocksAsTheyAreConsumed) {
  BlockPool pool;
  Reassembler reassembler(pool);
  Insert(reassembler, 0, 10 * 3584);
  EXPECT_EQ(pool.blocks_in_use(), 10u);
  reassembler.Consume(ByteCount(4 * 3584));
  EXPECT_EQ(pool.blocks_in_use(), 6u);
}

// RFC 9000 §7.5.
TEST(Reassembler, RefusesCryptoBytesBeyondItsBuffer) {
  BlockPool pool;
  Reassembler reassembler(pool, ByteCount(4096));
  const std::vector<std::uint8_t> byte(1);
  EXPECT_TRUE(reassembler.Insert(ByteCount(4095), byte).ok());
  const Result<ByteCount> refused = reassembler.Insert(ByteCount(4096), byte);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, TransportErrorCode::kCryptoBufferExceeded);
  EXPECT_FALSE(reassembler.Insert(ByteCount(kMaxVarint - 1), byte).ok());
  EXPECT_EQ(pool.blocks_in_use(), 1u);
  Insert(reassembler, 0, 10);
  reassembler.Consume(ByteCount(10));
  EXPECT_TRUE(reassembler.Insert(ByteCount(4105), byte).ok());
}

// The worst cut: single bytes at every second offset, from the end. No bookkeeping grows with it.
TEST(Reassembler, FragmentsCostNoMoreThanTheBytesTheySpan) {
  BlockPool pool(0);
  Reassembler reassembler(pool);
  constexpr std::uint64_t kSpan = 1024 * 1024;
  for (std::uint64_t offset = kSpan; offset >= 2; offset -= 2) {
    ASSERT_EQ(Insert(reassembler, offset - 1, 1), 1u);
  }
  EXPECT_LE(reassembler.memory_bytes(), kSpan + kSpan / 4);
  for (std::uint64_t offset = kSpan; offset >= 2; offset -= 2) {
    ASSERT_EQ(Insert(reassembler, offset - 1, 1), 0u);
  }
  EXPECT_EQ(Insert(reassembler, 0, kSpan), kSpan / 2);
  EXPECT_EQ(ReadAll(reassembler), kSpan);
  EXPECT_EQ(pool.blocks_in_use(), 0u);
}

TEST(Reassembler, ALoneByteFarUpCostsOneBlock) {
  BlockPool pool;
  Reassembler reassembler(pool);
  Insert(reassembler, 24 * 1024 * 1024 - 1, 1);
  EXPECT_EQ(pool.blocks_in_use(), 1u);
  EXPECT_LE(reassembler.memory_bytes(), 70 * 1024u);
}

TEST(Reassembler, ClearReturnsEverything) {
  BlockPool pool;
  Reassembler reassembler(pool);
  Insert(reassembler, 0, 5000);
  Insert(reassembler, 9000, 5000);
  reassembler.Clear();
  EXPECT_EQ(pool.blocks_in_use(), 0u);
  EXPECT_TRUE(reassembler.Peek().empty());
}

// Against a byte array and a set of flags.
TEST(Reassembler, BehavesLikeAByteArray) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const std::uint64_t total = 1 + random() % 60000;
    const std::uint64_t largest_piece = 1 + random() % 5000;
    BlockPool pool;
    Reassembler reassembler(pool);
    std::vector<bool> arrived(total);
    std::uint64_t read = 0, first_gap = 0;
    for (int step = 0; step < 100000 && read < total; ++step) {
      std::uint64_t offset = random() % total;
      // Often near the first gap, or it would take forever.
      if (random() % 3 == 0) offset = reassembler.contiguous_end().value();
      const std::uint64_t length =
          std::min<std::uint64_t>(random() % (largest_piece + 1), total - std::min(offset, total));
      std::uint64_t fresh = 0;
      for (std::uint64_t i = offset; i < offset + length; ++i) {
        if (!arrived[i]) ++fresh;
        arrived[i] = true;
      }
      ASSERT_EQ(Insert(reassembler, offset, length), fresh);
      while (first_gap < total && arrived[first_gap]) ++first_gap;
      ASSERT_EQ(reassembler.contiguous_end().value(), first_gap);
      if (random() % 4 == 0) read += ReadAll(reassembler);
    }
    EXPECT_EQ(read + ReadAll(reassembler), total);
    EXPECT_EQ(pool.blocks_in_use(), 0u);
  }
}

}  // namespace
}  // namespace quiesce::quic
