#include "quic/io/socket_address.h"

#include <gtest/gtest.h>

#include <array>

namespace quiesce::quic {
namespace {

const SocketAddress kIpv4 = SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, 7}, 4433);
const SocketAddress kIpv6 = SocketAddress::Ipv6(
    std::array<std::uint8_t, 16>{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}, 443);

// What a socket of `family` makes of an address.
SocketAddress ThereAndBack(const SocketAddress& address, int family) {
  sockaddr_storage storage{};
  EXPECT_NE(ToSockaddr(address, family, storage), 0u);
  EXPECT_EQ(storage.ss_family, family);
  return FromSockaddr(storage);
}

std::string First(std::string_view text, ResolveFor purpose = ResolveFor::kConnect) {
  std::string error;
  const auto addresses = ResolveAddress(text, purpose, error);
  return addresses ? addresses->front().ToString() : error;
}

TEST(SocketAddress, SurvivesTheSocketInterface) {
  EXPECT_EQ(ThereAndBack(kIpv4, AF_INET), kIpv4);
  EXPECT_EQ(ThereAndBack(kIpv6, AF_INET6), kIpv6);
}

// RFC 4291 §2.5.5.2: one socket for both, and the core never sees a mapped address.
TEST(SocketAddress, Ipv4TravelsMappedOnAnIpv6Socket) {
  EXPECT_EQ(ThereAndBack(kIpv4, AF_INET6), kIpv4);
}

TEST(SocketAddress, RefusesWhatTheSocketCannotName) {
  sockaddr_storage storage{};
  EXPECT_EQ(ToSockaddr(kIpv6, AF_INET, storage), 0u);
  EXPECT_EQ(ToSockaddr(SocketAddress(), AF_INET, storage), 0u);
  EXPECT_EQ(ToSockaddr(SocketAddress(), AF_INET6, storage), 0u);
}

TEST(SocketAddress, OtherFamiliesAreUnspecified) {
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  EXPECT_EQ(FromSockaddr(storage), SocketAddress());
}

TEST(ResolveAddress, ReadsNumericAddresses) {
  EXPECT_EQ(First("127.0.0.1:4433"), "127.0.0.1:4433");
  EXPECT_EQ(First("[2001:db8::9]:65535"), "[2001:db8::9]:65535");
  EXPECT_EQ(First("192.0.2.1:0"), "192.0.2.1:0");
}

TEST(ResolveAddress, FindsLocalhost) {
  const std::string found = First("localhost:80");
  EXPECT_TRUE(found == "127.0.0.1:80" || found == "[::1]:80") << found;
}

TEST(ResolveAddress, NoHostMeansEveryAddressOrThisMachine) {
  EXPECT_EQ(First(":443", ResolveFor::kListen), "[::]:443");
  const std::string found = First(":443", ResolveFor::kConnect);
  EXPECT_TRUE(found == "127.0.0.1:443" || found == "[::1]:443") << found;
}

TEST(ResolveAddress, SaysInOneLineWhatIsWrong) {
  for (const char* text : {"", "4433", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:4433x", "::1:4433", "[::1:4433", "[]:1"}) {
    const std::string message = First(text);
    EXPECT_NE(message.find("is not an address"), std::string::npos) << message;
    EXPECT_NE(message.find(std::string("'") + text + "'"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
  EXPECT_NE(First("no such host:1").find("cannot find the address of 'no such host'"),
            std::string::npos);
}

}  // namespace
}  // namespace quiesce::quic
