// Between SocketAddress and what the system and people use: sockaddr, and text.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quic/base/address.h"

namespace quiesce::quic {

// Writes `address` for a socket of family AF_INET or AF_INET6 and returns its length; 0 when such a
// socket cannot name it. On an IPv6 socket an IPv4 address becomes IPv4-mapped (RFC 4291 §2.5.5.2).
socklen_t ToSockaddr(const SocketAddress& address, int socket_family, sockaddr_storage& out);

// IPv4-mapped addresses come out as IPv4; unspecified for other families.
SocketAddress FromSockaddr(const sockaddr_storage& address);

enum class ResolveFor {
  kListen,   // no host = every address of this machine, IPv6 first
  kConnect,  // no host = this machine
};

// "127.0.0.1:4433", "[::1]:4433", "localhost:4433", ":4433". Blocks while a name is looked up.
// Never returns an empty vector: on failure nullopt, and a one-line message in `error`.
std::optional<std::vector<SocketAddress>> ResolveAddress(std::string_view text, ResolveFor purpose,
                                                         std::string& error);

}  // namespace quiesce::quic
