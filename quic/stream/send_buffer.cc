#include "quic/stream/send_buffer.h"

#include <algorithm>
#include <cstring>

#include "quic/base/check.h"

namespace quiesce::quic {

std::size_t SendBuffer::Append(std::span<const std::uint8_t> bytes) {
  const std::size_t accepted = std::min<std::uint64_t>(bytes.size(), room().value());
  for (std::size_t done = 0; done < accepted;) {
    const std::size_t within = end_ % Block::kBytes;
    const std::size_t length = std::min(accepted - done, Block::kBytes - within);
    std::memcpy(blocks_.At(end_).bytes.data() + within, bytes.data() + done, length);
    done += length;
    end_ += length;
  }
  return accepted;
}

SendBuffer::Chunk SendBuffer::NextChunk(ByteCount max_length) const {
  if (!lost_.empty()) {
    const IntervalSet::Interval& lost = lost_.front();
    return {ByteCount(lost.start), std::min(ByteCount(lost.length()), max_length)};
  }
  return {sent_end(), std::min(unsent(), max_length)};
}

void SendBuffer::CopyTo(ByteCount offset, std::span<std::uint8_t> out) const {
  std::uint64_t from = offset.value();
  QUIESCE_DCHECK(from >= acked_prefix_ && from + out.size() <= end_);
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t within = from % Block::kBytes;
    const std::size_t length = std::min(out.size() - done, Block::kBytes - within);
    std::memcpy(out.data() + done, blocks_.Find(from)->bytes.data() + within, length);
    done += length;
    from += length;
  }
}

void SendBuffer::OnSent(const Chunk& chunk) {
  const std::uint64_t start = chunk.offset.value();
  const std::uint64_t end = start + chunk.length.value();
  QUIESCE_DCHECK(start <= sent_end_ && end <= end_);
  if (!lost_.empty()) lost_.Remove(start, end);
  sent_end_ = std::max(sent_end_, end);
}

void SendBuffer::OnAcked(ByteCount offset, ByteCount length) {
  const std::uint64_t start = std::max(offset.value(), acked_prefix_);
  const std::uint64_t end = std::min(offset.value() + length.value(), sent_end_);
  if (start >= end) return;
  lost_.Remove(start, end);
  if (start > acked_prefix_) {
    acked_.Add(start, end);
    return;
  }
  acked_prefix_ = end;
  for (const IntervalSet::Interval& range : acked_.intervals()) {
    if (range.start > acked_prefix_) break;
    acked_prefix_ = std::max(acked_prefix_, range.end);
  }
  acked_.Remove(0, acked_prefix_);
  blocks_.DropBelow(acked_prefix_);
  // An idle stream keeps no block: the next byte brings a new one.
  if (acked_prefix_ == end_) blocks_.Clear();
}

void SendBuffer::OnLost(ByteCount offset, ByteCount length) {
  const std::uint64_t start = std::max(offset.value(), acked_prefix_);
  const std::uint64_t end = std::min(offset.value() + length.value(), sent_end_);
  if (start >= end) return;
  lost_.Add(start, end);
  const auto acked = acked_.intervals();
  auto it = std::lower_bound(
      acked.begin(), acked.end(), start,
      [](const IntervalSet::Interval& range, std::uint64_t value) { return range.end <= value; });
  for (; it != acked.end() && it->start < end; ++it) lost_.Remove(it->start, it->end);
}

void SendBuffer::Clear() {
  blocks_.Clear();
  acked_.Clear();
  lost_.Clear();
  acked_prefix_ = sent_end_ = end_;
}

std::size_t SendBuffer::memory_bytes() const {
  return blocks_.memory_bytes() + (acked_.size() + lost_.size()) * sizeof(IntervalSet::Interval);
}

}  // namespace quiesce::quic
