// Byte credit, given to the peer and taken from it. The same two classes serve a stream, where the
// counted bytes are offsets, and the connection, where they are sums over all streams. RFC 9000
// §4.1, §4.2, §19.9, §19.10, §19.12, §19.13. Owned by each half of a stream and by the StreamSet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::quic {

// Credit given: how far the peer may send.
class ReceiveWindow {
 public:
  // `initial`: what the transport parameter granted, and the first window. `max`: where growth
  // ends.
  ReceiveWindow(ByteCount initial, ByteCount max)
      : limit_(initial), window_(initial), window_max_(std::max(initial, max)) {}

  // Whether the peer may send `more` bytes than it has. If not, it broke the limit:
  // FLOW_CONTROL_ERROR.
  bool Allows(ByteCount more) const { return received_ + more <= limit_; }
  // The peer has sent `more` bytes: the highest offset grew by that, also across a gap.
  void OnReceived(ByteCount more) { received_ += more; }
  // The application has taken `count` bytes, or will never see them: they may be granted again.
  void OnConsumed(ByteCount count) { consumed_ += count; }

  // Time to send MAX_DATA or MAX_STREAM_DATA: the update would at least double what the peer has
  // left, which is at half a window when the application keeps up; or the last update was lost.
  // Sooner would only cost packets, and a fixed half would never come while other bytes lie unread.
  bool update_due() const { return lost_ || DoublesCredit(); }
  // The limit to send, which counts as granted from now on. Doubles the window when half of it was
  // consumed within two `smoothed_rtt`s: the peer was probably limited by it.
  ByteCount TakeUpdate(Instant now, Duration smoothed_rtt);
  void OnUpdateLost() { lost_ = true; }

  ByteCount limit() const { return limit_; }
  ByteCount received() const { return received_; }
  ByteCount consumed() const { return consumed_; }
  ByteCount window() const { return window_; }

 private:
  ByteCount NextLimit() const;
  bool DoublesCredit() const;
  void GrowWindow(Instant now, Duration smoothed_rtt);

  ByteCount limit_;
  ByteCount received_;
  ByteCount consumed_;
  ByteCount window_;
  ByteCount window_max_;
  // When and where the consumption of half a window is measured from.
  std::optional<Instant> measured_since_;
  ByteCount measured_from_;
  bool lost_ = false;
};

// When to tell the peer that its limit holds us up: once per value of the limit, because a frame
// per attempt makes two endpoints that answer each other's frames spin.
class BlockedSignal {
 public:
  void OnBlocked(std::uint64_t limit) {
    if (signalled_ == limit) return;
    signalled_ = limit;
    due_ = true;
  }
  void OnUnblocked() { due_ = false; }
  void OnWritten() { due_ = false; }
  // RFC 9000 §13.3: sent again only while still blocked on the same limit.
  void OnLost(std::uint64_t limit) { due_ = signalled_ == limit; }

  bool due() const { return due_; }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};  // no limit is that high

  std::uint64_t signalled_ = kNone;
  bool due_ = false;
};

// Credit taken: how far this side may send.
class SendCredit {
 public:
  explicit SendCredit(ByteCount limit) : limit_(limit) {}

  // A transport parameter, MAX_DATA or MAX_STREAM_DATA. False if it does not raise the limit: it is
  // ignored then, RFC 9000 §4.1.
  bool Raise(ByteCount limit);
  // At most available().
  void Spend(ByteCount count);
  ByteCount available() const { return limit_ - used_; }
  ByteCount limit() const { return limit_; }

  // There are bytes to send and no credit is left.
  void OnBlocked() { blocked_.OnBlocked(limit_.value()); }
  void OnBlockedWritten() { blocked_.OnWritten(); }
  // `reserved`: credit that is left and not for whoever is blocked.
  void OnBlockedLost(ByteCount reserved = ByteCount()) {
    if (available() <= reserved) blocked_.OnLost(limit_.value());
  }
  bool blocked_due() const { return blocked_.due(); }

 private:
  ByteCount limit_;
  ByteCount used_;
  BlockedSignal blocked_;
};

}  // namespace quiesce::quic
