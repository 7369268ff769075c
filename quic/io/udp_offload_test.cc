#include "quic/io/udp_offload.h"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>

namespace quiesce::quic {
namespace {

// Linux has both from 5.0 on.
TEST(UdpOffload, IsFoundWhereTheKernelHasIt) {
  utsname system{};
  int major = 0;
  ASSERT_EQ(uname(&system), 0);
  ASSERT_EQ(std::sscanf(system.release, "%d.", &major), 1);
  EXPECT_TRUE(major < 5 || CheckUdpOffload().segmentation);
  EXPECT_TRUE(major < 5 || CheckUdpOffload().coalescing);
}

}  // namespace
}  // namespace quiesce::quic
