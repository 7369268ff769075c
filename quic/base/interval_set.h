// Disjoint half-open ranges of integers, kept sorted and merged. Serves received packet numbers,
// received and acknowledged stream offsets. Its owner bounds how many ranges a peer can make it
// hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quiesce::quic {

class IntervalSet {
 public:
  struct Interval {
    std::uint64_t start;
    std::uint64_t end;  // exclusive
    std::uint64_t length() const { return end - start; }
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  // Adds [start, end) and returns how many of its integers were not in the set before. O(log n) to
  // find, plus the ranges that it joins. Appending at or past the end is O(1).
  std::uint64_t Add(std::uint64_t start, std::uint64_t end) {
    if (start >= end) return 0;
    if (intervals_.empty() || start > intervals_.back().end) {
      intervals_.push_back({start, end});
      return end - start;
    }
    // The first range that touches [start, end): its end reaches start.
    auto first = std::lower_bound(
        intervals_.begin(), intervals_.end(), start,
        [](const Interval& interval, std::uint64_t value) { return interval.end < value; });
    auto last = first;
    std::uint64_t covered = 0;
    Interval merged{start, end};
    for (; last != intervals_.end() && last->start <= end; ++last) {
      const std::uint64_t from = std::max(last->start, start), to = std::min(last->end, end);
      if (from < to) covered += to - from;
      merged.start = std::min(merged.start, last->start);
      merged.end = std::max(merged.end, last->end);
    }
    if (first == last) {
      intervals_.insert(first, merged);
    } else {
      *first = merged;
      intervals_.erase(first + 1, last);
    }
    return (end - start) - covered;
  }

  // Removes [start, end); splits a range that reaches past both sides.
  void Remove(std::uint64_t start, std::uint64_t end) {
    if (start >= end) return;
    auto it = std::lower_bound(
        intervals_.begin(), intervals_.end(), start,
        [](const Interval& interval, std::uint64_t value) { return interval.end <= value; });
    while (it != intervals_.end() && it->start < end) {
      if (it->start < start && it->end > end) {
        const Interval tail{end, it->end};
        it->end = start;
        intervals_.insert(it + 1, tail);
        return;
      }
      if (it->start < start) {
        it->end = start;
        ++it;
      } else if (it->end > end) {
        it->start = end;
        return;
      } else {
        it = intervals_.erase(it);
      }
    }
  }

  bool Contains(std::uint64_t value) const { return Covers(value, value + 1); }

  // Whether all of [start, end) is in the set; an empty range always is.
  bool Covers(std::uint64_t start, std::uint64_t end) const {
    if (start >= end) return true;
    auto it = std::upper_bound(
        intervals_.begin(), intervals_.end(), start,
        [](std::uint64_t value, const Interval& interval) { return value < interval.end; });
    return it != intervals_.end() && it->start <= start && end <= it->end;
  }

  // Drops the range with the smallest integers.
  void PopFront() { intervals_.erase(intervals_.begin()); }
  void Clear() { intervals_.clear(); }

  // Ascending.
  std::span<const Interval> intervals() const { return intervals_; }
  bool empty() const { return intervals_.empty(); }
  std::size_t size() const { return intervals_.size(); }
  const Interval& front() const { return intervals_.front(); }
  const Interval& back() const { return intervals_.back(); }

 private:
  std::vector<Interval> intervals_;
};

}  // namespace quiesce::quic
