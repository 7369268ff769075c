// How much may be in flight on one path: the interface between loss detection and a congestion
// controller, in the words of RFC 9002 §7 and Appendix B. Owned by the path. Bytes in flight are
// counted by the loss detector.
#pragma once

#include <algorithm>
#include <span>

#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::quic {

// A newly acknowledged packet that was in flight.
struct AckedPacket {
  Instant time_sent;
  ByteCount bytes;
};

class CongestionController {
 public:
  virtual ~CongestionController() = default;

  // A packet that counts as in flight was sent; `bytes_in_flight` includes it. §B.4.
  virtual void OnPacketSent(Instant now, ByteCount bytes, ByteCount bytes_in_flight) = 0;

  // The packets of one ACK frame, not empty, after the losses of that frame were reported.
  // `application_limited`: the window was not what held the sender back, so it does not grow
  // (§7.8).
  virtual void OnPacketsAcked(Instant now, std::span<const AckedPacket> packets,
                              bool application_limited) = 0;

  // Loss, or an increase of the peer's ECN-CE count, for a packet sent at `time_sent`. At most one
  // reduction per recovery period. §7.3.2, §B.6.
  virtual void OnCongestionEvent(Instant now, Instant time_sent) = 0;

  // §7.6.2: down to the minimum window.
  virtual void OnPersistentCongestion() = 0;

  // §7.2: an initial window that nothing has changed yet is calculated again; the minimum window
  // always follows the size.
  virtual void OnMaxDatagramSizeChanged(ByteCount max_datagram_size) = 0;

  // Back to the initial state. §6.3.
  virtual void Reset() = 0;

  virtual ByteCount congestion_window() const = 0;
  virtual ByteCount ssthresh() const = 0;  // ByteCount::Max() until the first congestion event
  virtual ByteCount max_datagram_size() const = 0;
  // Whether a packet sent at `time_sent` belongs to the current recovery period. §B.5.
  virtual bool InCongestionRecovery(Instant time_sent) const = 0;
};

// RFC 9002 §7.2: ten datagrams, but at most 14,720 bytes or two datagrams, whichever is larger.
constexpr ByteCount InitialWindow(ByteCount max_datagram_size) {
  return std::min(max_datagram_size * 10, std::max(ByteCount(14720), max_datagram_size * 2));
}
constexpr ByteCount MinimumWindow(ByteCount max_datagram_size) { return max_datagram_size * 2; }

}  // namespace quiesce::quic
