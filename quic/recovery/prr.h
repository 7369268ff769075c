// Proportional Rate Reduction: spreads the reduction of the window over the round trip after a
// loss, so that sending neither stops nor bursts. RFC 9937 §6. Owned by a congestion controller.
#pragma once

#include "quic/base/types.h"

namespace quiesce::quic {

class Prr {
 public:
  // An episode begins. `ssthresh` is the window to arrive at, `recover_flight_size` what was in
  // flight before the acknowledgment or timeout that began it; both at most kMaximumWindow.
  void Start(ByteCount ssthresh, ByteCount recover_flight_size);
  void Stop() { active_ = false; }
  bool active() const { return active_; }

  void OnSent(ByteCount bytes) {
    if (active_) out_ += bytes;
  }
  // The window after an ACK frame that acknowledged `delivered` bytes, above zero, and left
  // `in_flight`. `safe`: the frame indicated no further losses.
  ByteCount OnAck(ByteCount delivered, ByteCount in_flight, bool safe, ByteCount max_datagram_size);

 private:
  bool active_ = false;
  ByteCount ssthresh_;
  ByteCount recover_flight_size_;
  ByteCount delivered_;  // in this episode
  ByteCount out_;
};

}  // namespace quiesce::quic
