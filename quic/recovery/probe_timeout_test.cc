// Probe timeouts of the loss detector. RFC 9002 §6.2.
#include <gtest/gtest.h>

#include "quic/recovery/loss_detector_for_test.h"

namespace quiesce::quic {
namespace {

// RC-07, RFC 9002 §6.2.2.
TEST_F(LossDetectorTest, FirstProbeTimeoutIsOneSecond) {
  Send(kInitial, 0, kStart);
  EXPECT_EQ(detector_.Deadline(), Ms(999));
}

// RC-06, RFC 9002 §6.2.1: 100 + 4 * 50 + 25.
TEST_F(LossDetectorTest, ProbeTimeoutCountsMaxAckDelayForApplicationOnly) {
  Establish();
  Send(kApplication, 1, Ms(100));
  EXPECT_EQ(detector_.Deadline(), Ms(100 + 325));
  EXPECT_EQ(detector_.ProbeTimeout(kHandshake), milliseconds(300));
  Send(kApplication, 2, Ms(150));  // restarts
  EXPECT_EQ(detector_.Deadline(), Ms(150 + 325));
}

// RC-06, RFC 9002 §6.2.1, §6.2.4.
TEST_F(LossDetectorTest, ProbeTimeoutDoublesAndIsResetByAcknowledgment) {
  Establish();
  Send(kApplication, 1, Ms(100));
  Send(kApplication, 2, Ms(100));
  detector_.OnTimeout(Ms(425), outcome_);
  EXPECT_EQ(outcome_.probes, 2);
  EXPECT_EQ(outcome_.space, kApplication);
  // §6.2: a probe timeout does not mark anything as lost.
  EXPECT_TRUE(outcome_.lost.empty());
  EXPECT_EQ(detector_.bytes_in_flight(), kDatagram * 2);
  EXPECT_EQ(detector_.pto_count(), 1u);
  EXPECT_EQ(detector_.Deadline(), Ms(100 + 2 * 325));
  Send(kApplication, 3, Ms(425));
  EXPECT_EQ(detector_.Deadline(), Ms(425 + 2 * 325));
  detector_.OnTimeout(Ms(425 + 2 * 325), outcome_);
  EXPECT_EQ(detector_.pto_count(), 2u);
  EXPECT_EQ(detector_.Deadline(), Ms(425 + 4 * 325));
  AckOne(kApplication, 3, Ms(1200));
  EXPECT_EQ(detector_.pto_count(), 0u);
}

TEST_F(LossDetectorTest, BackoffStaysInRange) {
  Send(kInitial, 0, kStart);
  Instant now = kStart;
  for (int i = 0; i < 100; ++i) {
    ASSERT_GT(*detector_.Deadline(), now);
    now = *detector_.Deadline();
    detector_.OnTimeout(now, outcome_);
    ASSERT_EQ(outcome_.probes, 2);
    Send(kInitial, static_cast<std::uint64_t>(i) + 1, now);
  }
  EXPECT_EQ(detector_.pto_count(), 100u);
}

// RFC 9002 §6.2.4: different payloads each time, the oldest first; not what earlier probes
// repeated.
TEST_F(LossDetectorTest, ProbesRepeatOtherPacketsEachTime) {
  Establish();
  for (std::uint64_t number = 1; number <= 3; ++number) Send(kApplication, number, Ms(100));
  std::uint64_t next = 4;
  Instant now = Ms(100);
  for (const Tokens& expected : {Tokens{Mark(1), Mark(2)}, Tokens{Mark(3), Mark(1)},
                                 Tokens{Mark(2), Mark(3)}, Tokens{Mark(1), Mark(2)}}) {
    now = *detector_.Deadline();
    detector_.OnTimeout(now, outcome_);
    ASSERT_EQ(outcome_.probes, 2);
    Tokens tokens;
    detector_.CollectUnacked(kApplication, 2, tokens);
    EXPECT_EQ(tokens, expected);
    for (int probe = 0; probe < 2; ++probe) Send(kApplication, next++, now);
  }
  // An acknowledgment begins a new series: what is outstanding now, the oldest first.
  AckOne(kApplication, 2, now);
  detector_.OnTimeout(*detector_.Deadline(), outcome_);
  EXPECT_EQ(outcome_.lost, Tokens{Mark(1)});
  detector_.OnTimeout(*detector_.Deadline(), outcome_);
  ASSERT_EQ(outcome_.probes, 2);
  Tokens tokens;
  detector_.CollectUnacked(kApplication, 3, tokens);
  EXPECT_EQ(tokens, (Tokens{Mark(3), Mark(4), Mark(5)}));
}

TEST_F(LossDetectorTest, ProbeRepeatsASinglePacketOnce) {
  Establish();
  Send(kApplication, 1, Ms(100));
  detector_.OnTimeout(*detector_.Deadline(), outcome_);
  Tokens tokens;
  detector_.CollectUnacked(kApplication, 2, tokens);
  EXPECT_EQ(tokens, Tokens{Mark(1)});
}

// The packets from before the series are gone; only probes are left to repeat.
TEST_F(ClientLossDetectorTest, ProbesRepeatProbesWhenNothingElseIsLeft) {
  Send(kInitial, 0, kStart);
  detector_.OnTimeout(Ms(999), outcome_);
  Send(kInitial, 1, Ms(999));
  AckOne(kInitial, 0, Ms(1100));
  ASSERT_EQ(detector_.pto_count(), 1u);
  detector_.OnTimeout(*detector_.Deadline(), outcome_);
  Tokens tokens;
  detector_.CollectUnacked(kInitial, 2, tokens);
  EXPECT_EQ(tokens, Tokens{Mark(1)});
}

// RC-06, RFC 9002 §6.2.1.
TEST_F(LossDetectorTest, ApplicationProbeTimeoutWaitsForConfirmation) {
  Send(kApplication, 0, kStart);
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
  Send(kHandshake, 0, Ms(5));
  EXPECT_EQ(detector_.Deadline(), Ms(5 + 999));
  detector_.OnHandshakeConfirmed(Ms(10));
  EXPECT_EQ(detector_.Deadline(), Ms(5 + 999));
  detector_.OnSpaceDiscarded(Ms(10), kHandshake);
  EXPECT_EQ(detector_.Deadline(), Ms(999 + 25));
}

TEST_F(LossDetectorTest, EarlierOfInitialAndHandshakeIsProbed) {
  // §6.2.1.
  Send(kHandshake, 0, kStart);
  Send(kInitial, 0, Ms(5));
  EXPECT_EQ(detector_.Deadline(), Ms(999));
  detector_.OnTimeout(Ms(999), outcome_);
  EXPECT_EQ(outcome_.space, kHandshake);
}

TEST_F(LossDetectorTest, AmplificationLimitDisarmsTheProbeTimeout) {
  // §6.2.2.1.
  Send(kInitial, 0, kStart);
  detector_.SetAmplificationLimited(Ms(1), true);
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
  // A datagram from the client; the deadline is in the past and fires at once.
  detector_.SetAmplificationLimited(Ms(5000), false);
  EXPECT_EQ(detector_.Deadline(), Ms(999));
  detector_.OnTimeout(Ms(5000), outcome_);
  EXPECT_EQ(outcome_.probes, 2);
}

TEST_F(LossDetectorTest, AmplificationLimitKeepsLossDetection) {
  // §A.8.
  Send(kInitial, 0, kStart);
  Send(kInitial, 1, kStart);
  detector_.SetAmplificationLimited(Ms(1), true);
  AckOne(kInitial, 1, Ms(100));
  EXPECT_EQ(detector_.Deadline(), kStart + microseconds(112'500));
}

TEST_F(LossDetectorTest, ServerWithNothingInFlightHasNoDeadline) {
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
  Send(kInitial, 0, kStart);
  AckOne(kInitial, 0, Ms(50));
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
}

// RC-08, RFC 9002 §6.2.2.1: nothing in flight, yet the timer runs.
TEST_F(ClientLossDetectorTest, KeepsProbingWhileTheServerMayBeBlocked) {
  Send(kInitial, 0, kStart);
  AckOne(kInitial, 0, Ms(100));
  EXPECT_EQ(detector_.Deadline(), Ms(100 + 300));
  detector_.OnTimeout(Ms(400), outcome_);
  EXPECT_EQ(outcome_.space, kInitial);
  EXPECT_EQ(outcome_.probes, 1);
  EXPECT_EQ(detector_.Deadline(), Ms(400 + 600));
  // A Handshake packet proves the address, so it is what a client with the keys sends.
  detector_.OnHandshakeKeysAvailable(Ms(400));
  detector_.OnTimeout(Ms(1000), outcome_);
  EXPECT_EQ(outcome_.space, kHandshake);
  EXPECT_EQ(outcome_.probes, 1);
}

TEST_F(ClientLossDetectorTest, ZeroRttInFlightDoesNotSilenceTheAntiDeadlockProbe) {
  // §6.2.2.1: the timer MUST be set, whatever is in flight.
  Send(kInitial, 0, kStart);
  Send(kApplication, 0, kStart);
  AckOne(kInitial, 0, Ms(100));
  EXPECT_EQ(detector_.Deadline(), Ms(400));
  detector_.OnTimeout(Ms(400), outcome_);
  EXPECT_EQ(outcome_.space, kInitial);
  EXPECT_EQ(outcome_.probes, 1);
}

TEST_F(ClientLossDetectorTest, HandshakeAcknowledgmentEndsTheAntiDeadlockProbe) {
  // §6.2.2.1.
  Send(kHandshake, 0, kStart);
  AckOne(kHandshake, 0, Ms(100));
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
}

TEST_F(ClientLossDetectorTest, ConfirmationEndsTheAntiDeadlockProbe) {
  Send(kInitial, 0, kStart);
  AckOne(kInitial, 0, Ms(100));
  detector_.OnHandshakeConfirmed(Ms(100));
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
}

// RC-06, RFC 9002 §6.2.1.
TEST_F(ClientLossDetectorTest, InitialAcknowledgmentDoesNotResetTheBackoff) {
  Send(kInitial, 0, kStart);
  detector_.OnTimeout(Ms(999), outcome_);
  AckOne(kInitial, 0, Ms(1100));
  EXPECT_EQ(detector_.pto_count(), 1u);
  Send(kHandshake, 0, Ms(1100));
  AckOne(kHandshake, 0, Ms(1200));
  EXPECT_EQ(detector_.pto_count(), 0u);
}
}  // namespace
}  // namespace quiesce::quic
