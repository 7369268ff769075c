#include "quic/base/block_pool.h"

#include <new>

#include "quic/base/check.h"

namespace quiesce::quic {

BlockPool::~BlockPool() {
  QUIESCE_DCHECK(blocks_in_use_ == 0);
  while (spare_ != nullptr) {
    Spare* next = spare_->next;
    ::operator delete(spare_);
    spare_ = next;
  }
}

void* BlockPool::Take() {
  ++blocks_in_use_;
  if (spare_ == nullptr) return ::operator new(kBlockBytes);
  Spare* block = spare_;
  spare_ = block->next;
  --blocks_spare_;
  return block;
}

void BlockPool::Return(void* block) {
  QUIESCE_DCHECK(blocks_in_use_ > 0);
  --blocks_in_use_;
  if (blocks_spare_ == max_spare_blocks_) {
    ::operator delete(block);
    return;
  }
  spare_ = new (block) Spare{spare_};
  ++blocks_spare_;
}

}  // namespace quiesce::quic
