#include "quic/recovery/congestion_factory.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

constexpr ByteCount kDatagram(1200);

// The window that one lost packet leaves of an initial one.
ByteCount SsthreshAfterLoss(CongestionAlgorithm algorithm) {
  const auto controller = MakeCongestionController(algorithm, kDatagram);
  const SettledPacket lost{Instant(std::chrono::seconds(1)), kDatagram};
  controller->OnPacketsLost(Instant(std::chrono::seconds(2)), {.packets = std::span(&lost, 1),
                                                               .prior_in_flight = kDatagram * 10,
                                                               .bytes_in_flight = kDatagram * 9});
  return controller->ssthresh();
}

TEST(CongestionFactory, MakesWhatIsNamed) {
  EXPECT_EQ(FindCongestionAlgorithm("cubic"), CongestionAlgorithm::kCubic);
  EXPECT_EQ(FindCongestionAlgorithm("newreno"), CongestionAlgorithm::kNewReno);
  EXPECT_EQ(FindCongestionAlgorithm("CUBIC"), std::nullopt);
  EXPECT_EQ(FindCongestionAlgorithm(""), std::nullopt);
  EXPECT_EQ(SsthreshAfterLoss(CongestionAlgorithm::kCubic), ByteCount(8400));
  EXPECT_EQ(SsthreshAfterLoss(CongestionAlgorithm::kNewReno), ByteCount(6000));
}

}  // namespace
}  // namespace quiesce::quic
