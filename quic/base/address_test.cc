#include "quic/base/address.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace quiesce::quic {
namespace {

SocketAddress V6(std::array<std::uint8_t, 16> ip) { return SocketAddress::Ipv6(ip, 443); }

TEST(SocketAddress, PrintsAsPeopleWriteIt) {
  const std::array<std::uint8_t, 4> v4{192, 0, 2, 1};
  EXPECT_EQ(SocketAddress::Ipv4(v4, 443).ToString(), "192.0.2.1:443");
  EXPECT_EQ(V6({}).ToString(), "[::]:443");
  EXPECT_EQ(V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}).ToString(), "[::1]:443");
  EXPECT_EQ(V6({0x20, 0x01, 0x0d, 0xb8}).ToString(), "[2001:db8::]:443");
  EXPECT_EQ(V6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}).ToString(),
            "[2001:db8:0:1::2]:443");
  EXPECT_EQ(V6({0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}).ToString(),
            "[1:0:1:1:1:1:1:1]:443");
  EXPECT_EQ(SocketAddress().ToString(), "unspecified");
}

TEST(SocketAddress, EqualityCoversFamilyAddressAndPort) {
  const std::array<std::uint8_t, 4> v4{0, 0, 0, 0};
  EXPECT_NE(SocketAddress::Ipv4(v4, 443), V6({}));
  EXPECT_NE(SocketAddress::Ipv4(v4, 443), SocketAddress::Ipv4(v4, 444));
  EXPECT_EQ(SocketAddress::Ipv4(v4, 443), SocketAddress::Ipv4(v4, 1).WithPort(443));
}

}  // namespace
}  // namespace quiesce::quic
