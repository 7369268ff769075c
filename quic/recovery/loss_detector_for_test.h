// A loss detector with a path, for its tests: sends, acknowledges and lets time pass.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "quic/recovery/encoded_ack.h"
#include "quic/recovery/loss_detector.h"
#include "quic/recovery/new_reno.h"

namespace quiesce::quic {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Interval = IntervalSet::Interval;

constexpr auto kInitial = PacketNumberSpace::kInitial;
constexpr auto kHandshake = PacketNumberSpace::kHandshake;
constexpr auto kApplication = PacketNumberSpace::kApplication;
constexpr ByteCount kDatagram(1200);
constexpr Instant kStart{seconds(100)};

inline Instant Ms(std::int64_t ms) { return kStart + milliseconds(ms); }
inline SentToken Mark(std::uint64_t id) { return ControlToken{ControlKind::kResetStream, id}; }

// One connection's recovery; each packet's token names its number.
class LossDetectorTest : public testing::Test {
 protected:
  explicit LossDetectorTest(Perspective perspective = Perspective::kServer)
      : detector_(perspective, rtt_, reno_) {}

  void Send(PacketNumberSpace space, std::uint64_t number, Instant now,
            ByteCount bytes = kDatagram) {
    const SentToken token = Mark(number);
    detector_.OnPacketSent(space, {PacketNumber(number), now, bytes, true, true},
                           std::span(&token, 1));
  }
  void SendAckOnly(PacketNumberSpace space, std::uint64_t number, Instant now) {
    const SentToken token = AckToken{PacketNumber(number)};
    detector_.OnPacketSent(space, {PacketNumber(number), now, ByteCount(40), false, false},
                           std::span(&token, 1));
  }
  Result<void> TryAck(PacketNumberSpace space, std::vector<Interval> numbers, Instant now,
                      Duration delay = Duration::zero()) {
    return detector_.OnAckReceived(now, space, EncodedAck(numbers).ranges(), delay, outcome_);
  }
  void Ack(PacketNumberSpace space, std::vector<Interval> numbers, Instant now,
           Duration delay = Duration::zero()) {
    ASSERT_TRUE(TryAck(space, std::move(numbers), now, delay).ok());
  }
  void AckOne(PacketNumberSpace space, std::uint64_t number, Instant now,
              Duration delay = Duration::zero()) {
    Ack(space, {{number, number + 1}}, now, delay);
  }
  // A first sample of 100 ms, with packet 0 of the space; handshake confirmed.
  void Establish() {
    detector_.OnHandshakeConfirmed(kStart);
    Send(kApplication, 0, kStart);
    AckOne(kApplication, 0, Ms(100));
    ASSERT_EQ(rtt_.smoothed_rtt(), milliseconds(100));
  }

  RttEstimator rtt_;
  NewReno reno_{kDatagram};
  LossDetector detector_;
  RecoveryOutcome outcome_;
};

class ClientLossDetectorTest : public LossDetectorTest {
 protected:
  ClientLossDetectorTest() : LossDetectorTest(Perspective::kClient) {}
};

using Tokens = std::vector<SentToken>;

// --- RTT samples, RFC 9002 §5.1 and §5.3.

}  // namespace quiesce::quic
