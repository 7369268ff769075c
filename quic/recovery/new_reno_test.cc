#include "quic/recovery/new_reno.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

using std::chrono::seconds;

constexpr ByteCount kDatagram(1200);
constexpr Instant kStart{seconds(100)};

void Acknowledge(NewReno& reno, ByteCount bytes, Instant time_sent, bool application_limited) {
  static const RttEstimator kRtt;
  const SettledPacket packet{time_sent, bytes};
  reno.OnPacketsAcked(
      time_sent + seconds(1),
      {.packets = std::span(&packet, 1), .application_limited = application_limited, .rtt = kRtt});
}

// RC-12, RFC 9002 §7.2.
TEST(NewReno, InitialWindowIsTenDatagramsWithinLimits) {
  EXPECT_EQ(NewReno(ByteCount(1200)).congestion_window(), ByteCount(12000));
  EXPECT_EQ(NewReno(ByteCount(1472)).congestion_window(), ByteCount(14720));
  EXPECT_EQ(NewReno(ByteCount(1500)).congestion_window(), ByteCount(14720));
  EXPECT_EQ(NewReno(ByteCount(9000)).congestion_window(), ByteCount(18000));
  EXPECT_EQ(NewReno(kDatagram).ssthresh(), ByteCount::Max());
}

// RC-13, RFC 9002 §7.3.1.
TEST(NewReno, SlowStartGrowsByTheBytesAcknowledged) {
  NewReno reno(kDatagram);
  Acknowledge(reno, ByteCount(3600), kStart, false);
  EXPECT_EQ(reno.congestion_window(), ByteCount(15600));
}

// RC-17, RFC 9002 §7.8, in slow start and in congestion avoidance.
TEST(NewReno, UnusedWindowDoesNotGrow) {
  NewReno reno(kDatagram);
  Acknowledge(reno, ByteCount(3600), kStart, true);
  EXPECT_EQ(reno.congestion_window(), ByteCount(12000));
  reno.OnCongestionEvent(kStart, kStart);
  Acknowledge(reno, ByteCount(60000), kStart + seconds(1), true);
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
}

// RC-13, RFC 9002 §7.3.2.
TEST(NewReno, RecoveryHalvesOncePerRoundTrip) {
  NewReno reno(kDatagram);
  reno.OnCongestionEvent(kStart, kStart - seconds(1));
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
  EXPECT_EQ(reno.ssthresh(), ByteCount(6000));
  // Neither losses nor acknowledgments of packets sent before it began change the window.
  reno.OnCongestionEvent(kStart + seconds(1), kStart);
  Acknowledge(reno, ByteCount(60000), kStart, false);
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
  EXPECT_TRUE(reno.InCongestionRecovery(kStart));
  EXPECT_FALSE(reno.InCongestionRecovery(kStart + Duration(1)));
  // A loss of a packet sent later is a new event.
  reno.OnCongestionEvent(kStart + seconds(2), kStart + Duration(1));
  EXPECT_EQ(reno.congestion_window(), ByteCount(3000));
}

TEST(NewReno, CongestionAvoidanceAddsOneDatagramPerWindow) {
  // RFC 9002 §7.3.3.
  NewReno reno(kDatagram);
  reno.OnCongestionEvent(kStart, kStart);
  for (int i = 0; i < 4; ++i) Acknowledge(reno, kDatagram, kStart + seconds(1), false);
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
  Acknowledge(reno, kDatagram, kStart + seconds(1), false);
  EXPECT_EQ(reno.congestion_window(), ByteCount(7200));
}

TEST(NewReno, CongestionAvoidanceGrowsALargeWindowToo) {
  // 1200 * 1200 / window is zero here; the growth must not be.
  NewReno reno(kDatagram);
  Acknowledge(reno, ByteCount(40'000'000), kStart, false);
  reno.OnCongestionEvent(kStart, kStart);
  const ByteCount window = reno.congestion_window();
  const std::uint64_t packets = window.value() / 1200 + 1;
  for (std::uint64_t i = 0; i < packets; ++i) {
    Acknowledge(reno, kDatagram, kStart + seconds(1), false);
  }
  EXPECT_EQ(reno.congestion_window(), window + kDatagram);
}

// RC-12, RFC 9002 §7.2.
TEST(NewReno, WindowNeverFallsBelowTwoDatagrams) {
  NewReno reno(kDatagram);
  for (int i = 1; i < 10; ++i) {
    reno.OnCongestionEvent(kStart + seconds(i), kStart + seconds(i));
  }
  EXPECT_EQ(reno.congestion_window(), ByteCount(2400));
}

TEST(NewReno, PersistentCongestionCollapsesTheWindowIntoSlowStart) {
  // RFC 9002 §7.6.2, §7.3.1, §B.8.
  NewReno reno(kDatagram);
  reno.OnCongestionEvent(kStart, kStart);
  reno.OnPersistentCongestion();
  EXPECT_EQ(reno.congestion_window(), ByteCount(2400));
  EXPECT_EQ(reno.ssthresh(), ByteCount(6000));
  EXPECT_FALSE(reno.InCongestionRecovery(kStart));
  Acknowledge(reno, kDatagram, kStart, false);
  EXPECT_EQ(reno.congestion_window(), ByteCount(3600));
}

TEST(NewReno, SpuriousLossGivesTheWindowBack) {
  NewReno reno(kDatagram);
  const SettledPacket lost[] = {{kStart, kDatagram}, {kStart + Duration(1), kDatagram}};
  reno.OnPacketsLost(
      kStart + seconds(1),
      {.packets = lost, .prior_in_flight = kDatagram * 10, .bytes_in_flight = kDatagram * 8});
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
  const Instant late[] = {kStart, kStart + Duration(1)};
  reno.OnSpuriousLoss(kStart + seconds(1), std::span(late).first(1));
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
  reno.OnSpuriousLoss(kStart + seconds(1), std::span(late).last(1));
  EXPECT_EQ(reno.congestion_window(), ByteCount(12000));
  EXPECT_EQ(reno.ssthresh(), ByteCount::Max());
  EXPECT_FALSE(reno.InCongestionRecovery(kStart));
}

TEST(NewReno, InitialWindowFollowsTheDatagramSize) {
  // RFC 9002 §7.2.
  NewReno reno(kDatagram);
  reno.OnMaxDatagramSizeChanged(ByteCount(1400));
  EXPECT_EQ(reno.congestion_window(), ByteCount(14000));
  reno.OnMaxDatagramSizeChanged(kDatagram);
  EXPECT_EQ(reno.congestion_window(), ByteCount(12000));
  reno.OnCongestionEvent(kStart, kStart);
  reno.OnMaxDatagramSizeChanged(ByteCount(1400));
  EXPECT_EQ(reno.congestion_window(), ByteCount(6000));
  reno.OnPersistentCongestion();
  reno.OnMaxDatagramSizeChanged(ByteCount(9000));
  EXPECT_EQ(reno.congestion_window(), ByteCount(18000));
}

TEST(NewReno, ResetRestoresTheInitialState) {
  NewReno reno(kDatagram);
  reno.OnCongestionEvent(kStart, kStart);
  reno.Reset();
  EXPECT_EQ(reno.congestion_window(), ByteCount(12000));
  EXPECT_EQ(reno.ssthresh(), ByteCount::Max());
  EXPECT_FALSE(reno.InCongestionRecovery(kStart));
}

}  // namespace
}  // namespace quiesce::quic
