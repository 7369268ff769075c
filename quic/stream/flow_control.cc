#include "quic/stream/flow_control.h"

#include "quic/base/check.h"

namespace quiesce::quic {

ByteCount ReceiveWindow::TakeUpdate(Instant now, Duration smoothed_rtt) {
  lost_ = false;
  GrowWindow(now, smoothed_rtt);
  return limit_ = NextLimit();
}

// RFC 9000 §19.9, §19.10: the limit is a variable-length integer.
ByteCount ReceiveWindow::NextLimit() const {
  return std::max(limit_, std::min(consumed_ + window_, ByteCount(kMaxVarint)));
}

bool ReceiveWindow::DoublesCredit() const {
  const ByteCount growth = NextLimit() - limit_;
  return !growth.is_zero() && growth >= limit_ - received_;
}

void ReceiveWindow::GrowWindow(Instant now, Duration smoothed_rtt) {
  if (consumed_ - measured_from_ < window_ / 2) return;
  if (measured_since_ && now - *measured_since_ < 2 * smoothed_rtt) {
    window_ = std::min(window_ * 2, window_max_);
  }
  measured_since_ = now;
  measured_from_ = consumed_;
}

bool SendCredit::Raise(ByteCount limit) {
  if (limit <= limit_) return false;
  limit_ = limit;
  blocked_.OnUnblocked();
  return true;
}

void SendCredit::Spend(ByteCount count) {
  QUIESCE_CHECK(count <= available());
  used_ += count;
}

}  // namespace quiesce::quic
