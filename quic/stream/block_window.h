// The blocks under a window of a byte sequence: from some offset upwards, a pool block for each
// piece of the sequence that holds bytes. Shared by the buffer of a sender and of a receiver.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include "quic/base/block_pool.h"
#include "quic/base/check.h"

namespace quiesce::quic {

// `Block` has `static constexpr kBytes`, how many bytes of the sequence it holds, and a cheap
// default constructor. Finding a block is an array access. A block far up the sequence costs itself
// and 8 bytes for each block's length in between, so the owner bounds the window (flow control
// does, for streams).
template <typename Block>
class BlockWindow {
  static_assert(sizeof(Block) <= BlockPool::kBlockBytes);
  static_assert(std::is_trivially_destructible_v<Block>);

 public:
  explicit BlockWindow(BlockPool& pool) : pool_(pool) {}
  ~BlockWindow() { Clear(); }
  BlockWindow(const BlockWindow&) = delete;
  BlockWindow& operator=(const BlockWindow&) = delete;

  // The block that holds the byte at `offset`; null when there is none.
  Block* Find(std::uint64_t offset) const {
    const std::uint64_t index = offset / Block::kBytes;
    if (index < first_ || index - first_ >= capacity_) return nullptr;
    return slots()[index & (capacity_ - 1)];
  }

  // The same, taken from the pool when there is none. `offset` is not below the dropped part.
  Block& At(std::uint64_t offset) {
    const std::uint64_t index = offset / Block::kBytes;
    QUIESCE_DCHECK(index >= first_);
    if (index - first_ >= capacity_) Grow(index - first_ + 1);
    Block*& slot = slots()[index & (capacity_ - 1)];
    if (slot == nullptr) {
      slot = new (pool_.Take()) Block;
      ++blocks_;
    }
    return *slot;
  }

  // Returns every block that ends at or below `offset`; no byte below it will be asked for again.
  void DropBelow(std::uint64_t offset) {
    const std::uint64_t index = offset / Block::kBytes;
    for (; first_ < index && blocks_ > 0; ++first_) DropSlot(first_);
    first_ = std::max(first_, index);
  }

  // Returns all blocks, and a long list of them. The window stays where it is.
  void Clear() {
    for (std::uint64_t index = first_; blocks_ > 0; ++index) DropSlot(index);
    if (capacity_ <= kKeptSlots) return;
    heap_slots_.reset();
    capacity_ = kInlineSlots;
  }

  std::size_t memory_bytes() const {
    return blocks_ * BlockPool::kBlockBytes + (heap_slots_ ? capacity_ * sizeof(Block*) : 0);
  }

 private:
  // Enough for most requests and responses, which then allocate nothing but their blocks.
  static constexpr std::size_t kInlineSlots = 4;
  // A list of up to half a kilobyte outlives its blocks: a transfer that is drained now and then
  // would otherwise allocate it each time.
  static constexpr std::size_t kKeptSlots = 64;

  Block* const* slots() const { return heap_slots_ ? heap_slots_.get() : inline_slots_; }
  Block** slots() { return heap_slots_ ? heap_slots_.get() : inline_slots_; }

  void DropSlot(std::uint64_t index) {
    Block*& slot = slots()[index & (capacity_ - 1)];
    if (slot == nullptr) return;
    pool_.Return(slot);
    slot = nullptr;
    --blocks_;
  }

  void Grow(std::uint64_t needed) {
    const std::size_t larger = std::bit_ceil(needed);
    auto moved = std::make_unique<Block*[]>(larger);
    for (std::uint64_t index = first_; index < first_ + capacity_; ++index) {
      Block*& slot = slots()[index & (capacity_ - 1)];
      moved[index & (larger - 1)] = slot;
      slot = nullptr;
    }
    heap_slots_ = std::move(moved);
    capacity_ = larger;
  }

  BlockPool& pool_;
  std::uint64_t first_ = 0;  // the index of the lowest block that may exist
  std::size_t capacity_ = kInlineSlots;
  std::size_t blocks_ = 0;
  Block* inline_slots_[kInlineSlots] = {};
  std::unique_ptr<Block*[]> heap_slots_;
};

}  // namespace quiesce::quic
