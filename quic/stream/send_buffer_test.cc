#include "quic/stream/send_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "quic/stream/test_packet.h"

namespace quiesce::quic {
namespace {

using Chunk = SendBuffer::Chunk;

Chunk Range(std::uint64_t offset, std::uint64_t length) {
  return {ByteCount(offset), ByteCount(length)};
}

void Append(SendBuffer& buffer, std::size_t length) {
  const auto bytes = Pattern(buffer.end().value(), length);
  ASSERT_EQ(buffer.Append(bytes), length);
}

Chunk Send(SendBuffer& buffer, std::uint64_t max_length) {
  const Chunk chunk = buffer.NextChunk(ByteCount(max_length));
  std::vector<std::uint8_t> bytes(chunk.length.value());
  buffer.CopyTo(chunk.offset, bytes);
  EXPECT_EQ(bytes, Pattern(chunk.offset.value(), bytes.size()));
  buffer.OnSent(chunk);
  return chunk;
}

TEST(SendBuffer, SendsInOrderAndAcrossBlocks) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 10000);
  EXPECT_EQ(Send(buffer, 3000), Range(0, 3000));
  EXPECT_EQ(Send(buffer, 3000), Range(3000, 3000));
  EXPECT_EQ(Send(buffer, 30000), Range(6000, 4000));
  EXPECT_EQ(buffer.NextChunk(ByteCount(100)).length, ByteCount(0));
}

TEST(SendBuffer, TakesNoMoreThanItsLimit) {
  BlockPool pool;
  SendBuffer buffer(pool, ByteCount(1000));
  EXPECT_EQ(buffer.Append(Pattern(0, 1500)), 1000u);
  EXPECT_EQ(buffer.Append(Pattern(1000, 1)), 0u);
  Send(buffer, 1000);
  buffer.OnAcked(ByteCount(0), ByteCount(400));
  EXPECT_EQ(buffer.Append(Pattern(1000, 500)), 400u);
}

TEST(SendBuffer, LostBytesGoFirst) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 3000);
  Send(buffer, 1000);
  Send(buffer, 1000);
  buffer.OnLost(ByteCount(0), ByteCount(1000));
  EXPECT_TRUE(buffer.has_lost());
  EXPECT_EQ(Send(buffer, 600), Range(0, 600));
  EXPECT_EQ(Send(buffer, 600), Range(600, 400));
  EXPECT_FALSE(buffer.has_lost());
  EXPECT_EQ(Send(buffer, 600), Range(2000, 600));
}

TEST(SendBuffer, AcknowledgedBytesAreNotSentAgain) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 3000);
  Send(buffer, 3000);
  buffer.OnAcked(ByteCount(1000), ByteCount(1000));
  buffer.OnLost(ByteCount(0), ByteCount(3000));
  EXPECT_EQ(Send(buffer, 3000), Range(0, 1000));
  EXPECT_EQ(Send(buffer, 3000), Range(2000, 1000));
  EXPECT_FALSE(buffer.has_lost());
}

// RFC 9000 §13.3: also when they are acknowledged after they were declared lost.
TEST(SendBuffer, ALateAcknowledgmentCancelsARetransmission) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 2000);
  Send(buffer, 2000);
  buffer.OnLost(ByteCount(0), ByteCount(2000));
  buffer.OnAcked(ByteCount(0), ByteCount(1500));
  EXPECT_EQ(Send(buffer, 2000), Range(1500, 500));
}

TEST(SendBuffer, PrefixAdvancesOverEarlierAcknowledgments) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 3000);
  Send(buffer, 3000);
  buffer.OnAcked(ByteCount(1000), ByteCount(500));
  buffer.OnAcked(ByteCount(2000), ByteCount(500));
  EXPECT_EQ(buffer.acked_prefix(), ByteCount(0));
  buffer.OnAcked(ByteCount(0), ByteCount(1000));
  EXPECT_EQ(buffer.acked_prefix(), ByteCount(1500));
  buffer.OnAcked(ByteCount(1200), ByteCount(900));
  EXPECT_EQ(buffer.acked_prefix(), ByteCount(2500));
}

TEST(SendBuffer, MemoryReturnsWithThePrefix) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 10 * 4096);
  Send(buffer, 10 * 4096);
  buffer.OnAcked(ByteCount(4096), ByteCount(9 * 4096));
  EXPECT_EQ(pool.blocks_in_use(), 10u);
  buffer.OnAcked(ByteCount(0), ByteCount(4096));
  EXPECT_EQ(pool.blocks_in_use(), 0u);
  EXPECT_LE(buffer.memory_bytes(), 512u);  // the list of blocks, for the next ones
}

TEST(SendBuffer, KeepsNoBlockWhenEverythingIsAcknowledged) {
  BlockPool pool;
  SendBuffer buffer(pool);
  Append(buffer, 100);
  Send(buffer, 100);
  buffer.OnAcked(ByteCount(0), ByteCount(100));
  EXPECT_EQ(pool.blocks_in_use(), 0u);
  Append(buffer, 100);
  EXPECT_EQ(Send(buffer, 100), Range(100, 100));
}

// Against one state per byte.
TEST(SendBuffer, BehavesLikeAnArrayOfByteStates) {
  enum class State { kUnsent, kInFlight, kLost, kAcked };
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    BlockPool pool;
    SendBuffer buffer(pool, ByteCount(6000));
    std::vector<State> states;
    std::size_t prefix = 0;  // all acknowledged below
    std::vector<Chunk> in_flight;
    for (int step = 0; step < 400; ++step) {
      const std::uint32_t choice = random() % 4;
      if (choice == 0) {
        const std::size_t length = random() % 1000;
        const std::size_t taken = buffer.Append(Pattern(states.size(), length));
        ASSERT_EQ(taken, std::min<std::uint64_t>(
                             length, 6000 - (states.size() - buffer.acked_prefix().value())));
        states.resize(states.size() + taken, State::kUnsent);
      } else if (choice == 1) {
        const auto lost =
            std::find(states.begin() + static_cast<long>(prefix), states.end(), State::kLost);
        const auto next = lost != states.end()
                              ? lost
                              : std::find(states.begin() + static_cast<long>(prefix), states.end(),
                                          State::kUnsent);
        const Chunk chunk = Send(buffer, 1 + random() % 600);
        ASSERT_EQ(chunk.length.is_zero(), next == states.end());
        if (chunk.length.is_zero()) continue;
        ASSERT_EQ(chunk.offset.value(), static_cast<std::uint64_t>(next - states.begin()));
        const auto end = next + static_cast<long>(chunk.length.value());
        ASSERT_EQ(std::count(next, end, *next), end - next);  // never mixes lost and new bytes
        std::fill(next, end, State::kInFlight);
        in_flight.push_back(chunk);
      } else if (!in_flight.empty()) {
        const std::size_t which = random() % in_flight.size();
        const Chunk chunk = in_flight[which];
        const bool acked = choice == 2;
        // A lost packet may still be acknowledged later: it stays.
        if (acked) in_flight.erase(in_flight.begin() + static_cast<long>(which));
        for (std::uint64_t i = chunk.offset.value(); i < (chunk.offset + chunk.length).value();
             ++i) {
          if (states[i] != State::kAcked) states[i] = acked ? State::kAcked : State::kLost;
        }
        acked ? buffer.OnAcked(chunk.offset, chunk.length)
              : buffer.OnLost(chunk.offset, chunk.length);
      }
      while (prefix < states.size() && states[prefix] == State::kAcked) ++prefix;
      const auto kept = std::span(states).subspan(prefix);
      ASSERT_EQ(buffer.acked_prefix().value(), prefix);
      ASSERT_EQ(buffer.has_lost(), std::ranges::count(kept, State::kLost) > 0);
      ASSERT_EQ(buffer.unsent().value(),
                static_cast<std::uint64_t>(std::ranges::count(kept, State::kUnsent)));
      ASSERT_LE(pool.blocks_in_use(), 6000 / 4096 + 2u);
    }
  }
}

}  // namespace
}  // namespace quiesce::quic
