// Bytes that were queued to be sent, kept until they are acknowledged. RFC 9000 §2.2, §13.3. Owned
// by a SendStream, or by a packet number space for its CRYPTO stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "quic/base/block_pool.h"
#include "quic/base/interval_set.h"
#include "quic/base/types.h"
#include "quic/stream/block_window.h"

namespace quiesce::quic {

class SendBuffer {
 public:
  // Bytes [offset, offset + length) of the sequence.
  struct Chunk {
    ByteCount offset;
    ByteCount length;
    friend bool operator==(const Chunk&, const Chunk&) = default;
  };

  // Keeps at most `max_buffered` bytes.
  explicit SendBuffer(BlockPool& pool, ByteCount max_buffered = ByteCount::Max())
      : blocks_(pool), max_buffered_(max_buffered) {}

  // Copies as many of `bytes` as there is room for and returns their number.
  std::size_t Append(std::span<const std::uint8_t> bytes);

  // What to send next, at most `max_length` bytes: the lowest lost bytes if there are any,
  // otherwise the next that were never sent. Of length 0 when there is nothing, or no room. Changes
  // nothing.
  Chunk NextChunk(ByteCount max_length) const;
  // The bytes of a chunk, `out.size()` of them; they may lie in several blocks. They are queued and
  // not yet acknowledged.
  void CopyTo(ByteCount offset, std::span<std::uint8_t> out) const;
  // `chunk` is in a packet now. It came from NextChunk(), or is the front part of such a chunk.
  void OnSent(const Chunk& chunk);

  // Bytes that were sent; repeated and overlapping reports are harmless. Acknowledged bytes are not
  // sent again, also when they had been declared lost. Memory returns as the acknowledged prefix
  // grows.
  void OnAcked(ByteCount offset, ByteCount length);
  // Puts what is not acknowledged in line for sending again.
  void OnLost(ByteCount offset, ByteCount length);

  // Drops all bytes; nothing is appended or sent afterwards.
  void Clear();

  bool has_lost() const { return !lost_.empty(); }
  // Offsets: every byte below was acknowledged; was sent at least once; was appended.
  ByteCount acked_prefix() const { return ByteCount(acked_prefix_); }
  ByteCount sent_end() const { return ByteCount(sent_end_); }
  ByteCount end() const { return ByteCount(end_); }

  ByteCount unsent() const { return ByteCount(end_ - sent_end_); }
  ByteCount buffered() const { return ByteCount(end_ - acked_prefix_); }
  ByteCount room() const { return max_buffered_ - buffered(); }
  std::size_t memory_bytes() const;

 private:
  struct Block {
    static constexpr std::size_t kBytes = BlockPool::kBlockBytes;
    std::array<std::uint8_t, kBytes> bytes;

    Block() {}  // leaves `bytes` as they are
  };

  BlockWindow<Block> blocks_;
  ByteCount max_buffered_;
  std::uint64_t acked_prefix_ = 0;
  std::uint64_t sent_end_ = 0;
  std::uint64_t end_ = 0;
  // Both lie in [acked_prefix_, sent_end_) and hold at most one range per packet in flight.
  IntervalSet acked_;
  IntervalSet lost_;
};

}  // namespace quiesce::quic
