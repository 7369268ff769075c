#include <gtest/gtest.h>

#include "quic/recovery/loss_detector_for_test.h"

namespace quiesce::quic {
namespace {

// RC-01: RFC 9002 §5.1.
TEST_F(LossDetectorTest, SampleNeedsTheLargestToBeNewlyAcknowledged) {
  Send(kApplication, 0, Ms(8));
  Send(kApplication, 1, Ms(10));
  AckOne(kApplication, 1, Ms(60));
  EXPECT_TRUE(outcome_.rtt_sampled);
  EXPECT_EQ(rtt_.latest_rtt(), milliseconds(50));
  Ack(kApplication, {{0, 2}}, Ms(70));
  EXPECT_EQ(outcome_.packets_acked, 1u);
  EXPECT_FALSE(outcome_.rtt_sampled);
  EXPECT_EQ(rtt_.latest_rtt(), milliseconds(50));
}

// RC-01: RFC 9002 §5.1.
TEST_F(LossDetectorTest, SampleNeedsAnElicitingPacket) {
  SendAckOnly(kApplication, 0, kStart);
  AckOne(kApplication, 0, Ms(500));
  EXPECT_FALSE(outcome_.rtt_sampled);
  // The largest itself need not be: its time counts.
  Send(kApplication, 1, Ms(600));
  SendAckOnly(kApplication, 2, Ms(620));
  Ack(kApplication, {{1, 3}}, Ms(700));
  EXPECT_TRUE(outcome_.rtt_sampled);
  EXPECT_EQ(rtt_.latest_rtt(), milliseconds(80));
}

// RC-03, RFC 9002 §5.3: min_rtt 100 ms, then 200 ms with a reported delay of 80 ms.
TEST_F(LossDetectorTest, DelayIsLimitedOnlyOnceConfirmed) {
  for (const bool confirmed : {false, true}) {
    RttEstimator rtt;
    LossDetector detector(Perspective::kServer, rtt, reno_);
    detector.SetMaxAckDelay(milliseconds(20));
    if (confirmed) detector.OnHandshakeConfirmed(kStart);
    for (const std::uint64_t number : {0, 1}) {
      detector.OnPacketSent(kApplication, {PacketNumber(number), kStart, kDatagram, true, true},
                            {});
      const Interval acked{number, number + 1};
      ASSERT_TRUE(detector
                      .OnAckReceived(Ms(number == 0 ? 100 : 200), kApplication,
                                     EncodedAck(std::span(&acked, 1)).ranges(), milliseconds(80),
                                     outcome_)
                      .ok());
    }
    const Duration adjusted = confirmed ? milliseconds(180) : milliseconds(120);
    EXPECT_EQ(rtt.smoothed_rtt(), (milliseconds(700) + adjusted) / 8);
  }
}

// RC-03: RFC 9002 §5.3.
TEST_F(LossDetectorTest, DelayOfInitialPacketsIsIgnored) {
  Send(kInitial, 0, kStart);
  AckOne(kInitial, 0, Ms(100));
  Send(kInitial, 1, Ms(100));
  AckOne(kInitial, 1, Ms(300), milliseconds(80));
  EXPECT_EQ(rtt_.smoothed_rtt(), Duration(milliseconds(900)) / 8);
}

// --- Acknowledgment-based detection, RFC 9002 §6.1.

// RC-04: RFC 9002 §6.1.1.
TEST_F(LossDetectorTest, PacketThresholdIsThree) {
  Establish();
  for (std::uint64_t number = 1; number <= 4; ++number) Send(kApplication, number, Ms(100));
  AckOne(kApplication, 3, Ms(101));
  EXPECT_TRUE(outcome_.lost.empty());
  AckOne(kApplication, 4, Ms(102));
  EXPECT_EQ(outcome_.lost, Tokens{Mark(1)});
  EXPECT_EQ(outcome_.packets_lost, 1u);
}

// RC-05: RFC 9002 §6.1.2.
TEST_F(LossDetectorTest, TimeThresholdIsArmedForWhatRemains) {
  Establish();
  Send(kApplication, 1, Ms(100));
  Send(kApplication, 2, Ms(110));
  AckOne(kApplication, 2, Ms(210));
  EXPECT_TRUE(outcome_.lost.empty());
  // 9/8 * max(100, 100) after it was sent; replaces the probe timeout (§6.2.1).
  const Instant lost_at = Ms(100) + microseconds(112'500);
  EXPECT_EQ(detector_.Deadline(), lost_at);
  detector_.OnTimeout(lost_at - Duration(1), outcome_);
  EXPECT_TRUE(outcome_.lost.empty());
  detector_.OnTimeout(lost_at, outcome_);
  EXPECT_EQ(outcome_.lost, Tokens{Mark(1)});
  EXPECT_EQ(outcome_.space, kApplication);
  EXPECT_EQ(outcome_.probes, 0);
  EXPECT_EQ(detector_.pto_count(), 0u);
  EXPECT_EQ(detector_.Deadline(), std::nullopt);
  EXPECT_EQ(detector_.bytes_in_flight(), ByteCount(0));
}

TEST_F(LossDetectorTest, NothingAfterTheLargestAcknowledgedIsLost) {
  Establish();
  Send(kApplication, 1, Ms(100));
  Send(kApplication, 2, Ms(100));
  AckOne(kApplication, 1, seconds(10) + kStart);
  EXPECT_TRUE(outcome_.lost.empty());
}

TEST_F(LossDetectorTest, LossIsDetectedPerSpace) {
  Send(kInitial, 0, kStart);
  for (std::uint64_t number = 0; number < 5; ++number) Send(kHandshake, number, kStart);
  AckOne(kHandshake, 4, Ms(50));
  EXPECT_EQ(outcome_.space, kHandshake);
  EXPECT_EQ(outcome_.lost, (Tokens{Mark(0), Mark(1)}));
  EXPECT_TRUE(detector_.HasUnackedEliciting(kInitial));
}

// RC-13: RFC 9002 §7.3.
TEST_F(LossDetectorTest, LossIsACongestionEventOncePerRoundTrip) {
  Establish();
  const ByteCount window = reno_.congestion_window();
  for (std::uint64_t number = 1; number <= 8; ++number) Send(kApplication, number, Ms(100));
  AckOne(kApplication, 4, Ms(200));
  EXPECT_EQ(reno_.congestion_window(), window / 2);
  AckOne(kApplication, 8, Ms(201));
  EXPECT_EQ(reno_.congestion_window(), window / 2);
}

// RC-14, RFC 9002 §7.4: no loss is ignored, whatever keys the peer may have had.
TEST_F(LossDetectorTest, LossIsCongestionInEverySpace) {
  for (const PacketNumberSpace space : {kInitial, kHandshake, kApplication}) {
    reno_.Reset();
    const Instant now = Ms(1000 * static_cast<int>(space));
    for (std::uint64_t number = 0; number < 4; ++number) Send(space, number, now);
    AckOne(space, 3, now + milliseconds(10));
    EXPECT_EQ(outcome_.lost, Tokens{Mark(0)});
    EXPECT_EQ(reno_.congestion_window(), ByteCount(6000));
  }
}

TEST_F(LossDetectorTest, LossOfAckOnlyPacketsIsNoCongestion) {
  // RFC 9002 §7.
  Establish();
  const ByteCount window = reno_.congestion_window();
  SendAckOnly(kApplication, 1, Ms(100));
  for (std::uint64_t number = 2; number <= 4; ++number) Send(kApplication, number, Ms(100));
  Ack(kApplication, {{2, 5}}, Ms(200));
  EXPECT_EQ(outcome_.lost, Tokens{SentToken(AckToken{PacketNumber(1)})});
  EXPECT_GT(reno_.congestion_window(), window);
}

TEST_F(LossDetectorTest, LateAcknowledgmentSparesTheRetransmission) {
  // RFC 9000 §13.3; and the reduction was for nothing.
  Establish();
  const ByteCount window = reno_.congestion_window();
  for (std::uint64_t number = 1; number <= 4; ++number) Send(kApplication, number, Ms(100));
  AckOne(kApplication, 4, Ms(200));
  ASSERT_EQ(outcome_.lost, Tokens{Mark(1)});
  ASSERT_LT(reno_.congestion_window(), window);
  Ack(kApplication, {{1, 2}, {4, 5}}, Ms(205));
  EXPECT_EQ(outcome_.acked, Tokens{Mark(1)});
  EXPECT_EQ(outcome_.packets_late_acked, 1u);
  // For everything else it is not newly acknowledged.
  EXPECT_EQ(outcome_.packets_acked, 0u);
  EXPECT_FALSE(outcome_.rtt_sampled);
  EXPECT_EQ(reno_.congestion_window(), window);
}

TEST_F(LossDetectorTest, LostPacketsAreRememberedForOneProbeTimeout) {
  // RFC 9000 §13.3.
  Establish();
  for (std::uint64_t number = 1; number <= 5; ++number) Send(kApplication, number, Ms(100));
  AckOne(kApplication, 5, Ms(200));
  ASSERT_EQ(outcome_.lost, (Tokens{Mark(1), Mark(2)}));
  Send(kApplication, 6, Ms(5000));
  AckOne(kApplication, 6, Ms(5100));
  Ack(kApplication, {{1, 3}}, Ms(5100));
  EXPECT_TRUE(outcome_.acked.empty());
  EXPECT_EQ(outcome_.packets_late_acked, 0u);
}

TEST_F(LossDetectorTest, RejectsAcknowledgmentOfPacketsNeverSent) {
  // RFC 9000 §13.1, §21.4.
  Establish();
  Send(kApplication, 1, Ms(100));
  Send(kApplication, 3, Ms(100));
  const ByteCount in_flight = detector_.bytes_in_flight();
  for (const Interval forged : {Interval{3, 5}, Interval{2, 4}, Interval{1, 3}, Interval{2, 3}}) {
    const auto result = TryAck(kApplication, {forged}, Ms(150));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, TransportErrorCode::kProtocolViolation);
    EXPECT_TRUE(outcome_.acked.empty());
    EXPECT_EQ(detector_.bytes_in_flight(), in_flight);
  }
  EXPECT_FALSE(TryAck(kHandshake, {{0, 1}}, Ms(150)).ok());
  EXPECT_TRUE(TryAck(kApplication, {{0, 2}, {3, 4}}, Ms(200)).ok());
}

// --- Discarding, RFC 9002 §6.2.2, §6.3, §6.4.

// RC-11: RFC 9002 §6.4.
TEST_F(LossDetectorTest, DiscardedSpaceLeavesNoTrace) {
  Send(kInitial, 0, kStart);
  Send(kInitial, 1, kStart);
  Send(kHandshake, 0, Ms(10));
  AckOne(kInitial, 1, Ms(50));
  ASSERT_EQ(detector_.Deadline(), kStart + microseconds(56'250));  // loss time of Initial 0
  detector_.OnSpaceDiscarded(Ms(60), kInitial);
  EXPECT_EQ(detector_.bytes_in_flight(), kDatagram);
  EXPECT_EQ(detector_.pto_count(), 0u);
  EXPECT_EQ(detector_.Deadline(), Ms(10 + 150));  // the Handshake packet's probe timeout
}

// RC-11: RFC 9002 §6.4.
TEST_F(LossDetectorTest, DiscardingResetsTheBackoff) {
  Send(kInitial, 0, kStart);
  Send(kHandshake, 0, kStart);
  detector_.OnTimeout(Ms(999), outcome_);
  ASSERT_EQ(detector_.pto_count(), 1u);
  detector_.OnSpaceDiscarded(Ms(1000), kInitial);
  EXPECT_EQ(detector_.pto_count(), 0u);
  EXPECT_EQ(detector_.Deadline(), Ms(999));
}

TEST_F(LossDetectorTest, AcknowledgmentForADiscardedSpaceIsIgnored) {
  // It may stand behind the CRYPTO frame that ended the space, in the same packet.
  Send(kHandshake, 0, kStart);
  detector_.OnSpaceDiscarded(Ms(10), kHandshake);
  EXPECT_TRUE(TryAck(kHandshake, {{0, 1}}, Ms(10)).ok());
  EXPECT_TRUE(outcome_.acked.empty());
  EXPECT_EQ(detector_.bytes_in_flight(), ByteCount(0));
}

TEST_F(ClientLossDetectorTest, RetryStartsAgain) {
  // §6.3.
  Send(kInitial, 0, kStart);
  Send(kApplication, 0, kStart);
  detector_.OnTimeout(Ms(999), outcome_);
  reno_.OnCongestionEvent(Ms(999), kStart);
  detector_.ResetForRetry(Ms(1000), milliseconds(80), outcome_);
  EXPECT_EQ(outcome_.lost, (Tokens{Mark(0), Mark(0)}));
  EXPECT_EQ(detector_.bytes_in_flight(), ByteCount(0));
  EXPECT_EQ(detector_.pto_count(), 0u);
  EXPECT_EQ(reno_.congestion_window(), ByteCount(12000));
  EXPECT_EQ(rtt_.smoothed_rtt(), milliseconds(80));
  // Packet numbers go on, RFC 9000 §17.2.5.3.
  Send(kInitial, 1, Ms(1000));
  EXPECT_EQ(detector_.Deadline(), Ms(1000 + 80 + 160));
  AckOne(kInitial, 1, Ms(1100));
  EXPECT_EQ(outcome_.acked, Tokens{Mark(1)});
  EXPECT_TRUE(outcome_.lost.empty());
}

TEST_F(ClientLossDetectorTest, RejectedZeroRttIsSentAgainWithoutCongestion) {
  // §6.4.
  Send(kInitial, 0, kStart);
  Send(kApplication, 0, kStart);
  Send(kApplication, 1, kStart);
  detector_.OnZeroRttRejected(Ms(100), outcome_);
  EXPECT_EQ(outcome_.space, kApplication);
  EXPECT_EQ(outcome_.lost, (Tokens{Mark(0), Mark(1)}));
  EXPECT_EQ(outcome_.packets_lost, 2u);
  EXPECT_EQ(detector_.bytes_in_flight(), kDatagram);
  EXPECT_EQ(reno_.congestion_window(), ByteCount(12000));
}

TEST_F(LossDetectorTest, FormerPathTouchesNeitherEstimatesNorWindow) {
  // RFC 9000 §9.4.
  Establish();
  for (std::uint64_t number = 1; number <= 5; ++number) Send(kApplication, number, Ms(100));
  RttEstimator new_rtt;
  NewReno new_reno(kDatagram);
  detector_.OnPathChanged(Ms(150), new_rtt, new_reno);
  EXPECT_EQ(detector_.bytes_in_flight(), ByteCount(0));
  AckOne(kApplication, 5, Ms(200));
  EXPECT_EQ(outcome_.acked, Tokens{Mark(5)});
  EXPECT_EQ(outcome_.lost, (Tokens{Mark(1), Mark(2)}));
  EXPECT_FALSE(new_rtt.first_sample_time().has_value());
  EXPECT_EQ(new_reno.congestion_window(), ByteCount(12000));
  EXPECT_EQ(new_reno.ssthresh(), ByteCount::Max());
  Send(kApplication, 6, Ms(200));
  AckOne(kApplication, 6, Ms(240));
  EXPECT_EQ(new_rtt.latest_rtt(), milliseconds(40));
  EXPECT_EQ(rtt_.latest_rtt(), milliseconds(100));
}

// --- Persistent congestion, RFC 9002 §7.6.

// RC-15, RFC 9002 §7.6.1: 100 + 4 * 50 + 25 = 325 ms, three times: 975 ms.
TEST_F(LossDetectorTest, PersistentCongestionCollapsesTheWindow) {
  Establish();
  Send(kApplication, 1, Ms(101));
  Send(kApplication, 2, Ms(101 + 976));
  for (std::uint64_t number = 3; number <= 5; ++number) Send(kApplication, number, Ms(1500));
  Ack(kApplication, {{3, 6}}, Ms(1600));
  EXPECT_EQ(outcome_.lost, (Tokens{Mark(1), Mark(2)}));
  EXPECT_TRUE(outcome_.persistent_congestion);
  EXPECT_LT(reno_.congestion_window(), kDatagram * 6);  // 2, and what the ACK itself added
}

// RC-15, RFC 9002 §7.6.1: the third sample of 100 ms makes the variation 37.5 ms: 275 ms, three
// times: 825 ms.
TEST_F(LossDetectorTest, ShorterPeriodIsNoPersistentCongestion) {
  Establish();
  Send(kApplication, 1, Ms(101));
  Send(kApplication, 2, Ms(101 + 825));
  for (std::uint64_t number = 3; number <= 5; ++number) Send(kApplication, number, Ms(1500));
  Ack(kApplication, {{3, 6}}, Ms(1600));
  EXPECT_EQ(outcome_.packets_lost, 2u);
  EXPECT_FALSE(outcome_.persistent_congestion);
}

// RC-02, RFC 9002 §5.2.
TEST_F(LossDetectorTest, MinimumRttRestartsAfterPersistentCongestion) {
  Establish();
  Send(kApplication, 1, Ms(101));
  Send(kApplication, 2, Ms(5000));
  for (std::uint64_t number = 3; number <= 5; ++number) Send(kApplication, number, Ms(5000));
  Ack(kApplication, {{3, 6}}, Ms(5300));
  ASSERT_TRUE(outcome_.persistent_congestion);
  EXPECT_EQ(rtt_.min_rtt(), milliseconds(300));
}

// RC-15, RFC 9002 §7.6.2: across all packet number spaces.
TEST_F(LossDetectorTest, AcknowledgmentInAnotherSpaceEndsThePeriod) {
  Send(kInitial, 0, kStart);
  AckOne(kInitial, 0, Ms(100));
  Send(kHandshake, 0, Ms(101));
  Send(kInitial, 1, Ms(2000));
  Send(kHandshake, 1, Ms(4000));
  AckOne(kInitial, 1, Ms(2100));
  for (std::uint64_t number = 2; number <= 4; ++number) Send(kHandshake, number, Ms(5000));
  Ack(kHandshake, {{2, 5}}, Ms(5100));
  EXPECT_EQ(outcome_.packets_lost, 2u);
  EXPECT_FALSE(outcome_.persistent_congestion);
}

// RC-15, RFC 9002 §7.6.2.
TEST_F(LossDetectorTest, PacketsBeforeTheFirstSampleDoNotCount) {
  detector_.OnHandshakeConfirmed(kStart);
  for (std::uint64_t number = 0; number <= 1; ++number) Send(kApplication, number, Ms(0));
  Send(kApplication, 2, Ms(20'000));
  for (std::uint64_t number = 3; number <= 5; ++number) Send(kApplication, number, Ms(20'000));
  Ack(kApplication, {{3, 6}}, Ms(20'100));
  EXPECT_EQ(outcome_.packets_lost, 3u);
  EXPECT_FALSE(outcome_.persistent_congestion);
}

// RC-15, RFC 9002 §7.6.2: here one end of the period carries nothing but PADDING.
TEST_F(LossDetectorTest, OnlyElicitingPacketsEstablishPersistentCongestion) {
  Establish();
  detector_.OnPacketSent(kApplication, {PacketNumber(1), Ms(101), kDatagram, false, true}, {});
  Send(kApplication, 2, Ms(5000));
  for (std::uint64_t number = 3; number <= 5; ++number) Send(kApplication, number, Ms(5000));
  Ack(kApplication, {{3, 6}}, Ms(5100));
  EXPECT_EQ(outcome_.packets_lost, 2u);
  EXPECT_FALSE(outcome_.persistent_congestion);
}

// --- Window, RFC 9002 §7.8 and §B.

// RC-17: RFC 9002 §7.8.
TEST_F(LossDetectorTest, UnusedWindowDoesNotGrow) {
  detector_.SetOutOfData(true);
  Send(kApplication, 0, kStart);
  AckOne(kApplication, 0, Ms(100));
  EXPECT_EQ(reno_.congestion_window(), ByteCount(12000));
  // Held back by the pacer, or by a full batch: not limited by the application.
  detector_.SetOutOfData(false);
  Send(kApplication, 1, Ms(100));
  AckOne(kApplication, 1, Ms(200));
  EXPECT_EQ(reno_.congestion_window(), ByteCount(13200));
}

TEST_F(LossDetectorTest, FullWindowGrowsAlthoughNothingWaits) {
  for (std::uint64_t number = 0; number < 9; ++number) Send(kApplication, number, kStart);
  Send(kApplication, 9, kStart, ByteCount(1));  // less than a datagram of room
  EXPECT_EQ(detector_.SendWindow(), ByteCount(1199));
  detector_.SetOutOfData(true);
  AckOne(kApplication, 0, Ms(100));
  EXPECT_EQ(reno_.congestion_window(), ByteCount(13200));
}

// RC-10: RFC 9002 §6.2.4.
TEST_F(LossDetectorTest, SendWindowIsWhatTheFlightLeaves) {
  EXPECT_EQ(detector_.SendWindow(), ByteCount(12000));
  Send(kApplication, 0, kStart, ByteCount(10'000));
  EXPECT_EQ(detector_.SendWindow(), ByteCount(2000));
  Send(kApplication, 1, kStart, ByteCount(10'000));  // a probe may exceed it
  EXPECT_EQ(detector_.SendWindow(), ByteCount(0));
}

// --- Robustness.

// RC-22, RFC 9002 §5: delays beyond any time, a clock that goes back, equal times.
TEST_F(LossDetectorTest, SurvivesClocksAndDelaysThatMakeNoSense) {
  Establish();
  Send(kApplication, 1, Ms(100));
  AckOne(kApplication, 1, Ms(50));  // before it was sent
  EXPECT_EQ(rtt_.latest_rtt(), Duration::zero());
  Send(kApplication, 2, Ms(100));
  AckOne(kApplication, 2, Ms(200), Duration::max());
  Send(kApplication, 3, Ms(200));
  AckOne(kApplication, 3, Ms(300), Duration::min());
  EXPECT_GE(rtt_.smoothed_rtt(), Duration::zero());
  EXPECT_LE(rtt_.smoothed_rtt(), milliseconds(100));
  Send(kApplication, 4, Ms(300));
  AckOne(kApplication, 4, kStart + hours(24 * 365));
  Send(kApplication, 5, kStart + hours(24 * 365));
  Send(kApplication, 6, kStart);
  ASSERT_TRUE(detector_.Deadline().has_value());
  detector_.OnTimeout(*detector_.Deadline(), outcome_);
  EXPECT_EQ(outcome_.probes, 2);
  for (std::uint64_t number = 7; number <= 11; ++number) Send(kApplication, number, kStart);
  AckOne(kApplication, 11, kStart);
  EXPECT_EQ(rtt_.latest_rtt(), Duration::zero());
  EXPECT_GE(outcome_.packets_lost, 2u);
}

TEST_F(LossDetectorTest, EarlyTimeoutIsHarmless) {
  Send(kInitial, 0, kStart);
  detector_.OnTimeout(Ms(998), outcome_);
  EXPECT_EQ(outcome_.probes, 0);
  EXPECT_EQ(detector_.pto_count(), 0u);
}

}  // namespace
}  // namespace quiesce::quic
