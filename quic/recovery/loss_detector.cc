#include "quic/recovery/loss_detector.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::quic {
namespace {

constexpr std::uint64_t kAckFrameType = 0x02;
// Doublings of the probe timeout that are counted. At the initial RTT this is nine hours, long
// after any idle timeout; more could leave the range of Duration.
constexpr std::uint32_t kBackoffDoublingsMax = 15;

constexpr PacketNumberSpace kSpaces[] = {PacketNumberSpace::kInitial, PacketNumberSpace::kHandshake,
                                         PacketNumberSpace::kApplication};

}  // namespace

void RecoveryOutcome::Clear(PacketNumberSpace of_space) {
  space = of_space;
  acked.clear();
  lost.clear();
  packets_acked = packets_lost = packets_late_acked = 0;
  rtt_sampled = persistent_congestion = false;
  probes = 0;
}

LossDetector::LossDetector(Perspective perspective, RttEstimator& rtt,
                           CongestionController& congestion)
    : perspective_(perspective), rtt_(&rtt), congestion_(&congestion) {}

void LossDetector::OnPacketSent(PacketNumberSpace space, const SentPacket& packet,
                                std::span<const SentToken> tokens) {
  Space& state = At(space);
  QUIESCE_DCHECK(!state.discarded);
  const std::uint64_t order = next_order_++;
  state.sent.Add(packet, order, tokens);
  if (!packet.in_flight) return;
  if (packet.ack_eliciting) state.last_eliciting_time = packet.time_sent;
  congestion_->OnPacketSent(packet.time_sent, order, packet.bytes, bytes_in_flight());
  SetLossDetectionTimer(packet.time_sent);
}

Result<void> LossDetector::OnAckReceived(Instant now, PacketNumberSpace space,
                                         const AckRanges& ranges, Duration ack_delay,
                                         RecoveryOutcome& outcome) {
  outcome.Clear(space);
  Space& state = At(space);
  // Two ACK frames may share a packet with the CRYPTO frame whose keys end this space.
  if (state.discarded) return {};
  // RFC 9000 §13.1, §21.4: before anything is changed, so that an optimistic peer gains nothing.
  if (!state.sent.WereSent(ranges)) {
    return Error{TransportErrorCode::kProtocolViolation, kAckFrameType,
                 "acknowledgment of a packet that was never sent"};
  }
  const std::uint64_t largest = (*ranges.begin()).end - 1;
  state.largest_acked = std::max(state.largest_acked.value_or(largest), largest);
  if (space == PacketNumberSpace::kHandshake) handshake_acked_ = true;

  const ByteCount prior_in_flight = bytes_in_flight();
  const AckedSummary newly_acked = DetectAckedPackets(state, ranges, outcome);
  if (!late_acked_.empty()) congestion_->OnSpuriousLoss(now, late_acked_);
  if (outcome.packets_acked == 0) return {};
  if (newly_acked.largest_time_sent.has_value() && newly_acked.ack_eliciting) {
    outcome.rtt_sampled = true;
    UpdateRtt(now, space, now - *newly_acked.largest_time_sent, ack_delay);
  }
  DetectLostPackets(now, space, prior_in_flight, outcome);
  if (!acked_in_flight_.empty()) {
    congestion_->OnPacketsAcked(now, {.packets = acked_in_flight_,
                                      .prior_in_flight = prior_in_flight,
                                      .bytes_in_flight = bytes_in_flight(),
                                      .losses = outcome.packets_lost > 0,
                                      .rtt_sampled = outcome.rtt_sampled,
                                      .application_limited = application_limited_,
                                      .rtt = *rtt_});
  }
  // RFC 9002 §6.2.1: not while a server may still be waiting to validate this client's address.
  if (PeerCompletedAddressValidation()) pto_count_ = 0;
  SetLossDetectionTimer(now);
  return {};
}

LossDetector::AckedSummary LossDetector::DetectAckedPackets(Space& state, const AckRanges& ranges,
                                                            RecoveryOutcome& outcome) {
  const std::uint64_t largest = (*ranges.begin()).end - 1;
  AckedSummary summary;
  acked_in_flight_.clear();
  late_acked_.clear();
  std::uint64_t stretch_start = 0, stretch_end = 0;  // packets acknowledged in unbroken send order
  for (const IntervalSet::Interval range : ranges) {
    // A peer repeats old ranges in every frame; once all is known below, they cost nothing.
    if (range.end <= state.sent.oldest_tracked()) break;
    state.sent.RemoveAcked(
        range.start, range.end, outcome.acked, [&](const SentPackets::Record& record) {
          ++outcome.packets_acked;
          summary.ack_eliciting |= record.ack_eliciting;
          // RFC 9000 §9.4: what travelled another path says nothing about the time on this one.
          if (record.number == largest && record.number >= state.first_number_on_path) {
            summary.largest_time_sent = record.time_sent;
          }
          if (record.in_flight) {
            acked_in_flight_.push_back({record.time_sent, ByteCount(record.bytes), record.order});
          }
          if (record.order != stretch_end) {
            persistent_congestion_.OnAcked(stretch_start, stretch_end);
            stretch_start = record.order;
          }
          stretch_end = record.order + 1;
        });
    outcome.packets_late_acked +=
        state.sent.TakeLateAcked(range.start, range.end, outcome.acked, late_acked_);
  }
  persistent_congestion_.OnAcked(stretch_start, stretch_end);
  return summary;
}

void LossDetector::UpdateRtt(Instant now, PacketNumberSpace space, Duration latest_rtt,
                             Duration ack_delay) {
  // RFC 9002 §5.3: Initial packets are acknowledged without delay, whatever the peer reports; its
  // max_ack_delay binds it once the handshake is confirmed.
  if (space == PacketNumberSpace::kInitial) ack_delay = Duration::zero();
  if (handshake_confirmed_) ack_delay = std::min(ack_delay, max_ack_delay_);
  rtt_->AddSample(now, latest_rtt, std::max(ack_delay, Duration::zero()));
}

void LossDetector::DetectLostPackets(Instant now, PacketNumberSpace space,
                                     ByteCount prior_in_flight, RecoveryOutcome& outcome) {
  Space& state = At(space);
  const std::uint64_t largest_acked = *state.largest_acked;
  const Duration loss_delay = rtt_->LossDelay();
  state.loss_time.reset();
  lost_in_flight_.clear();
  lost_eliciting_.clear();

  state.sent.ForgetLostBefore(now);
  state.sent.RemoveLost(
      PacketNumber(largest_acked), now + ProbeTimeout(space), outcome.lost,
      [&](const SentPackets::Record& record) {
        // RFC 9002 §6.1.1, §6.1.2.
        const Instant lost_at = record.time_sent + loss_delay;
        if (lost_at > now && largest_acked - record.number < kPacketThreshold) {
          state.loss_time = std::min(state.loss_time.value_or(lost_at), lost_at);
          return false;
        }
        ++outcome.packets_lost;
        if (!record.in_flight) return true;
        lost_in_flight_.push_back({record.time_sent, ByteCount(record.bytes), record.order});
        // RFC 9002 §7.6.2: ack-eliciting, and sent when there was an RTT sample already.
        const auto first_sample = rtt_->first_sample_time();
        if (record.ack_eliciting && first_sample.has_value() && record.time_sent > *first_sample) {
          lost_eliciting_.push_back({record.order, record.time_sent});
        }
        return true;
      });

  if (!lost_in_flight_.empty()) {
    congestion_->OnPacketsLost(now, {.packets = lost_in_flight_,
                                     .prior_in_flight = prior_in_flight,
                                     .bytes_in_flight = bytes_in_flight()});
  }
  // RFC 9002 §7.6.1: max_ack_delay counts whatever the space.
  const Duration duration =
      (rtt_->ProbeTimeoutBase() + max_ack_delay_) * kPersistentCongestionThreshold;
  if (persistent_congestion_.Established(lost_eliciting_, duration)) {
    outcome.persistent_congestion = true;
    congestion_->OnPersistentCongestion();
    rtt_->OnPersistentCongestion();  // RFC 9002 §5.2
  }
}

void LossDetector::OnTimeout(Instant now, RecoveryOutcome& outcome) {
  outcome.Clear(PacketNumberSpace::kInitial);
  if (!deadline_.has_value() || now < *deadline_) return;
  if (const auto loss = EarliestLossTime()) {
    outcome.space = loss->space;
    DetectLostPackets(now, loss->space, bytes_in_flight(), outcome);
  } else if (const auto probe = EarliestProbeTimeout(now)) {
    // RFC 9002 §6.2.4: two datagrams survive the loss of one. A client that has nothing in flight
    // only needs to give the server credit: one will do (§A.9).
    outcome.space = probe->space;
    outcome.probes = HasUnackedEliciting(probe->space) ? kProbesPerTimeout : 1;
    if (pto_count_++ == 0) {
      for (Space& state : spaces_) {
        state.probe_next = 0;
        state.probe_end = state.sent.next_number();
      }
    }
  }
  SetLossDetectionTimer(now);
}

void LossDetector::CollectUnacked(PacketNumberSpace space, std::size_t packets_max,
                                  std::vector<SentToken>& tokens) {
  Space& state = At(space);
  const SentPackets& sent = state.sent;
  // RFC 9002 §6.2.4: different payloads make spurious retransmission less likely.
  const std::uint64_t first = state.probe_next;
  auto collected = sent.CollectEliciting(first, state.probe_end, packets_max, tokens);
  const auto again = sent.CollectEliciting(0, std::min(first, state.probe_end),
                                           packets_max - collected.packets, tokens);
  if (again.packets > 0) collected.next = again.next;
  state.probe_next = collected.next;
  if (collected.packets + again.packets == 0)
    sent.CollectEliciting(state.probe_end, sent.next_number(), packets_max, tokens);
}

void LossDetector::OnSpaceDiscarded(Instant now, PacketNumberSpace space) {
  // RFC 9002 §6.4: leaves no trace in bytes in flight. §6.2.2: progress resets the backoff.
  At(space) = Space{};
  At(space).discarded = true;
  pto_count_ = 0;
  SetLossDetectionTimer(now);
}

void LossDetector::ResetForRetry(Instant now, Duration initial_rtt, RecoveryOutcome& outcome) {
  outcome.Clear(PacketNumberSpace::kInitial);
  for (Space& state : spaces_) Abandon(state, outcome);
  *rtt_ = RttEstimator(initial_rtt);
  congestion_->Reset();
  pto_count_ = 0;
  SetLossDetectionTimer(now);
}

void LossDetector::OnZeroRttRejected(Instant now, RecoveryOutcome& outcome) {
  outcome.Clear(PacketNumberSpace::kApplication);
  Abandon(At(PacketNumberSpace::kApplication), outcome);
  SetLossDetectionTimer(now);
}

void LossDetector::Abandon(Space& state, RecoveryOutcome& outcome) {
  outcome.packets_lost += state.sent.size();
  state.sent.TakeAll(outcome.lost);
  state.last_eliciting_time.reset();
  state.loss_time.reset();
}

void LossDetector::OnPathChanged(Instant now, RttEstimator& rtt, CongestionController& congestion) {
  rtt_ = &rtt;
  congestion_ = &congestion;
  for (Space& state : spaces_) {
    state.sent.ClearInFlight();
    state.first_number_on_path = state.sent.next_number();
  }
  SetLossDetectionTimer(now);
}

void LossDetector::OnHandshakeKeysAvailable(Instant now) {
  handshake_keys_available_ = true;
  SetLossDetectionTimer(now);
}

void LossDetector::OnHandshakeConfirmed(Instant now) {
  handshake_confirmed_ = true;
  SetLossDetectionTimer(now);
}

void LossDetector::SetAmplificationLimited(Instant now, bool limited) {
  amplification_limited_ = limited;
  SetLossDetectionTimer(now);
}

void LossDetector::SetOutOfData(bool out_of_data) {
  // RFC 9002 §7.8: a window too full for one more datagram was fully used.
  application_limited_ = out_of_data && SendWindow() >= congestion_->max_datagram_size();
}

ByteCount LossDetector::bytes_in_flight() const {
  ByteCount sum;
  for (const Space& state : spaces_) sum += state.sent.bytes_in_flight();
  return sum;
}

std::optional<PacketNumber> LossDetector::largest_acked(PacketNumberSpace space) const {
  const auto& largest = At(space).largest_acked;
  return largest.has_value() ? std::optional(PacketNumber(*largest)) : std::nullopt;
}

bool LossDetector::HasUnackedEliciting(PacketNumberSpace space) const {
  return At(space).sent.ack_eliciting_in_flight() > 0;
}

bool LossDetector::PeerCompletedAddressValidation() const {
  // RFC 9002 §6.2.2.1: a server's own address needs no validation by the client.
  return perspective_ == Perspective::kServer || handshake_acked_ || handshake_confirmed_;
}

Duration LossDetector::ProbeTimeout(PacketNumberSpace space) const {
  // RFC 9002 §6.2.1: Initial and Handshake packets are not delayed on purpose.
  const bool delayed = space == PacketNumberSpace::kApplication;
  return rtt_->ProbeTimeoutBase() + (delayed ? max_ack_delay_ : Duration::zero());
}

Duration LossDetector::Backoff(Duration period) const {
  return period * (std::int64_t{1} << std::min(pto_count_, kBackoffDoublingsMax));
}

std::optional<LossDetector::Timeout> LossDetector::EarliestLossTime() const {
  std::optional<Timeout> earliest;
  for (const PacketNumberSpace space : kSpaces) {
    const auto& time = At(space).loss_time;
    if (time.has_value() && (!earliest.has_value() || *time < earliest->time)) {
      earliest = Timeout{*time, space};
    }
  }
  return earliest;
}

std::optional<LossDetector::Timeout> LossDetector::EarliestProbeTimeout(Instant now) const {
  std::optional<Timeout> earliest;
  for (const PacketNumberSpace space : kSpaces) {
    if (!HasUnackedEliciting(space)) continue;
    // RFC 9002 §6.2.1: before confirmation one side may lack the keys to read or acknowledge these.
    if (space == PacketNumberSpace::kApplication && !handshake_confirmed_) continue;
    const Instant time = *At(space).last_eliciting_time + Backoff(ProbeTimeout(space));
    if (!earliest.has_value() || time < earliest->time) earliest = Timeout{time, space};
  }
  // RFC 9002 §6.2.2.1: a server may be waiting for credit, so its client keeps the timer armed with
  // nothing in flight. §A.8 forgets that 0-RTT packets, which arm no timer, may be in flight then.
  if (!earliest.has_value() && !PeerCompletedAddressValidation()) {
    earliest = Timeout{now + Backoff(rtt_->ProbeTimeoutBase()), handshake_keys_available_
                                                                    ? PacketNumberSpace::kHandshake
                                                                    : PacketNumberSpace::kInitial};
  }
  return earliest;
}

void LossDetector::SetLossDetectionTimer(Instant now) {
  deadline_.reset();
  if (const auto loss = EarliestLossTime()) {
    // RFC 9002 §6.2.1: no probe timeout while losses are about to be declared.
    deadline_ = loss->time;
  } else if (amplification_limited_) {
    // RFC 9002 §6.2.2.1: nothing could be sent.
  } else if (const auto probe = EarliestProbeTimeout(now)) {
    deadline_ = probe->time;
  }
}

}  // namespace quiesce::quic
