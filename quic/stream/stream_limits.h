// How many streams of one direction the peer may open, and how many this side may. RFC 9000 §4.6,
// §19.11, §19.14. Owned by the StreamSet, one pair per direction.
#pragma once

#include <cstdint>

#include "quic/stream/flow_control.h"

namespace quiesce::quic {

// Streams that the peer opens.
class IncomingStreamLimit {
 public:
  // `window`: how many may be open at once; also the transport parameter.
  explicit IncomingStreamLimit(std::uint64_t window) : window_(window), limit_(window) {}

  // Whether the peer may open the stream with this sequence number, counted from 0. If not, it
  // broke the limit: STREAM_LIMIT_ERROR.
  bool Allows(std::uint64_t sequence) const { return sequence < limit_; }
  void OnOpened() { ++opened_; }
  // One has ended and left no record.
  void OnRetired() { ++retired_; }

  // Time to send MAX_STREAMS: the update would at least double what the peer has left, or the last
  // one was lost. In batches, because a frame per request would cost more than the request; but not
  // in fixed ones, because long-lived streams may leave too little to fill one.
  bool update_due() const;
  // The limit to send, which counts as granted from now on.
  std::uint64_t TakeUpdate();
  void OnUpdateLost() { lost_ = true; }

  // No MAX_STREAMS is sent from now on, lost ones included: the peer keeps what it knows of.
  void StopCredit() { stopped_ = true; }

  std::uint64_t limit() const { return limit_; }

 private:
  std::uint64_t NextLimit() const;

  std::uint64_t window_;
  std::uint64_t limit_;
  std::uint64_t opened_ = 0;
  std::uint64_t retired_ = 0;
  bool lost_ = false;
  bool stopped_ = false;
};

// Streams that this side opens. Nothing may be opened until the peer's transport parameters are
// known.
class OutgoingStreamLimit {
 public:
  // A transport parameter or MAX_STREAMS, at most 2^60. Returns true when TryOpen() had been
  // refused and is possible now. A value that does not raise the limit is ignored, RFC 9000 §4.6.
  bool Raise(std::uint64_t limit);
  // Takes one from the credit; false, and a STREAMS_BLOCKED is due, when there is none.
  bool TryOpen();

  void OnBlockedWritten() { blocked_.OnWritten(); }
  void OnBlockedLost() {
    if (refused_) blocked_.OnLost(limit_);
  }
  bool blocked_due() const { return blocked_.due(); }
  std::uint64_t limit() const { return limit_; }

 private:
  std::uint64_t limit_ = 0;
  std::uint64_t opened_ = 0;
  bool refused_ = false;
  BlockedSignal blocked_;
};

}  // namespace quiesce::quic
