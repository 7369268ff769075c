#include "quic/stream/reassembler.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "quic/base/check.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {
namespace {

constexpr std::uint64_t kWordBits = 64;

// The bits [from, to) of one word, to <= 64.
constexpr std::uint64_t Mask(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t below_to = to == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << to) - 1;
  return below_to & (~std::uint64_t{0} << from);
}

// Calls action(word_index, mask) for each word that holds bits of [from, to).
template <typename Action>
void ForEachWord(std::uint64_t from, std::uint64_t to, const Action& action) {
  while (from < to) {
    const std::uint64_t word = from / kWordBits;
    const std::uint64_t end = std::min(to, (word + 1) * kWordBits);
    action(word, Mask(from % kWordBits, end - word * kWordBits));
    from = end;
  }
}

// Calls action(offset, length) for the part of [start, end) in each block of `block_bytes`.
template <typename Action>
void ForEachBlock(std::uint64_t start, std::uint64_t end, std::uint64_t block_bytes,
                  const Action& action) {
  while (start < end) {
    const std::uint64_t length = std::min(end - start, block_bytes - start % block_bytes);
    action(start, length);
    start += length;
  }
}

}  // namespace

Result<ByteCount> Reassembler::Insert(ByteCount offset, std::span<const std::uint8_t> bytes) {
  const std::uint64_t end = offset.value() + bytes.size();
  // RFC 9000 §7.5.
  if (ByteCount(end) - read_offset() > max_buffered_) {
    return Error{TransportErrorCode::kCryptoBufferExceeded, CryptoFrame::kType,
                 "CRYPTO data beyond the buffer"};
  }
  const std::uint64_t start = std::max(offset.value(), contiguous_end_);
  if (start >= end) return ByteCount(0);
  Copy(start, bytes.subspan(start - offset.value()));
  if (start > contiguous_end_) {
    const std::uint64_t added = MarkArrived(start, end);
    out_of_order_bytes_ += added;
    return ByteCount(added);
  }
  const std::uint64_t known = out_of_order_bytes_ > 0 ? CountArrived(start, end) : 0;
  out_of_order_bytes_ -= known;
  contiguous_end_ = end;
  if (out_of_order_bytes_ > 0) ExtendContiguous();
  return ByteCount(end - start - known);
}

std::span<const std::uint8_t> Reassembler::Peek() const {
  const std::uint64_t within = read_offset_ % Block::kBytes;
  const std::uint64_t length =
      std::min<std::uint64_t>(contiguous_end_ - read_offset_, Block::kBytes - within);
  if (length == 0) return {};
  return std::span<const std::uint8_t>(blocks_.Find(read_offset_)->bytes).subspan(within, length);
}

void Reassembler::Consume(ByteCount count) {
  QUIESCE_CHECK(count.value() <= contiguous_end_ - read_offset_);
  read_offset_ += count.value();
  blocks_.DropBelow(read_offset_);
  // An idle stream keeps no block: the next byte brings a new one.
  if (read_offset_ == contiguous_end_ && out_of_order_bytes_ == 0) blocks_.Clear();
}

void Reassembler::Clear() {
  blocks_.Clear();
  read_offset_ = contiguous_end_;
  out_of_order_bytes_ = 0;
}

void Reassembler::Copy(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  ForEachBlock(offset, offset + bytes.size(), Block::kBytes,
               [&](std::uint64_t start, std::uint64_t length) {
                 std::memcpy(blocks_.At(start).bytes.data() + start % Block::kBytes,
                             bytes.data() + (start - offset), length);
               });
}

std::uint64_t Reassembler::MarkArrived(std::uint64_t start, std::uint64_t end) {
  std::uint64_t added = 0;
  ForEachBlock(start, end, Block::kBytes, [&](std::uint64_t from, std::uint64_t length) {
    Block& block = blocks_.At(from);
    const std::uint64_t within = from % Block::kBytes;
    ForEachWord(within, within + length, [&](std::uint64_t word, std::uint64_t mask) {
      added += static_cast<std::uint64_t>(std::popcount(mask & ~block.arrived[word]));
      block.arrived[word] |= mask;
    });
  });
  return added;
}

std::uint64_t Reassembler::CountArrived(std::uint64_t start, std::uint64_t end) const {
  std::uint64_t count = 0;
  ForEachBlock(start, end, Block::kBytes, [&](std::uint64_t from, std::uint64_t length) {
    const Block* block = blocks_.Find(from);
    const std::uint64_t within = from % Block::kBytes;
    ForEachWord(within, within + length, [&](std::uint64_t word, std::uint64_t mask) {
      count += static_cast<std::uint64_t>(std::popcount(mask & block->arrived[word]));
    });
  });
  return count;
}

// Moves contiguous_end_ over the bytes behind it that had arrived early.
void Reassembler::ExtendContiguous() {
  while (out_of_order_bytes_ > 0) {
    const Block* block = blocks_.Find(contiguous_end_);
    if (block == nullptr) return;
    const std::uint64_t within = contiguous_end_ % Block::kBytes;
    const std::uint64_t shift = within % kWordBits;
    const std::uint64_t run =
        static_cast<std::uint64_t>(std::countr_one(block->arrived[within / kWordBits] >> shift));
    contiguous_end_ += run;
    out_of_order_bytes_ -= run;
    if (run < kWordBits - shift) return;
  }
}

}  // namespace quiesce::quic
