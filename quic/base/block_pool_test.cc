#include "quic/base/block_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace quiesce::quic {
namespace {

TEST(BlockPool, ReusesReturnedBlocks) {
  BlockPool pool;
  void* first = pool.Take();
  EXPECT_EQ(pool.blocks_in_use(), 1u);
  pool.Return(first);
  EXPECT_EQ(pool.blocks_in_use(), 0u);
  EXPECT_EQ(pool.blocks_spare(), 1u);
  void* second = pool.Take();
  EXPECT_EQ(second, first);
  EXPECT_EQ(pool.blocks_spare(), 0u);
  pool.Return(second);
}

TEST(BlockPool, KeepsNoMoreSpareBlocksThanAllowed) {
  BlockPool pool(2);
  std::vector<void*> blocks;
  for (int i = 0; i < 5; ++i) blocks.push_back(pool.Take());
  EXPECT_EQ(pool.blocks_in_use(), 5u);
  for (void* block : blocks) pool.Return(block);
  EXPECT_EQ(pool.blocks_in_use(), 0u);
  EXPECT_EQ(pool.blocks_spare(), 2u);
}

TEST(BlockPool, AlignsBlocksForAnyType) {
  BlockPool pool;
  void* block = pool.Take();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0u);
  pool.Return(block);
}

TEST(BlockPoolDeathTest, NoticesAForgottenBlock) {
#ifndef NDEBUG
  EXPECT_DEATH(
      {
        BlockPool pool;
        pool.Take();
      },
      "blocks_in_use_ == 0");
#endif
}

}  // namespace
}  // namespace quiesce::quic
