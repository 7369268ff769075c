#include "quic/io/socket_address.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace quiesce::quic {
namespace {

// RFC 4291 §2.5.5.2: ::ffff:0:0/96.
constexpr std::array<std::uint8_t, 12> kIpv4MappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <typename Sockaddr>
socklen_t Store(const Sockaddr& from, sockaddr_storage& out) {
  static_assert(sizeof(Sockaddr) <= sizeof(sockaddr_storage));
  std::memcpy(&out, &from, sizeof from);
  return sizeof from;
}

struct HostAndPort {
  std::string host;  // empty = not given
  std::uint16_t port;
};

// "host:port", "[v6]:port" or ":port". An IPv6 address without brackets is refused: which colon
// ends it would be a guess.
std::optional<HostAndPort> Split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (fault != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return HostAndPort{std::string(host), port};
}

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

socklen_t ToSockaddr(const SocketAddress& address, int socket_family, sockaddr_storage& out) {
  const std::span<const std::uint8_t> ip = address.ip();
  if (socket_family == AF_INET && address.family() == AddressFamily::kIpv4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port());
    std::memcpy(&v4.sin_addr, ip.data(), ip.size());
    return Store(v4, out);
  }
  if (socket_family == AF_INET6 && address.family() != AddressFamily::kUnspecified) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port());
    if (address.family() == AddressFamily::kIpv4) {
      std::ranges::copy(kIpv4MappedPrefix, v6.sin6_addr.s6_addr);
    }
    std::memcpy(v6.sin6_addr.s6_addr + 16 - ip.size(), ip.data(), ip.size());
    return Store(v6, out);
  }
  return 0;
}

SocketAddress FromSockaddr(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> ip;
    std::memcpy(ip.data(), &v4.sin_addr, ip.size());
    return SocketAddress::Ipv4(ip, ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    const std::span<const std::uint8_t, 16> ip(v6.sin6_addr.s6_addr);
    if (std::ranges::equal(ip.first<12>(), kIpv4MappedPrefix)) {
      return SocketAddress::Ipv4(ip.last<4>(), ntohs(v6.sin6_port));
    }
    return SocketAddress::Ipv6(ip, ntohs(v6.sin6_port));
  }
  return {};
}

std::optional<std::vector<SocketAddress>> ResolveAddress(std::string_view text, ResolveFor purpose,
                                                         std::string& error) {
  const std::optional<HostAndPort> parts = Split(text);
  if (!parts) {
    error = "'" + std::string(text) +
            "' is not an address: write host:port, [IPv6]:port or :port, with a port up to 65535";
    return std::nullopt;
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICSERV | (purpose == ResolveFor::kListen ? AI_PASSIVE : 0);
  const std::string port = std::to_string(parts->port);
  addrinfo* found = nullptr;
  int fault = getaddrinfo(parts->host.empty() ? nullptr : parts->host.c_str(), port.c_str(), &hints,
                          &found);
  if (fault != 0 && parts->host == "localhost") {
    // RFC 6761 §6.3: that name is this machine, also on a bare system whose files do not say so.
    hints.ai_flags = AI_NUMERICSERV;
    fault = getaddrinfo(nullptr, port.c_str(), &hints, &found);
  }
  const std::unique_ptr<addrinfo, FreeAddrinfo> list(found);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, each->ai_addr, std::min<std::size_t>(each->ai_addrlen, sizeof storage));
    const SocketAddress address = FromSockaddr(storage);
    if (address.family() != AddressFamily::kUnspecified) addresses.push_back(address);
  }
  if (fault != 0 || addresses.empty()) {
    error = "cannot find the address of '" + parts->host +
            "': " + (fault != 0 ? gai_strerror(fault) : "it has neither IPv4 nor IPv6");
    return std::nullopt;
  }
  // The resolver puts the IPv4 wildcard first, but only the IPv6 one takes both.
  if (purpose == ResolveFor::kListen && parts->host.empty()) {
    std::stable_partition(addresses.begin(), addresses.end(), [](const SocketAddress& each) {
      return each.family() == AddressFamily::kIpv6;
    });
  }
  return addresses;
}

}  // namespace quiesce::quic
