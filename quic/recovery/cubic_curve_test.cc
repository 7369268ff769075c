#include "quic/recovery/cubic_curve.h"

#include <gtest/gtest.h>

#include "quic/recovery/cubic_vectors.h"

namespace quiesce::quic {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr ByteCount kDatagram(1200);

// RC-19, RFC 9438 §4.2: K and W_cubic, Figures 1 and 2.
TEST(CubicCurve, FollowsTheFormulas) {
  for (const CurveVector& vector : kCurveVectors) {
    const CubicCurve curve(ByteCount(vector.start_bytes), ByteCount(vector.w_max_bytes), kDatagram);
    const auto k_us = std::chrono::duration_cast<microseconds>(curve.k()).count();
    EXPECT_NEAR(static_cast<double>(k_us), static_cast<double>(vector.k_us),
                20 + static_cast<double>(vector.k_us) * 1e-4)
        << vector.w_max_bytes;
    const double window = static_cast<double>(vector.window_bytes);
    EXPECT_NEAR(static_cast<double>(curve.At(microseconds(vector.t_us)).value()), window,
                2 + window * 2e-4)
        << vector.w_max_bytes << " at " << vector.t_us;
  }
}

TEST(CubicCurve, StartsWhereTheWindowIs) {
  for (std::uint64_t bytes : {2'400u, 120'000u, 100'000'000u, 2'000'000'000u}) {
    const CubicCurve curve(ByteCount(bytes / 10 * 7), ByteCount(bytes), kDatagram);
    EXPECT_NEAR(static_cast<double>(curve.At(Duration::zero()).value()),
                static_cast<double>(bytes) * 0.7, static_cast<double>(bytes) * 1e-3);
  }
}

TEST(CubicCurve, HasItsPlateauAtTheStartWhenThatIsNotBelowIt) {
  const CubicCurve curve(ByteCount(24'000), ByteCount(12'000), kDatagram);
  EXPECT_EQ(curve.k(), Duration::zero());
  EXPECT_EQ(curve.At(Duration::zero()), ByteCount(24'000));
  EXPECT_EQ(curve.At(std::chrono::seconds(10)), ByteCount(24'000 + 400 * 1200));
}

TEST(CubicCurve, NeverFallsAndNeverOverflows) {
  const CubicCurve curve(kDatagram * 2, ByteCount(2'147'483'648), ByteCount(65'527));
  ByteCount before;
  for (Duration t{0}; t < hours(1); t += milliseconds(997)) {
    const ByteCount window = curve.At(t);
    ASSERT_GE(window, before);
    before = window;
  }
  EXPECT_EQ(curve.At(hours(24 * 365)), curve.At(hours(1)));
  EXPECT_EQ(curve.At(-milliseconds(1)), curve.At(Duration::zero()));
}

}  // namespace
}  // namespace quiesce::quic
