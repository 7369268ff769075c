// Bytes of one sequence, a stream or the CRYPTO stream of a packet number space: in out of order,
// out in order. RFC 9000 §2.2, §7.5. Owned by a RecvStream, or by a packet number space.
//
// Which bytes have arrived is a bit beside each byte, not a list of ranges, so there is nothing
// that fragments could multiply: a byte costs the same however it is cut, and finding out whether
// it is new costs the same however many gaps there are. In-order bytes, the usual case, touch no
// bit at all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "quic/base/block_pool.h"
#include "quic/base/result.h"
#include "quic/base/types.h"
#include "quic/stream/block_window.h"

namespace quiesce::quic {

class Reassembler {
 public:
  // Bytes at `max_buffered` or more beyond the read offset are refused. Streams leave that to flow
  // control, which looks first.
  explicit Reassembler(BlockPool& pool, ByteCount max_buffered = ByteCount::Max())
      : blocks_(pool), max_buffered_(max_buffered) {}

  // Copies `bytes`, which start at `offset`; any of them may have arrived before, and then either
  // copy is the one that is read. `offset` plus their number is at most 2^62 - 1. Returns how many
  // had not arrived before. Errors: CRYPTO_BUFFER_EXCEEDED beyond `max_buffered`; nothing is kept
  // then.
  Result<ByteCount> Insert(ByteCount offset, std::span<const std::uint8_t> bytes);

  // The next in-order bytes as far as they lie in one block; empty when there are none. Valid until
  // the next call that is not const.
  std::span<const std::uint8_t> Peek() const;
  // Takes in-order bytes and returns their memory; at most contiguous_end() - read_offset(), which
  // may be more than one Peek() showed.
  void Consume(ByteCount count);

  // Drops everything that is buffered; nothing is inserted or read afterwards.
  void Clear();

  ByteCount read_offset() const { return ByteCount(read_offset_); }
  // Every byte below has arrived.
  ByteCount contiguous_end() const { return ByteCount(contiguous_end_); }
  bool has_out_of_order_bytes() const { return out_of_order_bytes_ > 0; }
  std::size_t memory_bytes() const { return blocks_.memory_bytes(); }

 private:
  struct Block {
    // One arrival bit per byte; both together fill a pool block.
    static constexpr std::size_t kBytes = 3584;
    std::array<std::uint64_t, kBytes / 64> arrived{};
    std::array<std::uint8_t, kBytes> bytes;

    Block() {}  // leaves `bytes` as they are
  };

  std::uint64_t MarkArrived(std::uint64_t start, std::uint64_t end);
  std::uint64_t CountArrived(std::uint64_t start, std::uint64_t end) const;
  void Copy(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  void ExtendContiguous();

  BlockWindow<Block> blocks_;
  ByteCount max_buffered_;
  std::uint64_t read_offset_ = 0;
  std::uint64_t contiguous_end_ = 0;
  std::uint64_t out_of_order_bytes_ = 0;  // arrived beyond contiguous_end_
};

}  // namespace quiesce::quic
