// The part of the ACK frame that is a loop: ranges of packet numbers, newest first. RFC 9000 §19.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

#include "quic/base/interval_set.h"
#include "quic/base/types.h"
#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {

// The acknowledged packet numbers of a received ACK frame: a view over its encoded bytes, validated
// when the frame was read, so that a peer may send as many ranges as fit in a packet and we store
// none of them. Iterates over half-open intervals, highest numbers first:
//
//   for (const IntervalSet::Interval range : frame.ranges) { ... range.start ... range.end ... }
class AckRanges {
 public:
  class Iterator {
   public:
    using value_type = IntervalSet::Interval;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    constexpr Iterator() = default;
    constexpr IntervalSet::Interval operator*() const { return current_; }
    Iterator& operator++() {
      if (--left_ == 0) return *this;
      const std::uint64_t gap = ReadVarint(encoded_);
      const std::uint64_t length = ReadVarint(encoded_);
      // RFC 9000 §19.3.1: largest = previous_smallest - gap - 2; the end is one above the largest.
      current_.end = current_.start - gap - 1;
      current_.start = current_.end - length - 1;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend constexpr bool operator==(const Iterator& it, std::default_sentinel_t) {
      return it.left_ == 0;
    }

   private:
    friend class AckRanges;
    Reader encoded_;
    IntervalSet::Interval current_{0, 0};
    std::uint64_t left_ = 0;
  };

  constexpr AckRanges() = default;

  constexpr Iterator begin() const {
    Iterator it;
    it.encoded_ = Reader(additional_);
    it.current_ = first_;
    it.left_ = size();
    return it;
  }
  constexpr std::default_sentinel_t end() const { return {}; }
  // Number of ranges; at least 1 in a frame that was read.
  constexpr std::uint64_t size() const { return first_.end == 0 ? 0 : additional_count_ + 1; }

 private:
  friend AckRanges ReadAckRanges(Reader& reader, PacketNumber largest, const char*& fault);
  friend std::size_t EncodedSize(const AckRanges& ranges);
  friend void WriteAckRanges(Writer& writer, const AckRanges& ranges);

  IntervalSet::Interval first_{0, 0};
  std::uint64_t additional_count_ = 0;
  std::span<const std::uint8_t> additional_{};  // (Gap, ACK Range Length) pairs as received
};

// RFC 9000 §19.3.2: totals of one packet number space.
struct EcnCounts {
  std::uint64_t ect0 = 0;
  std::uint64_t ect1 = 0;
  std::uint64_t ce = 0;
  friend bool operator==(const EcnCounts&, const EcnCounts&) = default;
};

// Reads ACK Range Count, First ACK Range and all ACK Ranges below `largest`. Linear in the bytes of
// the frame. On a fault the reader has failed; `fault` names it if it is not mere truncation.
AckRanges ReadAckRanges(Reader& reader, PacketNumber largest, const char*& fault);

// The same fields, measured and written as they were received.
std::size_t EncodedSize(const AckRanges& ranges);
void WriteAckRanges(Writer& writer, const AckRanges& ranges);

// What to acknowledge, for WriteAckFrame().
struct AckContent {
  // Received packet numbers: half-open, ascending, disjoint and not adjacent, as IntervalSet holds
  // them. Not empty.
  std::span<const IntervalSet::Interval> received{};
  std::uint64_t ack_delay = 0;  // microseconds, already divided by 2^ack_delay_exponent
  std::optional<EcnCounts> ecn{};
};

// Writes one ACK frame with as many of the newest ranges as fit (and at most `max_ranges`), and
// returns how many those are; 0, and nothing written, if not even the newest fits.
[[nodiscard]] std::size_t WriteAckFrame(Writer& writer, const AckContent& content,
                                        std::size_t max_ranges = SIZE_MAX);

}  // namespace quiesce::quic
