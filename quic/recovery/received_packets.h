// What arrived in one packet number space, what to acknowledge and by when. RFC 9000 §13.2,
// §13.4.1. One per space, owned by the connection; the ranges are bounded, whatever the peer sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "quic/base/datagram.h"
#include "quic/base/interval_set.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/wire/ack_frame.h"

namespace quiesce::quic {

class ReceivedPackets {
 public:
  struct Config {
    // RFC 9000 §13.2.3: ranges remembered and reported. Above this the oldest is forgotten, and
    // packets at or below it count as duplicates from then on. At least 1.
    std::size_t ranges_max = 64;
    // How long an acknowledgment of a 1-RTT packet may be held back: what we announced as
    // max_ack_delay. Initial and Handshake packets are never held back.
    Duration max_ack_delay = std::chrono::milliseconds(25);
    // RFC 9000 §13.2.2: this many ack-eliciting packets are acknowledged at once.
    std::uint64_t ack_eliciting_threshold = 2;
  };

  ReceivedPackets(PacketNumberSpace space, const Config& config);

  // Whether the packet was processed before, or is so old that this can no longer be told; such a
  // packet is dropped unprocessed. RFC 9000 §12.3, §13.2.3.
  bool IsDuplicate(PacketNumber number) const;

  // Records a packet whose protection is off and whose frames were all processed (RFC 9000 §13.1).
  // `now` is when its datagram arrived. A duplicate changes nothing, ECN counts included (§13.4.1).
  void OnPacketReceived(Instant now, PacketNumber number, bool ack_eliciting, Ecn ecn);

  // When an ACK frame must leave: in the past or equal to the receive time when it is due at once,
  // nullopt when nothing ack-eliciting waits. Ask after a whole batch of datagrams was handled.
  std::optional<Instant> AckDeadline() const { return ack_deadline_; }
  bool AckDue(Instant now) const { return ack_deadline_.has_value() && *ack_deadline_ <= now; }
  // Whether an ACK frame is worth adding to a packet that leaves anyway. RFC 9000 §13.2.1.
  bool HasUnackedEliciting() const { return unacked_eliciting_ > 0; }

  // What an ACK frame reports: half-open, ascending. Empty only when nothing arrived since
  // everything was last acknowledged; then no ACK frame can be written.
  std::span<const IntervalSet::Interval> ranges() const { return ranges_.intervals(); }
  // Time since the largest packet arrived, never negative. RFC 9000 §13.2.5.
  Duration AckDelay(Instant now) const;
  // Totals for the ACK frame; nullopt while every packet was Not-ECT, so that hosts which cannot
  // read the field report nothing. RFC 9000 §13.4.1.
  std::optional<EcnCounts> ecn_counts() const;
  // The largest packet number processed, for packet number recovery (RFC 9000 §17.1).
  std::optional<PacketNumber> largest_received() const { return largest_received_; }

  // An ACK frame with the newest ranges was put into a packet; nothing waits any more.
  void OnAckSent();
  // The packet with an ACK frame up to `largest` was acknowledged: the peer knows, so what lies at
  // or below is forgotten and counts as duplicate. RFC 9000 §13.2.4.
  void OnAckAcked(PacketNumber largest);

 private:
  bool MustAckAtOnce(PacketNumber number, Ecn ecn) const;
  void ForgetBelow(std::uint64_t floor);

  Config config_;
  PacketNumberSpace space_;
  IntervalSet ranges_;
  std::uint64_t floor_ = 0;  // numbers below were forgotten
  std::optional<PacketNumber> largest_received_;
  Instant largest_received_time_;
  std::optional<PacketNumber> largest_eliciting_;
  std::uint64_t unacked_eliciting_ = 0;
  std::optional<Instant> ack_deadline_;
  EcnCounts ecn_;
};

}  // namespace quiesce::quic
