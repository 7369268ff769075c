#include "quic/recovery/cubic.h"

#include <algorithm>

namespace quiesce::quic {
namespace {

// RFC 9438 §4.6: the window that is left after a reduction.
ByteCount Beta(ByteCount window) { return window * 7 / 10; }
// RFC 9438 §4.7: the plateau that is left to others, (1 + beta) / 2.
ByteCount FastConvergence(ByteCount window) { return window * 17 / 20; }
// RFC 9438 §4.3: alpha = 3 * (1 - beta) / (1 + beta).
constexpr std::uint64_t kAlphaNumerator = 9;
constexpr std::uint64_t kAlphaDenominator = 17;

// Adds numerator / denominator to `sum` and keeps what the division leaves for the next time.
void AddQuotient(std::uint64_t numerator, std::uint64_t denominator, std::uint64_t& remainder,
                 ByteCount& sum) {
  numerator += remainder;
  sum += ByteCount(numerator / denominator);
  remainder = numerator % denominator;
}

}  // namespace

Cubic::Cubic(ByteCount max_datagram_size)
    : max_datagram_size_(max_datagram_size),
      window_{.congestion_window = InitialWindow(max_datagram_size)} {}

void Cubic::OnPacketSent(Instant, std::uint64_t, ByteCount bytes, ByteCount) { prr_.OnSent(bytes); }

void Cubic::OnPacketsAcked(Instant now, const AckEvent& ack) {
  ByteCount delivered, outside_recovery;
  Instant newest = ack.packets.front().time_sent;
  for (const SettledPacket& packet : ack.packets) {
    delivered += packet.bytes;
    if (!InRecovery(packet.time_sent)) outside_recovery += packet.bytes;
    newest = std::max(newest, packet.time_sent);
  }
  if (prr_.active()) {
    if (InRecovery(newest)) {
      window_.congestion_window =
          std::max(prr_.OnAck(delivered, ack.bytes_in_flight, !ack.losses, max_datagram_size_),
                   MinimumWindow(max_datagram_size_));
      return;
    }
    // RFC 9002 §7.3.2: a packet sent after it began ends the recovery period.
    prr_.Stop();
    window_.congestion_window = window_.ssthresh;
  }
  // RFC 9002 §7.3.2: otherwise the window does not change during a recovery period.
  if (outside_recovery.is_zero()) return;
  if (ack.application_limited) {
    // RFC 9002 §7.8: a window that is not used does not grow.
    if (!limited_since_) limited_since_ = now;
    return;
  }
  if (window_.congestion_window < window_.ssthresh) {
    GrowInSlowStart(now, newest, outside_recovery, ack);
  } else {
    GrowInAvoidance(now, outside_recovery, ack.rtt.smoothed_rtt());
  }
  window_.congestion_window = std::min(window_.congestion_window, kMaximumWindow);
  limited_since_.reset();
}

void Cubic::GrowInSlowStart(Instant now, Instant time_sent, ByteCount acked, const AckEvent& ack) {
  // RFC 9406 §4.3: HyStart++ for the first slow start; later ones know where to end.
  if (window_.ssthresh != ByteCount::Max()) {
    window_.congestion_window = std::min(window_.congestion_window + acked, window_.ssthresh);
    return;
  }
  const auto sample = ack.rtt_sampled ? std::optional(ack.rtt.latest_rtt()) : std::nullopt;
  window_.congestion_window += hystart_.OnAck(now, time_sent, acked, sample);
  if (hystart_.phase() != HyStart::Phase::kDone) return;
  // RFC 9438 §4.10: the window stands where the stage begins, and W_max is undefined.
  window_.ssthresh = window_.cwnd_prior = window_.congestion_window;
}

void Cubic::GrowInAvoidance(Instant now, ByteCount acked, Duration smoothed_rtt) {
  if (!window_.stage) StartStage(now);
  Stage& stage = *window_.stage;
  // RFC 9438 §4.2, §5.8: without the time in which the application was the limit.
  if (limited_since_) stage.epoch += now - std::max(*limited_since_, stage.epoch);
  const Duration t = std::max(now - stage.epoch, Duration::zero());
  const ByteCount cwnd = window_.congestion_window;
  acked = std::min(acked, cwnd);

  // RFC 9438 §4.3: once it is where the window was before the reduction, as fast as Reno.
  const bool as_reno = stage.w_est >= window_.cwnd_prior;
  AddQuotient(
      acked.value() * max_datagram_size_.value() * (as_reno ? kAlphaDenominator : kAlphaNumerator),
      cwnd.value() * kAlphaDenominator, stage.w_est_remainder, stage.w_est);
  if (stage.curve.At(t) < stage.w_est) {
    window_.congestion_window = std::max(cwnd, stage.w_est);
    return;
  }
  // RFC 9438 §4.2, §4.4, §4.5.
  const ByteCount target = std::clamp(stage.curve.At(t + smoothed_rtt), cwnd, cwnd * 3 / 2);
  AddQuotient((target - cwnd).value() * acked.value(), cwnd.value(), stage.growth_remainder,
              window_.congestion_window);
}

void Cubic::StartStage(Instant now) {
  // RFC 9438 §4.8, §4.10: after a collapse and after HyStart++ K is 0 and W_max is the window.
  const ByteCount cwnd = window_.congestion_window;
  window_.stage.emplace(
      Stage{.epoch = now,
            .curve = CubicCurve(cwnd, window_.w_max.value_or(cwnd), max_datagram_size_),
            .w_est = cwnd});
}

void Cubic::OnPacketsLost(Instant now, const LossEvent& loss) {
  if (InRecovery(LatestTimeSent(loss.packets))) return spurious_loss_.Add(loss.packets);
  // RFC 9937 §6.4: a period that another one follows ends where it was to arrive.
  if (prr_.active()) window_.congestion_window = window_.ssthresh;
  undo_ = window_;
  spurious_loss_.Begin(now, loss.packets);
  Reduce(now);
  prr_.Start(window_.ssthresh, std::min(loss.prior_in_flight, kMaximumWindow));
  // RFC 9937 §6.2: one packet at once; the acknowledgment that follows, if any, knows better.
  window_.congestion_window =
      std::max(loss.bytes_in_flight + max_datagram_size_, MinimumWindow(max_datagram_size_));
}

void Cubic::OnCongestionEvent(Instant now, Instant time_sent) {
  if (InRecovery(time_sent)) return;
  if (prr_.active()) window_.congestion_window = window_.ssthresh;
  prr_.Stop();
  spurious_loss_.Forget();
  Reduce(now);
  window_.congestion_window = window_.ssthresh;
}

// RFC 9438 §4.6, §4.7.
void Cubic::Reduce(Instant now) {
  recovery_start_time_ = now;
  const ByteCount cwnd = window_.congestion_window;
  window_.w_max = cwnd < window_.w_max.value_or(ByteCount(0)) ? FastConvergence(cwnd) : cwnd;
  window_.cwnd_prior = cwnd;
  window_.ssthresh = std::max(Beta(cwnd), MinimumWindow(max_datagram_size_));
  window_.stage.reset();
}

void Cubic::OnSpuriousLoss(Instant, std::span<const Instant> times_sent) {
  if (!spurious_loss_.OnLateAcked(times_sent)) return;
  // RFC 9438 §4.9.2: unless the window has grown beyond that meanwhile.
  if (window_.congestion_window >= undo_.congestion_window) return;
  window_ = undo_;
  prr_.Stop();
  recovery_start_time_.reset();
}

void Cubic::OnPersistentCongestion() {
  window_.congestion_window = MinimumWindow(max_datagram_size_);
  window_.w_max.reset();
  window_.stage.reset();
  prr_.Stop();
  spurious_loss_.Forget();
  recovery_start_time_.reset();
}

void Cubic::OnMaxDatagramSizeChanged(ByteCount max_datagram_size) {
  // RFC 9002 §7.2: recalculated while it is still the initial window.
  const bool untouched = window_.congestion_window == InitialWindow(max_datagram_size_) &&
                         window_.ssthresh == ByteCount::Max();
  max_datagram_size_ = max_datagram_size;
  if (untouched) window_.congestion_window = InitialWindow(max_datagram_size);
  window_.congestion_window = std::max(window_.congestion_window, MinimumWindow(max_datagram_size));
}

void Cubic::Reset() { *this = Cubic(max_datagram_size_); }

}  // namespace quiesce::quic
