#include "quic/recovery/pacer.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr ByteCount kDatagram(1200);
constexpr Instant kStart{seconds(100)};

// Sends as long as it may; returns the bytes sent.
std::uint64_t SendBurst(Pacer& pacer, Instant now) {
  std::uint64_t sent = 0;
  while (!pacer.NextSendTime(now, kDatagram).has_value()) {
    pacer.OnSent(now, kDatagram);
    sent += kDatagram.value();
  }
  return sent;
}

TEST(Pacer, InitialBurstIsTheInitialWindow) {
  // RFC 9002 §7.7: bursts SHOULD be limited to the initial congestion window.
  Pacer pacer(kDatagram);
  EXPECT_EQ(SendBurst(pacer, kStart), 12'000u);
}

TEST(Pacer, SpreadsPacketsByInterval) {
  // RFC 9002 §7.7: interval = smoothed_rtt * packet_size / congestion_window / N, N = 1.25.
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(24'000), milliseconds(100), /*slow_start=*/false);
  SendBurst(pacer, kStart);
  Instant now = kStart;
  for (int i = 0; i < 100; ++i) {
    const auto next = pacer.NextSendTime(now, kDatagram);
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(*next - now, milliseconds(4));
    now = *next;
    ASSERT_FALSE(pacer.NextSendTime(now, kDatagram).has_value());
    pacer.OnSent(now, kDatagram);
  }
}

TEST(Pacer, SlowStartMaySendTwiceTheWindowPerRoundTrip) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(24'000), milliseconds(100), /*slow_start=*/true);
  SendBurst(pacer, kStart);
  EXPECT_EQ(pacer.NextSendTime(kStart, kDatagram), kStart + microseconds(2500));
}

TEST(Pacer, RateHoldsOverManyRoundTrips) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(1'000'000), milliseconds(80), /*slow_start=*/false);
  std::uint64_t sent = 0;
  Instant now = kStart;
  while (now < kStart + seconds(8)) {
    sent += SendBurst(pacer, now);
    now = *pacer.NextSendTime(now, kDatagram);
  }
  // 100 round trips of 1.25 windows, and the burst at the start.
  EXPECT_NEAR(static_cast<double>(sent), 125e6, 0.002 * 125e6);
}

TEST(Pacer, BurstIsAMillisecondOfTheRateWithinLimits) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(24'000), milliseconds(100), false);
  EXPECT_EQ(pacer.burst(), ByteCount(12'000));  // 300 bytes per ms: ten datagrams
  pacer.SetRate(kStart, ByteCount(3'200'000), milliseconds(100), false);
  EXPECT_EQ(pacer.burst(), ByteCount(40'000));
  pacer.SetRate(kStart, ByteCount(320'000'000), milliseconds(100), false);
  EXPECT_EQ(pacer.burst(), ByteCount(65'536));
}

TEST(Pacer, FastPathWakesForAWholeBatch) {
  // 40,000 bytes per ms: one wake-up per packet would be one every 30 us.
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(3'200'000), milliseconds(100), false);
  SendBurst(pacer, kStart);
  const Instant next = *pacer.NextSendTime(kStart, kDatagram);
  EXPECT_GE(next - kStart, milliseconds(1));
  EXPECT_GE(SendBurst(pacer, next), 40'000u);
}

TEST(Pacer, ShortWaitsBecomeDebtNotTimers) {
  // 40 bytes per us: a wait below 100 us is up to 4,000 bytes of debt.
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(3'200'000), milliseconds(100), false);
  pacer.OnSent(kStart, ByteCount(12'000));
  const std::uint64_t sent = SendBurst(pacer, kStart);
  EXPECT_EQ(sent, 3'600u);
}

TEST(Pacer, IdleTimeEarnsNoMoreThanOneBurst) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(24'000), milliseconds(100), false);
  SendBurst(pacer, kStart);
  EXPECT_EQ(SendBurst(pacer, kStart + hours(100)), 12'000u);
}

TEST(Pacer, SlowerPathForgetsWhatItEarnedWhenFast) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(3'200'000), milliseconds(100), false);
  pacer.SetRate(kStart + seconds(1), ByteCount(24'000), milliseconds(100), false);
  EXPECT_EQ(SendBurst(pacer, kStart + seconds(1)), 12'000u);
}

TEST(Pacer, ProbesThatWereNotAskedForAreCharged) {
  // RFC 9002 §7.5: probes are not held back, but they count.
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(24'000), milliseconds(100), false);
  SendBurst(pacer, kStart);
  pacer.OnSent(kStart, kDatagram);
  EXPECT_EQ(pacer.NextSendTime(kStart, kDatagram), kStart + milliseconds(8));
}

TEST(Pacer, FrequentCallsLoseNoTime) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(2'400), seconds(1), false);  // 3 bytes per ms
  SendBurst(pacer, kStart);
  // Each step earns less than a byte; 400 ms and a little for rounding earn a datagram.
  for (int i = 1; i <= 4010; ++i) {
    pacer.SetRate(kStart + microseconds(100) * i, ByteCount(2'400), seconds(1), false);
  }
  EXPECT_EQ(pacer.NextSendTime(kStart + milliseconds(401), kDatagram), std::nullopt);
}

TEST(Pacer, ExtremesAreHarmless) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount::Max(), nanoseconds(0), true);
  EXPECT_EQ(pacer.NextSendTime(kStart, kDatagram), std::nullopt);
  for (int i = 0; i < 100; ++i) pacer.OnSent(kStart, ByteCount(1) * 4'000'000'000u);
  EXPECT_GT(*pacer.NextSendTime(kStart, kDatagram), kStart);
  pacer.SetRate(kStart, ByteCount(1), hours(1), false);
  EXPECT_GT(*pacer.NextSendTime(kStart, kDatagram), kStart);
}

TEST(Pacer, AClockThatGoesBackDoesNotStopSending) {
  Pacer pacer(kDatagram);
  pacer.SetRate(kStart, ByteCount(24'000), milliseconds(100), false);
  SendBurst(pacer, kStart);
  const Instant earlier = kStart - seconds(50);
  pacer.SetRate(earlier, ByteCount(24'000), milliseconds(100), false);
  EXPECT_EQ(pacer.NextSendTime(earlier, kDatagram), earlier + milliseconds(4));
  EXPECT_EQ(pacer.NextSendTime(earlier + milliseconds(4), kDatagram), std::nullopt);
}

}  // namespace
}  // namespace quiesce::quic
