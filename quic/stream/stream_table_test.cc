#include "quic/stream/stream_table.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

constexpr Perspective kClient = Perspective::kClient;
constexpr Perspective kServer = Perspective::kServer;
constexpr StreamDirection kBidi = StreamDirection::kBidirectional;
constexpr StreamDirection kUni = StreamDirection::kUnidirectional;

TEST(StreamTable, OpensEachKindInSequence) {
  StreamTable table;
  EXPECT_EQ(table.OpenNext(kClient, kBidi).stream_id, StreamId(0));
  EXPECT_EQ(table.OpenNext(kClient, kBidi).stream_id, StreamId(4));
  EXPECT_EQ(table.OpenNext(kServer, kUni).stream_id, StreamId(3));
  EXPECT_EQ(table.opened(kClient, kBidi), 2u);
  EXPECT_EQ(table.opened(kServer, kBidi), 0u);
  EXPECT_TRUE(table.WasOpened(StreamId(4)));
  EXPECT_FALSE(table.WasOpened(StreamId(8)));
  EXPECT_FALSE(table.WasOpened(StreamId(1)));
}

TEST(StreamTable, RemembersThatAStreamHasEnded) {
  StreamTable table;
  table.OpenNext(kClient, kBidi);
  Stream& second = table.OpenNext(kClient, kBidi);
  table.Retire(StreamId(0));
  EXPECT_EQ(table.Find(StreamId(0)), nullptr);
  EXPECT_TRUE(table.WasOpened(StreamId(0)));
  EXPECT_EQ(table.Find(StreamId(4)), &second);
  EXPECT_EQ(table.live(), 1u);
}

// One long-lived stream among many short ones, the straggler that a dense table would pay for.
TEST(StreamTable, MemoryFollowsTheLiveStreams) {
  StreamTable table;
  Stream& straggler = table.OpenNext(kClient, kBidi);
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    table.OpenNext(kClient, kBidi);
    if (i > 10) table.Retire(StreamId::Make(kClient, kBidi, i - 10));
  }
  EXPECT_EQ(table.live(), 11u);
  EXPECT_EQ(table.Find(StreamId(0)), &straggler);
  EXPECT_LE(table.memory_bytes(), 11 * sizeof(Stream) + 64 * 16);
}

TEST(StreamTable, ClearKeepsTheCounts) {
  StreamTable table;
  table.OpenNext(kClient, kBidi);
  table.Clear();
  EXPECT_EQ(table.live(), 0u);
  EXPECT_EQ(table.memory_bytes(), 0u);
  EXPECT_EQ(table.opened(kClient, kBidi), 1u);
}

}  // namespace
}  // namespace quiesce::quic
