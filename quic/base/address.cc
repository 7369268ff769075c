#include "quic/base/address.h"

#include <algorithm>
#include <cstdio>

namespace quiesce::quic {
namespace {

std::string Ipv6Text(const std::array<std::uint8_t, 16>& ip) {
  std::array<unsigned, 8> groups;
  for (std::size_t i = 0; i < 8; ++i) groups[i] = ip[2 * i] << 8 | ip[2 * i + 1];
  // RFC 5952 §4.2: the longest run of zero groups, of two or more, becomes "::".
  std::size_t best_start = 8, best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > best_length) best_start = i, best_length = end - i;
    i = std::max(i, end);
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best_start) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    char group[8];
    std::snprintf(group, sizeof group, "%x", groups[i]);
    text += group;
  }
  return text;
}

}  // namespace

SocketAddress SocketAddress::Ipv4(std::span<const std::uint8_t, 4> ip, std::uint16_t port) {
  SocketAddress address;
  std::ranges::copy(ip, address.ip_.begin());
  address.port_ = port;
  address.family_ = AddressFamily::kIpv4;
  return address;
}

SocketAddress SocketAddress::Ipv6(std::span<const std::uint8_t, 16> ip, std::uint16_t port) {
  SocketAddress address;
  std::ranges::copy(ip, address.ip_.begin());
  address.port_ = port;
  address.family_ = AddressFamily::kIpv6;
  return address;
}

std::span<const std::uint8_t> SocketAddress::ip() const {
  switch (family_) {
    case AddressFamily::kIpv4:
      return {ip_.data(), 4};
    case AddressFamily::kIpv6:
      return ip_;
    case AddressFamily::kUnspecified:
      break;
  }
  return {};
}

SocketAddress SocketAddress::WithPort(std::uint16_t port) const {
  SocketAddress copy = *this;
  copy.port_ = port;
  return copy;
}

std::string SocketAddress::ToString() const {
  switch (family_) {
    case AddressFamily::kIpv4: {
      char text[24];
      std::snprintf(text, sizeof text, "%u.%u.%u.%u:%u", ip_[0], ip_[1], ip_[2], ip_[3], port_);
      return text;
    }
    case AddressFamily::kIpv6:
      return "[" + Ipv6Text(ip_) + "]:" + std::to_string(port_);
    case AddressFamily::kUnspecified:
      break;
  }
  return "unspecified";
}

}  // namespace quiesce::quic
