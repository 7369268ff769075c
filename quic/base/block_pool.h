// Fixed-size blocks that are reused rather than freed, so that buffering stream bytes does not
// touch the heap in the steady state. One pool per shard (or per connection in tests); it outlives
// its users.
#pragma once

#include <cstddef>

namespace quiesce::quic {

class BlockPool {
 public:
  static constexpr std::size_t kBlockBytes = 4096;

  // Keeps at most `max_spare_blocks` returned blocks for reuse; the rest goes back to the heap. The
  // default holds 1 MiB per pool.
  explicit BlockPool(std::size_t max_spare_blocks = 256) : max_spare_blocks_(max_spare_blocks) {}
  // Every block must have been returned.
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // kBlockBytes of storage with undefined contents, aligned for any type. Never null.
  void* Take();
  // `block` came from Take() of this pool.
  void Return(void* block);

  std::size_t blocks_in_use() const { return blocks_in_use_; }
  std::size_t blocks_spare() const { return blocks_spare_; }

 private:
  struct Spare {
    Spare* next;
  };

  std::size_t max_spare_blocks_;
  std::size_t blocks_in_use_ = 0;
  std::size_t blocks_spare_ = 0;
  Spare* spare_ = nullptr;
};

}  // namespace quiesce::quic
