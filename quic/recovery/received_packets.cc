#include "quic/recovery/received_packets.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::quic {

ReceivedPackets::ReceivedPackets(PacketNumberSpace space, const Config& config)
    : config_(config), space_(space) {
  QUIESCE_CHECK(config.ranges_max >= 1);
}

bool ReceivedPackets::IsDuplicate(PacketNumber number) const {
  return number.value() < floor_ || ranges_.Contains(number.value());
}

void ReceivedPackets::OnPacketReceived(Instant now, PacketNumber number, bool ack_eliciting,
                                       Ecn ecn) {
  if (IsDuplicate(number)) return;
  const bool at_once = ack_eliciting && MustAckAtOnce(number, ecn);
  ranges_.Add(number.value(), number.value() + 1);
  if (ranges_.size() > config_.ranges_max) ForgetBelow(ranges_.front().end);
  if (!largest_received_.has_value() || number > *largest_received_) {
    largest_received_ = number;
    largest_received_time_ = now;
  }
  // RFC 9000 §13.4.1.
  if (ecn == Ecn::kEct0) ++ecn_.ect0;
  if (ecn == Ecn::kEct1) ++ecn_.ect1;
  if (ecn == Ecn::kCe) ++ecn_.ce;

  // RFC 9000 §13.2.1: only ack-eliciting packets cause an ACK frame to be sent.
  if (!ack_eliciting) return;
  largest_eliciting_ = std::max(largest_eliciting_.value_or(number), number);
  ++unacked_eliciting_;
  const bool due = at_once || unacked_eliciting_ >= config_.ack_eliciting_threshold;
  const Instant deadline = due ? now : now + config_.max_ack_delay;
  ack_deadline_ = std::min(ack_deadline_.value_or(deadline), deadline);
}

bool ReceivedPackets::MustAckAtOnce(PacketNumber number, Ecn ecn) const {
  // RFC 9000 §13.2.1: Initial and Handshake packets are acknowledged immediately, and so is a mark
  // of congestion.
  if (space_ != PacketNumberSpace::kApplication || ecn == Ecn::kCe) return true;
  if (!largest_eliciting_.has_value()) return false;
  // RFC 9000 §13.2.1: out of order, or with packets missing since the last ack-eliciting one. What
  // was forgotten counts as present.
  if (number < *largest_eliciting_) return true;
  const std::uint64_t from = std::max(largest_eliciting_->value() + 1, floor_);
  return !ranges_.Covers(from, number.value());
}

Duration ReceivedPackets::AckDelay(Instant now) const {
  return std::max(now - largest_received_time_, Duration::zero());
}

std::optional<EcnCounts> ReceivedPackets::ecn_counts() const {
  if (ecn_ == EcnCounts{}) return std::nullopt;
  return ecn_;
}

void ReceivedPackets::OnAckSent() {
  unacked_eliciting_ = 0;
  ack_deadline_.reset();
}

void ReceivedPackets::OnAckAcked(PacketNumber largest) {
  // Our ACK frames never report more than the largest received.
  QUIESCE_DCHECK(largest_received_.has_value() && largest <= *largest_received_);
  ForgetBelow(largest.value() + 1);
}

void ReceivedPackets::ForgetBelow(std::uint64_t floor) {
  // RFC 9000 §13.2.3: a range may only be dropped when packets in it are not accepted again.
  floor_ = std::max(floor_, floor);
  ranges_.Remove(0, floor_);
}

}  // namespace quiesce::quic
