#include "quic/wire/ack_frame.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::quic {

AckRanges ReadAckRanges(Reader& reader, PacketNumber largest, const char*& fault) {
  AckRanges ranges;
  ranges.additional_count_ = ReadVarint(reader);
  const std::uint64_t first_length = ReadVarint(reader);
  if (!reader.ok()) return ranges;
  // RFC 9000 §19.3.1: a packet number that computes to less than 0 is a FRAME_ENCODING_ERROR.
  if (first_length > largest.value()) {
    fault = "ACK range below packet number 0";
    reader.Fail();
    return ranges;
  }
  std::uint64_t smallest = largest.value() - first_length;
  ranges.first_ = {smallest, largest.value() + 1};

  Reader walk = reader;
  for (std::uint64_t i = 0; i < ranges.additional_count_; ++i) {
    const std::uint64_t gap = ReadVarint(walk);
    const std::uint64_t length = ReadVarint(walk);
    if (!walk.ok()) {
      reader.Fail();
      return ranges;
    }
    if (gap + length + 2 > smallest) {  // each below 2^62: no overflow
      fault = "ACK range below packet number 0";
      reader.Fail();
      return ranges;
    }
    smallest -= gap + length + 2;
  }
  ranges.additional_ = reader.Bytes(walk.position() - reader.position());
  return ranges;
}

std::size_t EncodedSize(const AckRanges& ranges) {
  return VarintSize(ranges.additional_count_) + VarintSize(ranges.first_.length() - 1) +
         ranges.additional_.size();
}

void WriteAckRanges(Writer& writer, const AckRanges& ranges) {
  WriteVarint(writer, ranges.additional_count_);
  WriteVarint(writer, ranges.first_.length() - 1);
  writer.Bytes(ranges.additional_);
}

namespace {

// The two numbers that describe `lower`, which lies below `upper`. RFC 9000 §19.3.1.
struct GapAndLength {
  std::uint64_t gap;
  std::uint64_t length;
};

GapAndLength Describe(const IntervalSet::Interval& lower, const IntervalSet::Interval& upper) {
  QUIESCE_DCHECK(lower.start < lower.end && lower.end < upper.start);
  return {upper.start - lower.end - 1, lower.length() - 1};
}

// How many of the newest ranges fit behind `fixed` bytes, which hold all but the ranges and their
// count.
std::size_t RangesThatFit(std::span<const IntervalSet::Interval> received, std::size_t fixed,
                          std::size_t room, std::size_t max_ranges) {
  const std::size_t available = std::min(received.size(), max_ranges);
  if (available == 0) return 0;
  std::size_t count = 0;
  std::size_t size = fixed;
  while (count < available) {
    if (count > 0) {
      const std::size_t lower = received.size() - 1 - count;
      const GapAndLength range = Describe(received[lower], received[lower + 1]);
      size += VarintSize(range.gap) + VarintSize(range.length);
    }
    if (size + VarintSize(count) > room) break;  // ACK Range Count leaves out the first range
    ++count;
  }
  return count;
}

}  // namespace

std::size_t WriteAckFrame(Writer& writer, const AckContent& content, std::size_t max_ranges) {
  const std::span<const IntervalSet::Interval> received = content.received;
  QUIESCE_DCHECK(!received.empty());
  const IntervalSet::Interval& newest = received.back();
  const std::uint64_t largest = newest.end - 1;
  std::size_t fixed =
      1 + VarintSize(largest) + VarintSize(content.ack_delay) + VarintSize(newest.length() - 1);
  if (content.ecn) {
    fixed +=
        VarintSize(content.ecn->ect0) + VarintSize(content.ecn->ect1) + VarintSize(content.ecn->ce);
  }
  const std::size_t count = RangesThatFit(received, fixed, writer.remaining(), max_ranges);
  if (count == 0) return 0;

  writer.U8(content.ecn ? 0x03 : 0x02);
  WriteVarint(writer, largest);
  WriteVarint(writer, content.ack_delay);
  WriteVarint(writer, count - 1);
  WriteVarint(writer, newest.length() - 1);
  for (std::size_t i = received.size() - 1; i > received.size() - count; --i) {
    const GapAndLength range = Describe(received[i - 1], received[i]);
    WriteVarint(writer, range.gap);
    WriteVarint(writer, range.length);
  }
  if (content.ecn) {
    WriteVarint(writer, content.ecn->ect0);
    WriteVarint(writer, content.ecn->ect1);
    WriteVarint(writer, content.ecn->ce);
  }
  return count;
}

}  // namespace quiesce::quic
