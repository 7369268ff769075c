// The ranges of an ACK frame as they come off the wire, for tests and benchmarks of what reads
// them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quic/base/check.h"
#include "quic/base/interval_set.h"
#include "quic/wire/ack_frame.h"
#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {

class EncodedAck {
 public:
  // Half-open intervals, ascending, not adjacent.
  explicit EncodedAck(std::span<const IntervalSet::Interval> numbers)
      : bytes_(32 + 16 * numbers.size()) {
    Writer writer(bytes_);
    QUIESCE_CHECK(WriteAckFrame(writer, {.received = numbers}) == numbers.size());
    Reader reader(bytes_);
    ReadVarint(reader);  // type
    const PacketNumber largest(ReadVarint(reader));
    ReadVarint(reader);  // delay
    const char* fault = nullptr;
    ranges_ = ReadAckRanges(reader, largest, fault);
    QUIESCE_CHECK(reader.ok());
  }
  EncodedAck(const EncodedAck&) = delete;
  EncodedAck& operator=(const EncodedAck&) = delete;

  const AckRanges& ranges() const { return ranges_; }

 private:
  std::vector<std::uint8_t> bytes_;
  AckRanges ranges_;  // a view of bytes_
};

}  // namespace quiesce::quic
