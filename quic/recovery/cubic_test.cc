#include "quic/recovery/cubic.h"

#include <gtest/gtest.h>

#include <vector>

#include "quic/recovery/cubic_vectors.h"

namespace quiesce::quic {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ByteCount kDatagram(1200);
constexpr Instant kStart{seconds(100)};
Instant Ms(std::int64_t ms) { return kStart + milliseconds(ms); }

class CubicTest : public testing::Test {
 protected:
  struct Extra {
    ByteCount in_flight{};
    bool application_limited = false;
    bool losses = false;
  };

  void Acknowledge(Instant now, ByteCount bytes, Instant time_sent, const Extra& extra) {
    const SettledPacket packet{time_sent, bytes};
    cubic_.OnPacketsAcked(now, {.packets = std::span(&packet, 1),
                                .bytes_in_flight = extra.in_flight,
                                .losses = extra.losses,
                                .application_limited = extra.application_limited,
                                .rtt = rtt_});
  }
  void Acknowledge(Instant now, ByteCount bytes, Instant time_sent) {
    Acknowledge(now, bytes, time_sent, {});
  }
  void Lose(Instant now, std::vector<Instant> times_sent, ByteCount prior_in_flight) {
    std::vector<SettledPacket> packets;
    for (const Instant time : times_sent) packets.push_back({time, kDatagram});
    cubic_.OnPacketsLost(now, {.packets = packets,
                               .prior_in_flight = prior_in_flight,
                               .bytes_in_flight = prior_in_flight - kDatagram * packets.size()});
  }
  // Slow start without RTT samples up to a window.
  void GrowTo(ByteCount window) {
    Acknowledge(kStart, window - cubic_.congestion_window(), kStart);
    ASSERT_EQ(cubic_.congestion_window(), window);
  }
  // A loss, and the acknowledgment that ends recovery.
  void LoseOneAndRecover(Instant now) {
    Lose(now, {now}, cubic_.congestion_window());
    Acknowledge(now + Duration(1), ByteCount(1), now + Duration(1));
    ASSERT_EQ(cubic_.congestion_window(), cubic_.ssthresh());
  }

  RttEstimator rtt_;
  Cubic cubic_{kDatagram};
};

TEST_F(CubicTest, SlowStartGrowsByTheBytesAcknowledged) {
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(12'000));
  EXPECT_EQ(cubic_.ssthresh(), ByteCount::Max());
  Acknowledge(kStart, ByteCount(3'600), kStart);
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(15'600));
  Acknowledge(kStart, ByteCount(3'600), kStart, {.application_limited = true});
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(15'600));
}

// RFC 9438 §4.6: 0.7 of the window; RFC 9937: by and by.
TEST_F(CubicTest, LossReducesTheWindowProportionally) {
  GrowTo(kDatagram * 100);
  Lose(Ms(100), {Ms(0)}, kDatagram * 100);
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 70);
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 100);  // one packet at once
  ByteCount in_flight = kDatagram * 99;
  for (int ack = 1; ack <= 90; ++ack) {
    in_flight -= kDatagram;
    Acknowledge(Ms(100), kDatagram, Ms(0), {.in_flight = in_flight});
    while (in_flight + kDatagram <= cubic_.congestion_window()) {
      cubic_.OnPacketSent(Ms(100), 0, kDatagram, in_flight += kDatagram);
    }
    if (ack == 50) {
      EXPECT_NEAR(static_cast<double>(in_flight.value()), 84 * 1200, 1200);
    }
  }
  EXPECT_NEAR(static_cast<double>(in_flight.value()), 72 * 1200, 1200);
  // A packet sent in the recovery period ends it.
  Acknowledge(Ms(200), kDatagram, Ms(101), {.in_flight = in_flight});
  EXPECT_GE(cubic_.congestion_window(), kDatagram * 70);
  EXPECT_LT(cubic_.congestion_window(), kDatagram * 71);
}

TEST_F(CubicTest, ReducesOncePerRoundTrip) {
  GrowTo(kDatagram * 100);
  Lose(Ms(100), {Ms(0)}, kDatagram * 100);
  Lose(Ms(101), {Ms(50)}, kDatagram * 99);
  cubic_.OnCongestionEvent(Ms(102), Ms(99));
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 70);
  Lose(Ms(200), {Ms(101)}, kDatagram * 70);
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 49);
}

TEST_F(CubicTest, MarkReducesAtOnce) {
  GrowTo(kDatagram * 100);
  cubic_.OnCongestionEvent(Ms(100), Ms(0));
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 70);
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 70);
}

// RC-19, RFC 9438 §4.2 to §4.7: growth in the Reno-friendly, concave and convex regions, and fast
// convergence, against figures from the formulas in floating point.
TEST_F(CubicTest, WindowsFollowTheFormulas) {
  std::uint64_t start = 0;
  std::int64_t rtt_us = 0;
  int round = 0;
  Instant now;
  for (const FlightVector& vector : kFlightVectors) {
    if (vector.start_datagrams != start || vector.rtt_us != rtt_us) {
      start = vector.start_datagrams;
      rtt_us = vector.rtt_us;
      round = 0;
      cubic_ = Cubic(kDatagram);
      now = kStart;
      GrowTo(kDatagram * start);
      rtt_ = RttEstimator();
      rtt_.AddSample(now, microseconds(rtt_us), Duration::zero());
      Lose(now, {now}, cubic_.congestion_window());
    }
    while (round < vector.round) {
      if (++round == 60) {
        Lose(now + Duration(2), {now + Duration(2)}, cubic_.congestion_window());
        Lose(now + Duration(4), {now + Duration(4)}, cubic_.congestion_window());
      }
      const Instant sent = now + Duration(10);
      ByteCount window = cubic_.congestion_window();
      if (round == 1 || round == 60) window = cubic_.ssthresh();
      for (std::uint64_t ack = 0; ack < window.value() / 2'400; ++ack)
        Acknowledge(now + Duration(20), kDatagram * 2, sent);
      now += microseconds(rtt_us);
    }
    const double window = static_cast<double>(vector.window_bytes);
    EXPECT_NEAR(static_cast<double>(cubic_.congestion_window().value()), window, window * 0.005)
        << start << " datagrams, " << rtt_us << " us, round " << round;
  }
}

// RFC 9438 §4.2, §5.8: time in which the application was the limit does not count.
TEST_F(CubicTest, LimitedTimeMovesTheEpoch) {
  rtt_.AddSample(kStart, milliseconds(100), Duration::zero());
  GrowTo(kDatagram * 1000);
  LoseOneAndRecover(kStart);
  Cubic other = cubic_;
  for (int i = 1; i <= 20; ++i) {
    Acknowledge(Ms(i * 100), kDatagram * 100, Ms(i * 100 - 50));
  }
  const ByteCount without_pause = cubic_.congestion_window();
  std::swap(cubic_, other);
  for (int i = 1; i <= 10; ++i) Acknowledge(Ms(i * 100), kDatagram * 100, Ms(i * 100 - 50));
  const ByteCount before_pause = cubic_.congestion_window();
  for (int i = 1'000; i <= 60'000; i += 1'000)
    Acknowledge(Ms(i), kDatagram, Ms(i - 50), {.application_limited = true});
  EXPECT_EQ(cubic_.congestion_window(), before_pause);
  for (int i = 11; i <= 20; ++i)
    Acknowledge(Ms(60'000 + i * 100), kDatagram * 100, Ms(60'000 + i * 100 - 50));
  EXPECT_NEAR(static_cast<double>(cubic_.congestion_window().value()),
              static_cast<double>(without_pause.value()), 20 * 1200);
}

// RFC 9438 §4.9.2.
TEST_F(CubicTest, SpuriousLossGivesTheWindowBack) {
  GrowTo(kDatagram * 100);
  Lose(Ms(100), {Ms(0), Ms(1)}, kDatagram * 100);
  Lose(Ms(101), {Ms(2)}, kDatagram * 99);
  const Instant late[] = {Ms(0), Ms(1), Ms(2)};
  cubic_.OnSpuriousLoss(Ms(110), std::span(late).first(2));
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 70);
  cubic_.OnSpuriousLoss(Ms(111), std::span(late).subspan(2));
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 100);
  EXPECT_EQ(cubic_.ssthresh(), ByteCount::Max());
  // The recovery period is over, too.
  Lose(Ms(120), {Ms(50)}, kDatagram * 100);
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 70);
}

TEST_F(CubicTest, WindowThatHasGrownBeyondIsKept) {
  GrowTo(kDatagram * 20);
  LoseOneAndRecover(Ms(100));
  for (int i = 0; i < 100; ++i) Acknowledge(Ms(1'000 + i), kDatagram * 10, Ms(900));
  const ByteCount window = cubic_.congestion_window();
  ASSERT_GT(window, kDatagram * 20);
  const Instant late = Ms(100);
  cubic_.OnSpuriousLoss(Ms(2'000), std::span(&late, 1));
  EXPECT_EQ(cubic_.congestion_window(), window);
}

// RFC 9002 §7.6.2, RFC 9438 §4.8: slow start up to the threshold, then K = 0.
TEST_F(CubicTest, PersistentCongestionCollapsesTheWindowIntoSlowStart) {
  GrowTo(kDatagram * 100);
  Lose(Ms(100), {Ms(0)}, kDatagram * 100);
  cubic_.OnPersistentCongestion();
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 2);
  EXPECT_EQ(cubic_.ssthresh(), kDatagram * 70);
  Acknowledge(Ms(200), kDatagram * 60, Ms(150));
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 62);
  Acknowledge(Ms(300), kDatagram * 60, Ms(250));
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 70);
  Acknowledge(Ms(301), kDatagram, Ms(250));
  EXPECT_NEAR(static_cast<double>(cubic_.congestion_window().value()), 70 * 1200, 50);
}

// RFC 9438 §4.10: HyStart++ ends slow start without a loss.
TEST_F(CubicTest, GrowingRoundTripEndsSlowStart) {
  Instant now = kStart;
  for (int round = 0; round < 12; ++round) {
    const Duration rtt = milliseconds(50 + 10 * round);
    const Instant sent = now;
    now += rtt;
    rtt_.AddSample(now, rtt, Duration::zero());
    for (int ack = 0; ack < 8; ++ack) {
      const SettledPacket packet{sent, kDatagram};
      cubic_.OnPacketsAcked(now,
                            {.packets = std::span(&packet, 1), .rtt_sampled = true, .rtt = rtt_});
    }
  }
  EXPECT_LT(cubic_.ssthresh(), kDatagram * 50);
  EXPECT_GE(cubic_.congestion_window(), cubic_.ssthresh());
}

TEST_F(CubicTest, WindowStaysWithinItsLimits) {
  for (int i = 1; i < 30; ++i) cubic_.OnCongestionEvent(Ms(i), Ms(i));
  EXPECT_EQ(cubic_.congestion_window(), kDatagram * 2);
  cubic_.Reset();
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(12'000));
  Acknowledge(kStart, ByteCount(std::uint64_t{1} << 40), kStart);
  EXPECT_EQ(cubic_.congestion_window(), kMaximumWindow);
  LoseOneAndRecover(Ms(100));
  for (int i = 1; i < 1'000; ++i) Acknowledge(Ms(i * 1'000), kMaximumWindow, Ms(i * 1'000 - 50));
  EXPECT_EQ(cubic_.congestion_window(), kMaximumWindow);
}

TEST_F(CubicTest, InitialWindowFollowsTheDatagramSize) {
  // RFC 9002 §7.2.
  cubic_.OnMaxDatagramSizeChanged(ByteCount(1400));
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(14'000));
  cubic_.OnCongestionEvent(kStart, kStart);
  cubic_.OnMaxDatagramSizeChanged(kDatagram);
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(9'800));
  cubic_.OnMaxDatagramSizeChanged(ByteCount(9'000));
  EXPECT_EQ(cubic_.congestion_window(), ByteCount(18'000));
}

}  // namespace
}  // namespace quiesce::quic
