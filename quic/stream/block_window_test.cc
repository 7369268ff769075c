#include "quic/stream/block_window.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace quiesce::quic {
namespace {

struct TestBlock {
  static constexpr std::size_t kBytes = 100;
  int value = 7;
};
using Window = BlockWindow<TestBlock>;

TEST(BlockWindow, FindsOnlyWhatWasMade) {
  BlockPool pool;
  Window window(pool);
  EXPECT_EQ(window.Find(0), nullptr);
  window.At(150).value = 3;
  EXPECT_EQ(window.Find(99), nullptr);
  ASSERT_NE(window.Find(100), nullptr);
  EXPECT_EQ(window.Find(199)->value, 3);
  EXPECT_EQ(window.Find(200), nullptr);
  EXPECT_EQ(pool.blocks_in_use(), 1u);
}

TEST(BlockWindow, NewBlocksAreConstructedEvenInReusedMemory) {
  BlockPool pool;
  Window window(pool);
  window.At(0).value = 1;
  window.Clear();
  EXPECT_EQ(window.At(0).value, 7);
}

TEST(BlockWindow, GrowthKeepsBlocksInPlace) {
  BlockPool pool;
  Window window(pool);
  for (int i = 0; i < 1000; ++i) window.At(static_cast<std::uint64_t>(i) * 100).value = i;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(window.Find(static_cast<std::uint64_t>(i) * 100)->value, i);
  }
}

TEST(BlockWindow, DropBelowReturnsWholeBlocksOnly) {
  BlockPool pool;
  Window window(pool);
  for (std::uint64_t i = 0; i < 10; ++i) window.At(i * 100);
  window.DropBelow(599);
  EXPECT_EQ(pool.blocks_in_use(), 5u);
  EXPECT_EQ(window.Find(499), nullptr);
  EXPECT_NE(window.Find(500), nullptr);
}

TEST(BlockWindow, SlidesForeverWithoutGrowing) {
  BlockPool pool;
  Window window(pool);
  for (std::uint64_t i = 0; i < 100000; ++i) {
    window.At(i * 100).value = static_cast<int>(i);
    if (i >= 3) {
      ASSERT_EQ(window.Find((i - 3) * 100)->value, static_cast<int>(i - 3));
    }
    window.DropBelow(i < 3 ? 0 : (i - 2) * 100);
  }
  EXPECT_EQ(window.memory_bytes(), 3 * BlockPool::kBlockBytes);
}

TEST(BlockWindow, JumpsOverAGapThatWasDropped) {
  BlockPool pool;
  Window window(pool);
  window.At(0);
  window.DropBelow(1'000'000'000);
  window.At(1'000'000'000);
  EXPECT_EQ(pool.blocks_in_use(), 1u);
  EXPECT_EQ(window.memory_bytes(), BlockPool::kBlockBytes);
}

TEST(BlockWindow, ReturnsItsBlocksWhenItDies) {
  BlockPool pool;
  {
    Window window(pool);
    for (std::uint64_t i = 0; i < 50; ++i) window.At(i * 1000);
  }
  EXPECT_EQ(pool.blocks_in_use(), 0u);
}

}  // namespace
}  // namespace quiesce::quic
