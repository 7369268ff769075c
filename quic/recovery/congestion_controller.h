// How much may be in flight on one path: the interface between loss detection and a congestion
// controller, in the words of RFC 9002 §7 and Appendix B. Owned by the path. Bytes in flight are
// counted by the loss detector.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/recovery/rtt.h"

namespace quiesce::quic {

// A packet that was in flight and no longer is: newly acknowledged, or declared lost.
struct SettledPacket {
  Instant time_sent;
  ByteCount bytes;
  std::uint64_t order = 0;  // as given to OnPacketSent()
};

// When the newest of them was sent; there is at least one.
inline Instant LatestTimeSent(std::span<const SettledPacket> packets) {
  Instant latest = packets.front().time_sent;
  for (const SettledPacket& packet : packets) latest = std::max(latest, packet.time_sent);
  return latest;
}

// What one ACK frame acknowledged.
struct AckEvent {
  std::span<const SettledPacket> packets;  // not empty
  ByteCount prior_in_flight;               // before this frame
  ByteCount bytes_in_flight;               // after it, its losses subtracted
  bool losses = false;                     // the same frame declared packets lost
  bool rtt_sampled = false;                // rtt.latest_rtt() is this frame's
  // The window was not what held the sender back, so it does not grow. §7.8
  bool application_limited = false;
  const RttEstimator& rtt;
};

// What one ACK frame or timeout declared lost.
struct LossEvent {
  std::span<const SettledPacket> packets;  // not empty
  ByteCount prior_in_flight;               // before this frame or timeout
  ByteCount bytes_in_flight;
};

class CongestionController {
 public:
  virtual ~CongestionController() = default;

  // A packet that counts as in flight was sent; `bytes_in_flight` includes it. `order` ascends over
  // all packets of the connection. §B.4
  virtual void OnPacketSent(Instant now, std::uint64_t order, ByteCount bytes,
                            ByteCount bytes_in_flight) = 0;

  // After the losses of the same frame were reported.
  virtual void OnPacketsAcked(Instant now, const AckEvent& ack) = 0;

  // At most one reduction per recovery period. §7.3.2, §B.6, §B.8
  virtual void OnPacketsLost(Instant now, const LossEvent& loss) = 0;
  // Packets that were declared lost, by the times they were sent, have been acknowledged after all.
  virtual void OnSpuriousLoss(Instant now, std::span<const Instant> times_sent) = 0;

  // An increase of the peer's ECN-CE count, in the acknowledgment of a packet sent at `time_sent`.
  // At most one reduction per recovery period. §7.1, §B.7
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
};

// RFC 9002 §7.2: ten datagrams, but at most 14,720 bytes or two datagrams, whichever is larger.
constexpr ByteCount InitialWindow(ByteCount max_datagram_size) {
  return std::min(max_datagram_size * 10, std::max(ByteCount(14720), max_datagram_size * 2));
}
// Above any path, and low enough that the product of two windows fits 64 bits.
inline constexpr ByteCount kMaximumWindow(std::uint64_t{1} << 31);
constexpr ByteCount MinimumWindow(ByteCount max_datagram_size) { return max_datagram_size * 2; }

}  // namespace quiesce::quic
