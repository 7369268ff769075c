// IP address and port as a value, without system headers. quic/io converts to and from sockaddr.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>

namespace quiesce::quic {

enum class AddressFamily : std::uint8_t { kUnspecified, kIpv4, kIpv6 };

class SocketAddress {
 public:
  constexpr SocketAddress() = default;
  static SocketAddress Ipv4(std::span<const std::uint8_t, 4> ip, std::uint16_t port);
  static SocketAddress Ipv6(std::span<const std::uint8_t, 16> ip, std::uint16_t port);

  AddressFamily family() const { return family_; }
  // 4 or 16 bytes in network order; empty when unspecified.
  std::span<const std::uint8_t> ip() const;
  std::uint16_t port() const { return port_; }
  SocketAddress WithPort(std::uint16_t port) const;

  // "192.0.2.1:443", "[2001:db8::1]:443", or "unspecified".
  std::string ToString() const;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;

 private:
  std::array<std::uint8_t, 16> ip_{};
  std::uint16_t port_ = 0;
  AddressFamily family_ = AddressFamily::kUnspecified;
};

// The two ends that a datagram travels between. RFC 9000 §9.
struct NetworkPath {
  SocketAddress local;
  SocketAddress peer;
  friend bool operator==(const NetworkPath&, const NetworkPath&) = default;
};

}  // namespace quiesce::quic
