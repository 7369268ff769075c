// The pseudocode of RFC 9002 Appendix A and B, written down as it stands, against the real thing on
// random traces. Where the model departs from the letter, a comment says why.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "quic/recovery/encoded_ack.h"
#include "quic/recovery/loss_detector.h"
#include "quic/recovery/new_reno.h"

namespace quiesce::quic {
namespace {

using Time = std::int64_t;  // nanoseconds; 0 = never, as in the pseudocode
using Interval = IntervalSet::Interval;

constexpr Time kMs = 1'000'000;
constexpr Time kInfinite = INT64_MAX;
constexpr Time kGranularity = 1 * kMs;
constexpr Time kInitialRttTime = 333 * kMs;
constexpr std::uint64_t kDatagramSize = 1200;
constexpr std::uint64_t kMinimumWindow = 2 * kDatagramSize;
constexpr int kInitialSpace = 0, kHandshakeSpace = 1, kApplicationSpace = 2;

struct ModelPacket {
  std::uint64_t packet_number;
  bool ack_eliciting;
  bool in_flight;
  std::uint64_t sent_bytes;
  Time time_sent;
  std::size_t order;
};

struct Model {
  bool is_server;
  Time now = 0;

  // §A.3, §A.4
  Time loss_detection_timer = 0;
  std::uint32_t pto_count = 0;
  Time latest_rtt = 0;
  Time smoothed_rtt = kInitialRttTime;
  Time rttvar = kInitialRttTime / 2;
  Time min_rtt = 0;
  Time first_rtt_sample = 0;
  Time max_ack_delay = 25 * kMs;
  std::int64_t largest_acked_packet[3] = {-1, -1, -1};
  Time time_of_last_ack_eliciting_packet[3] = {};
  Time loss_time[3] = {};
  std::map<std::uint64_t, ModelPacket> sent_packets[3];
  bool handshake_confirmed = false;
  bool has_handshake_keys = false;
  bool received_handshake_ack = false;
  bool at_anti_amplification_limit = false;

  // §B.2, §B.3
  std::uint64_t congestion_window = 10 * kDatagramSize;
  std::uint64_t bytes_in_flight = 0;
  Time congestion_recovery_start_time = 0;
  std::uint64_t ssthresh = UINT64_MAX;
  bool application_limited = false;
  std::uint64_t bytes_acked = 0;  // RFC 3465 §2.1, to which §B.5 points
  // Not in the pseudocode: losses are remembered for one probe timeout, and when all those of a
  // recovery period prove spurious, what the period changed is changed back.
  struct Lost {
    std::uint64_t number;
    Time time_sent;
    Time forget_time;
    bool in_flight;
  };
  std::vector<Lost> remembered[3];
  std::size_t period_losses = 0;
  Time period_start = 0, period_first_sent = 0;
  std::uint64_t undo_window = 0, undo_ssthresh = 0;

  // What the last event did.
  std::vector<std::uint64_t> acked, lost;
  int probe_space = -1;
  std::vector<bool> acked_orders;  // all packets in the order they were sent; true = acknowledged

  void OnPacketSent(std::uint64_t packet_number, int pn_space, bool ack_eliciting, bool in_flight,
                    std::uint64_t sent_bytes) {
    sent_packets[pn_space][packet_number] = {packet_number, ack_eliciting, in_flight,
                                             sent_bytes,    now,           acked_orders.size()};
    acked_orders.push_back(false);
    if (in_flight) {
      if (ack_eliciting) time_of_last_ack_eliciting_packet[pn_space] = now;
      bytes_in_flight += sent_bytes;
      SetLossDetectionTimer();
    }
  }

  void OnAckReceived(const std::vector<Interval>& ranges, int pn_space, Time ack_delay) {
    const std::uint64_t largest_acked = ranges.back().end - 1;
    largest_acked_packet[pn_space] =
        std::max(largest_acked_packet[pn_space], static_cast<std::int64_t>(largest_acked));
    if (pn_space == kHandshakeSpace) received_handshake_ack = true;
    std::vector<ModelPacket> newly_acked_packets;
    // Newest range first, as the frame has them: where slow start ends in the middle of a frame,
    // the window depends on the order.
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
      for (std::uint64_t number = range->start; number < range->end; ++number) {
        const auto it = sent_packets[pn_space].find(number);
        if (it == sent_packets[pn_space].end()) continue;
        newly_acked_packets.push_back(it->second);
        acked.push_back(number);
        acked_orders[it->second.order] = true;
        sent_packets[pn_space].erase(it);
      }
    }
    std::vector<Lost>& known = remembered[pn_space];
    std::vector<Time> late;
    for (const Interval& range : ranges) {
      for (auto it = known.begin(); it != known.end();) {
        const bool covered = it->number >= range.start && it->number < range.end;
        if (covered && it->in_flight) late.push_back(it->time_sent);
        it = covered ? known.erase(it) : it + 1;
      }
    }
    Undo(late);
    if (newly_acked_packets.empty()) return;
    const ModelPacket& largest =
        *std::max_element(newly_acked_packets.begin(), newly_acked_packets.end(),
                          [](const ModelPacket& a, const ModelPacket& b) {
                            return a.packet_number < b.packet_number;
                          });
    const bool includes_ack_eliciting =
        std::any_of(newly_acked_packets.begin(), newly_acked_packets.end(),
                    [](const ModelPacket& packet) { return packet.ack_eliciting; });
    if (largest.packet_number == largest_acked && includes_ack_eliciting) {
      latest_rtt = now - largest.time_sent;
      // §5.3: "MAY ignore the acknowledgment delay for Initial packets".
      UpdateRtt(pn_space == kInitialSpace ? 0 : ack_delay);
    }
    DetectLost(pn_space);
    for (const ModelPacket& packet : newly_acked_packets) OnPacketAcked(packet);
    if (PeerCompletedAddressValidation()) pto_count = 0;
    SetLossDetectionTimer();
  }

  void Undo(const std::vector<Time>& late) {
    for (const Time time_sent : late) {
      if (period_losses == 0 || time_sent < period_first_sent || time_sent > period_start) continue;
      if (--period_losses > 0 || congestion_window >= undo_window) continue;
      congestion_window = undo_window;
      ssthresh = undo_ssthresh;
      congestion_recovery_start_time = 0;
    }
  }

  void UpdateRtt(Time ack_delay) {
    if (first_rtt_sample == 0) {
      min_rtt = latest_rtt;
      smoothed_rtt = latest_rtt;
      rttvar = latest_rtt / 2;
      first_rtt_sample = now;
      return;
    }
    min_rtt = std::min(min_rtt, latest_rtt);
    if (handshake_confirmed) ack_delay = std::min(ack_delay, max_ack_delay);
    Time adjusted_rtt = latest_rtt;
    if (latest_rtt >= min_rtt + ack_delay) adjusted_rtt = latest_rtt - ack_delay;
    rttvar = (3 * rttvar + std::abs(smoothed_rtt - adjusted_rtt)) / 4;
    smoothed_rtt = (7 * smoothed_rtt + adjusted_rtt) / 8;
  }

  void GetLossTimeAndSpace(Time& time, int& space) const {
    time = 0;
    space = kInitialSpace;
    // The pseudocode compares with `<` where 0 means "not set"; that reading is meant here.
    for (int pn_space = 0; pn_space < 3; ++pn_space) {
      if (loss_time[pn_space] != 0 && (time == 0 || loss_time[pn_space] < time)) {
        time = loss_time[pn_space];
        space = pn_space;
      }
    }
  }

  bool AckElicitingInFlight(int pn_space) const {
    return std::any_of(sent_packets[pn_space].begin(), sent_packets[pn_space].end(),
                       [](const auto& entry) { return entry.second.ack_eliciting; });
  }

  void GetPtoTimeAndSpace(Time& pto_timeout, int& pto_space) const {
    Time duration = (smoothed_rtt + std::max(4 * rttvar, kGranularity)) * (Time{1} << pto_count);
    pto_timeout = kInfinite;
    pto_space = kInitialSpace;
    for (int space = 0; space < 3; ++space) {
      if (!AckElicitingInFlight(space)) continue;
      if (space == kApplicationSpace) {
        if (!handshake_confirmed) break;
        duration += max_ack_delay * (Time{1} << pto_count);
      }
      const Time t = time_of_last_ack_eliciting_packet[space] + duration;
      if (t < pto_timeout) {
        pto_timeout = t;
        pto_space = space;
      }
    }
    // The pseudocode asks for "no ack-eliciting packets in flight" first, and would leave a client
    // that has only 0-RTT packets in flight without the timer that §6.2.2.1 demands.
    if (pto_timeout == kInfinite && !PeerCompletedAddressValidation()) {
      pto_timeout = now + duration;
      pto_space = has_handshake_keys ? kHandshakeSpace : kInitialSpace;
    }
  }

  bool PeerCompletedAddressValidation() const {
    if (is_server) return true;
    return received_handshake_ack || handshake_confirmed;
  }

  void SetLossDetectionTimer() {
    Time earliest_loss_time;
    int space;
    GetLossTimeAndSpace(earliest_loss_time, space);
    if (earliest_loss_time != 0) {
      loss_detection_timer = earliest_loss_time;
      return;
    }
    if (at_anti_amplification_limit) {
      loss_detection_timer = 0;
      return;
    }
    Time timeout;
    GetPtoTimeAndSpace(timeout, space);
    loss_detection_timer = timeout == kInfinite ? 0 : timeout;
  }

  void OnLossDetectionTimeout() {
    Time earliest_loss_time, pto_time;
    int pn_space;
    GetLossTimeAndSpace(earliest_loss_time, pn_space);
    if (earliest_loss_time != 0) {
      DetectLost(pn_space);
      SetLossDetectionTimer();
      return;
    }
    GetPtoTimeAndSpace(pto_time, pn_space);
    // An acknowledgment of nothing new may have told that the server validated this client; then
    // there is nothing to probe, where the pseudocode asserts.
    if (pto_time != kInfinite) {
      probe_space = pn_space;
      pto_count++;
    }
    SetLossDetectionTimer();
  }

  // §A.10 DetectAndRemoveLostPackets and §B.8 OnPacketsLost.
  void DetectLost(int pn_space) {
    loss_time[pn_space] = 0;
    std::vector<ModelPacket> lost_packets;
    Time loss_delay = std::max(latest_rtt, smoothed_rtt) * 9 / 8;
    loss_delay = std::max(loss_delay, kGranularity);
    const Time lost_send_time = now - loss_delay;
    std::vector<Lost>& known = remembered[pn_space];
    while (!known.empty() && known.front().forget_time < now) known.erase(known.begin());
    const Time forget_time = now + smoothed_rtt + std::max(4 * rttvar, kGranularity) +
                             (pn_space == kApplicationSpace ? max_ack_delay : 0);
    for (auto it = sent_packets[pn_space].begin(); it != sent_packets[pn_space].end();) {
      const ModelPacket& unacked = it->second;
      const auto number = static_cast<std::int64_t>(unacked.packet_number);
      if (number > largest_acked_packet[pn_space]) break;
      if (unacked.time_sent <= lost_send_time || largest_acked_packet[pn_space] >= number + 3) {
        lost.push_back(unacked.packet_number);
        lost_packets.push_back(unacked);
        known.push_back({unacked.packet_number, unacked.time_sent, forget_time, unacked.in_flight});
        it = sent_packets[pn_space].erase(it);
      } else {
        const Time time = unacked.time_sent + loss_delay;
        loss_time[pn_space] = loss_time[pn_space] == 0 ? time : std::min(loss_time[pn_space], time);
        ++it;
      }
    }

    Time sent_time_of_last_loss = 0;
    for (const ModelPacket& packet : lost_packets) {
      if (!packet.in_flight) continue;
      bytes_in_flight -= packet.sent_bytes;
      sent_time_of_last_loss = std::max(sent_time_of_last_loss, packet.time_sent);
    }
    if (sent_time_of_last_loss != 0) {
      if (!InCongestionRecovery(sent_time_of_last_loss)) {
        period_losses = 0;
        period_start = period_first_sent = now;
        undo_window = congestion_window;
        undo_ssthresh = ssthresh;
      }
      for (const ModelPacket& packet : lost_packets) {
        if (!packet.in_flight) continue;
        ++period_losses;
        period_first_sent = std::min(period_first_sent, packet.time_sent);
      }
      OnCongestionEvent(sent_time_of_last_loss);
    }
    if (first_rtt_sample == 0) return;
    std::vector<ModelPacket> pc_lost;
    for (const ModelPacket& packet : lost_packets) {
      if (packet.time_sent > first_rtt_sample) pc_lost.push_back(packet);
    }
    if (InPersistentCongestion(pc_lost)) {
      congestion_window = kMinimumWindow;
      congestion_recovery_start_time = 0;
      period_losses = 0;
      bytes_acked = 0;
      min_rtt = latest_rtt;  // §5.2
    }
  }

  // §7.6.2, word for word.
  bool InPersistentCongestion(const std::vector<ModelPacket>& packets) const {
    const Time duration = (smoothed_rtt + std::max(4 * rttvar, kGranularity) + max_ack_delay) * 3;
    for (const ModelPacket& first : packets) {
      for (const ModelPacket& second : packets) {
        if (!first.ack_eliciting || !second.ack_eliciting) continue;
        if (second.time_sent - first.time_sent <= duration) continue;
        const auto begin = acked_orders.begin() + static_cast<std::ptrdiff_t>(first.order);
        const auto end = acked_orders.begin() + static_cast<std::ptrdiff_t>(second.order);
        if (std::find(begin, end, true) == end) return true;
      }
    }
    return false;
  }

  void OnPacketNumberSpaceDiscarded(int pn_space) {
    for (const auto& [number, packet] : sent_packets[pn_space]) {
      if (packet.in_flight) bytes_in_flight -= packet.sent_bytes;
    }
    sent_packets[pn_space].clear();
    remembered[pn_space].clear();
    time_of_last_ack_eliciting_packet[pn_space] = 0;
    loss_time[pn_space] = 0;
    pto_count = 0;
    SetLossDetectionTimer();
  }

  bool InCongestionRecovery(Time sent_time) const {
    return sent_time <= congestion_recovery_start_time;
  }

  void OnPacketAcked(const ModelPacket& packet) {
    if (!packet.in_flight) return;
    bytes_in_flight -= packet.sent_bytes;
    if (application_limited) return;
    if (InCongestionRecovery(packet.time_sent)) return;
    if (congestion_window < ssthresh) {
      congestion_window += packet.sent_bytes;
      return;
    }
    bytes_acked += packet.sent_bytes;
    if (bytes_acked >= congestion_window) {
      bytes_acked -= congestion_window;
      congestion_window += kDatagramSize;
    }
  }

  void OnCongestionEvent(Time sent_time) {
    if (InCongestionRecovery(sent_time)) return;
    congestion_recovery_start_time = now;
    ssthresh = congestion_window / 2;
    congestion_window = std::max(ssthresh, kMinimumWindow);
    bytes_acked = 0;
  }
};

// Drives both with the same random events and compares everything after each.
class Trace {
 public:
  Trace(std::uint32_t seed)
      : rng_(seed),
        perspective_(rng_() % 2 == 0 ? Perspective::kClient : Perspective::kServer),
        detector_(perspective_, rtt_, reno_) {
    model_.is_server = perspective_ == Perspective::kServer;
    model_.now = 1'000 * kMs;
  }

  void Run() {
    // At most 120 packets: persistent congestion remembers 64 stretches, so that here it forgets
    // none.
    while (packets_ < 120 && !testing::Test::HasFailure()) {
      model_.acked.clear();
      model_.lost.clear();
      model_.probe_space = -1;
      outcome_.Clear(PacketNumberSpace::kInitial);
      Step();
      Compare();
    }
  }

  bool saw_loss = false, saw_probe = false, saw_persistent_congestion = false;

 private:
  Instant Now() const { return Instant(Duration(model_.now)); }
  bool Chance(std::uint32_t percent) { return rng_() % 100 < percent; }

  void Step() {
    const Time before = model_.now;
    // Mostly short steps; now and then a silence, from which persistent congestion comes.
    model_.now += Chance(10) ? static_cast<Time>(rng_() % 3000) * kMs
                             : static_cast<Time>(rng_() % 5000) * 1000;
    if (model_.loss_detection_timer != 0 && model_.loss_detection_timer <= model_.now) {
      if (Chance(80)) model_.now = std::max(before, model_.loss_detection_timer);
      model_.OnLossDetectionTimeout();
      detector_.OnTimeout(Now(), outcome_);
      return;
    }
    const std::uint32_t action = rng_() % 100;
    if (action < 60) {
      Send();
    } else if (action < 90) {
      Acknowledge();
    } else if (action < 94) {
      model_.application_limited = Chance(50) && detector_.SendWindow() >= ByteCount(kDatagramSize);
      detector_.SetOutOfData(model_.application_limited);
    } else {
      Progress();
    }
  }

  void Send() {
    const int space = PickSpace();
    const bool ack_eliciting = Chance(80);
    const bool in_flight = ack_eliciting || Chance(30);
    const std::uint64_t bytes = 40 + rng_() % 1160;
    if (Chance(5)) next_number_[space] += 1 + rng_() % 2;
    const std::uint64_t number = next_number_[space]++;
    sent_[space].push_back(number);
    ++packets_;
    model_.OnPacketSent(number, space, ack_eliciting, in_flight, bytes);
    const SentToken token = ControlToken{ControlKind::kResetStream, number};
    detector_.OnPacketSent(
        static_cast<PacketNumberSpace>(space),
        {PacketNumber(number), Now(), ByteCount(bytes), ack_eliciting, in_flight},
        std::span(&token, 1));
  }

  void Acknowledge() {
    const int space = PickSpace();
    // Each of the last packets sent, with a probability that is fixed for this frame.
    const std::uint32_t percent = Chance(50) ? 90 : 30;
    const std::size_t window = 1 + rng_() % 20;
    IntervalSet numbers;
    for (std::size_t i = sent_[space].size() - std::min(window, sent_[space].size());
         i < sent_[space].size(); ++i) {
      if (Chance(percent)) numbers.Add(sent_[space][i], sent_[space][i] + 1);
    }
    if (numbers.empty()) return;
    const std::vector<Interval> ranges(numbers.intervals().begin(), numbers.intervals().end());
    const Time delay = static_cast<Time>(rng_() % 60) * kMs;
    model_.OnAckReceived(ranges, space, delay);
    ASSERT_TRUE(detector_
                    .OnAckReceived(Now(), static_cast<PacketNumberSpace>(space),
                                   EncodedAck(ranges).ranges(), Duration(delay), outcome_)
                    .ok());
    // Late acknowledgments are ours alone: the model has forgotten the packets.
    std::erase_if(outcome_.acked, [&](const SentToken& token) {
      return outcome_.packets_late_acked > 0 &&
             std::find(model_.acked.begin(), model_.acked.end(),
                       std::get<ControlToken>(token).id) == model_.acked.end();
    });
  }

  // The handshake goes on: keys, discarded spaces, confirmation, amplification credit.
  void Progress() {
    if (model_.is_server && Chance(30)) {
      model_.at_anti_amplification_limit = !model_.at_anti_amplification_limit;
      model_.SetLossDetectionTimer();
      detector_.SetAmplificationLimited(Now(), model_.at_anti_amplification_limit);
    } else if (!model_.has_handshake_keys) {
      model_.has_handshake_keys = true;
      model_.SetLossDetectionTimer();
      detector_.OnHandshakeKeysAvailable(Now());
    } else if (first_space_ == kInitialSpace) {
      Discard(kInitialSpace);
    } else if (!model_.handshake_confirmed) {
      model_.handshake_confirmed = true;
      model_.SetLossDetectionTimer();
      detector_.OnHandshakeConfirmed(Now());
    } else if (first_space_ == kHandshakeSpace) {
      Discard(kHandshakeSpace);
    }
  }

  void Discard(int space) {
    model_.OnPacketNumberSpaceDiscarded(space);
    detector_.OnSpaceDiscarded(Now(), static_cast<PacketNumberSpace>(space));
    first_space_ = space + 1;
  }

  int PickSpace() {
    return first_space_ + static_cast<int>(rng_() % static_cast<std::uint32_t>(3 - first_space_));
  }

  static std::vector<std::uint64_t> Numbers(const std::vector<SentToken>& tokens) {
    std::vector<std::uint64_t> numbers;
    for (const SentToken& token : tokens) numbers.push_back(std::get<ControlToken>(token).id);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  void Compare() {
    std::sort(model_.acked.begin(), model_.acked.end());
    EXPECT_EQ(Numbers(outcome_.acked), model_.acked);
    EXPECT_EQ(Numbers(outcome_.lost), model_.lost);
    EXPECT_EQ(outcome_.probes > 0 ? static_cast<int>(outcome_.space) : -1, model_.probe_space);
    EXPECT_EQ(detector_.Deadline().value_or(Instant()).time_since_epoch().count(),
              model_.loss_detection_timer);
    EXPECT_EQ(detector_.pto_count(), model_.pto_count);
    EXPECT_EQ(detector_.bytes_in_flight().value(), model_.bytes_in_flight);
    EXPECT_EQ(rtt_.latest_rtt().count(), model_.latest_rtt);
    EXPECT_EQ(rtt_.smoothed_rtt().count(), model_.smoothed_rtt);
    EXPECT_EQ(rtt_.rttvar().count(), model_.rttvar);
    EXPECT_EQ(rtt_.min_rtt().count(), model_.min_rtt);
    EXPECT_EQ(reno_.congestion_window().value(), model_.congestion_window);
    EXPECT_EQ(reno_.ssthresh().value(), model_.ssthresh);
    saw_loss |= !model_.lost.empty();
    saw_probe |= model_.probe_space >= 0;
    saw_persistent_congestion |= outcome_.persistent_congestion;
  }

  std::mt19937 rng_;
  Perspective perspective_;
  RttEstimator rtt_;
  NewReno reno_{ByteCount(kDatagramSize)};
  LossDetector detector_;
  Model model_;
  RecoveryOutcome outcome_;
  std::vector<std::uint64_t> sent_[3];
  std::uint64_t next_number_[3] = {};
  int first_space_ = kInitialSpace;
  int packets_ = 0;
};

TEST(RecoveryModel, AgreesWithThePseudocodeOnRandomTraces) {
  const auto base = static_cast<std::uint32_t>(testing::UnitTest::GetInstance()->random_seed());
  int losses = 0, probes = 0, collapses = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::uint32_t seed = base * 1'000'000 + i;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Trace trace(seed);
    trace.Run();
    if (HasFailure()) return;
    losses += trace.saw_loss;
    probes += trace.saw_probe;
    collapses += trace.saw_persistent_congestion;
  }
  // The traces do reach what they are meant to compare.
  EXPECT_GT(losses, 700);
  EXPECT_GT(probes, 700);
  EXPECT_GT(collapses, 30);
}

}  // namespace
}  // namespace quiesce::quic
