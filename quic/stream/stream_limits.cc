#include "quic/stream/stream_limits.h"

#include <algorithm>
#include <utility>

#include "quic/wire/frames.h"

namespace quiesce::quic {

bool IncomingStreamLimit::update_due() const {
  if (stopped_) return false;
  const std::uint64_t growth = NextLimit() - limit_;
  return lost_ || (growth > 0 && growth >= limit_ - opened_);
}

std::uint64_t IncomingStreamLimit::TakeUpdate() {
  lost_ = false;
  return limit_ = NextLimit();
}

std::uint64_t IncomingStreamLimit::NextLimit() const {
  return std::min(retired_ + window_, kMaxStreamCount);
}

bool OutgoingStreamLimit::Raise(std::uint64_t limit) {
  if (limit <= limit_) return false;
  limit_ = limit;
  blocked_.OnUnblocked();
  return std::exchange(refused_, false);
}

bool OutgoingStreamLimit::TryOpen() {
  if (opened_ < limit_) {
    ++opened_;
    return true;
  }
  refused_ = true;
  blocked_.OnBlocked(limit_);
  return false;
}

}  // namespace quiesce::quic
