#include "quic/base/datagram.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>

namespace quiesce::quic {
namespace {

DatagramInfo To(std::uint8_t host, Ecn ecn = Ecn::kNotEct) {
  const std::array<std::uint8_t, 4> ip{192, 0, 2, host};
  return {.path = {.local = {}, .peer = SocketAddress::Ipv4(ip, 443)}, .ecn = ecn};
}

class RunLengthTest : public testing::Test {
 protected:
  void Append(std::initializer_list<std::size_t> sizes, const DatagramInfo& info = To(1)) {
    for (const std::size_t size : sizes) batch_.Append(info, size);
  }
  std::size_t Run(std::size_t first, std::size_t datagrams_max = 64, std::size_t bytes = 65'000) {
    return batch_.RunLength(first, datagrams_max, bytes);
  }
  TransmitBatch batch_{256 * 1024, 100};
};

TEST_F(RunLengthTest, HoldsDatagramsOfOneSizeAndASmallerLastOne) {
  Append({1200, 1200, 1200, 700, 1200});
  EXPECT_EQ(Run(0), 4u);
  EXPECT_EQ(Run(2), 2u);
  EXPECT_EQ(Run(3), 1u);
  EXPECT_EQ(Run(4), 1u);
}

TEST_F(RunLengthTest, EndsBeforeALargerOne) {
  Append({700, 1200, 1200, 1452});
  EXPECT_EQ(Run(0), 1u);
  EXPECT_EQ(Run(1), 2u);
}

TEST_F(RunLengthTest, EndsWhereThePathOrTheMarkChanges) {
  Append({1200, 1200}, To(1));
  Append({1200}, To(2));
  Append({1200}, To(2, Ecn::kEct0));
  EXPECT_EQ(Run(0), 2u);
  EXPECT_EQ(Run(2), 1u);
  EXPECT_EQ(Run(3), 1u);
}

TEST_F(RunLengthTest, KeepsToTheLimits) {
  Append({1000, 1000, 1000, 1000, 1000});
  EXPECT_EQ(Run(0, 3), 3u);
  EXPECT_EQ(Run(0, 1), 1u);
  EXPECT_EQ(Run(0, 64, 4000), 4u);
  EXPECT_EQ(Run(0, 64, 3999), 3u);
  EXPECT_EQ(Run(0, 64, 10), 1u) << "one always goes";
}

TEST_F(RunLengthTest, HoldsNoEmptyDatagram) {
  Append({1200, 0, 1200, 0, 0});
  EXPECT_EQ(Run(0), 1u);
  EXPECT_EQ(Run(1), 1u);
  EXPECT_EQ(Run(3), 1u);
}

}  // namespace
}  // namespace quiesce::quic
