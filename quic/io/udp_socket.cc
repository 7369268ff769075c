#include "quic/io/udp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <array>

#include "quic/base/check.h"
#include "quic/io/socket_address.h"

namespace quiesce::quic {
namespace {

constexpr std::size_t kSendMax = 64;  // messages per system call

// ---- Options ----

bool SetOption(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// Asks for `bytes` and returns what was granted. The kernel caps the plain request silently; the
// forced one needs a privilege.
int RequestBuffer(int fd, int plain, int forced, int bytes) {
  if (!SetOption(fd, SOL_SOCKET, forced, bytes)) SetOption(fd, SOL_SOCKET, plain, bytes);
  int granted = 0;
  socklen_t size = sizeof granted;
  getsockopt(fd, SOL_SOCKET, plain, &granted, &size);
  return granted / 2;  // the kernel doubles the request for its own bookkeeping
}

std::string Refusal(const std::string& what, int error) { return what + ": " + strerror(error); }

const char* BindAdvice(int error) {
  switch (error) {
    case EADDRINUSE:
      return "; stop the process that uses this port, or choose another port";
    case EACCES:
      return "; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE";
    case EADDRNOTAVAIL:
      return "; this machine has no such address";
    default:
      return "";
  }
}

// ---- Receiving ----

Ecn EcnFromTrafficClass(int traffic_class) { return static_cast<Ecn>(traffic_class & 3); }

template <typename T>
T ControlValue(const cmsghdr& control) {
  T value;
  memcpy(&value, CMSG_DATA(&control), sizeof value);
  return value;
}

SocketAddress FromIn6(const in6_addr& address) {
  sockaddr_storage storage{};
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = address;
  memcpy(&storage, &v6, sizeof v6);
  return FromSockaddr(storage);
}

SocketAddress FromIn(const in_addr& address) {
  std::array<std::uint8_t, 4> ip;
  memcpy(ip.data(), &address, ip.size());
  return SocketAddress::Ipv4(ip, 0);
}

// ---- Sending ----

// What the kernel needs of one message, beside its bytes.
struct SendSlot {
  sockaddr_storage name;
  iovec bytes;
  alignas(cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

template <typename T>
void AppendControl(msghdr& message, int level, int type, const T& value) {
  auto* const control = reinterpret_cast<cmsghdr*>(static_cast<std::uint8_t*>(message.msg_control) +
                                                   message.msg_controllen);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof value);
  memcpy(CMSG_DATA(control), &value, sizeof value);
  message.msg_controllen += CMSG_SPACE(sizeof value);
}

// The source address and the ECN mark. The level is that of the packet's IP version, also for IPv4
// packets of an IPv6 socket.
void AppendFacts(msghdr& message, const DatagramInfo& info) {
  const bool ipv4 = info.path.peer.family() == AddressFamily::kIpv4;
  const std::span<const std::uint8_t> source = info.path.local.ip();
  const bool has_source = std::ranges::any_of(source, [](std::uint8_t b) { return b != 0; }) &&
                          info.path.local.family() == info.path.peer.family();
  if (has_source && ipv4) {
    in_pktinfo from{};
    memcpy(&from.ipi_spec_dst, source.data(), source.size());
    AppendControl(message, IPPROTO_IP, IP_PKTINFO, from);
  } else if (has_source) {
    in6_pktinfo from{};
    memcpy(&from.ipi6_addr, source.data(), source.size());
    AppendControl(message, IPPROTO_IPV6, IPV6_PKTINFO, from);
  }
  if (info.ecn != Ecn::kNotEct) {
    const int mark = static_cast<int>(info.ecn);
    AppendControl(message, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TOS : IPV6_TCLASS, mark);
  }
}

void Fill(const TransmitBatch::Datagram& datagram, int family, SendSlot& slot, msghdr& message) {
  // sendmmsg does not write to the bytes.
  slot.bytes = {const_cast<std::uint8_t*>(datagram.bytes.data()), datagram.bytes.size()};
  message = {};
  message.msg_namelen = ToSockaddr(datagram.info.path.peer, family, slot.name);
  message.msg_name = &slot.name;
  message.msg_iov = &slot.bytes;
  message.msg_iovlen = 1;
  message.msg_control = slot.control;
  AppendFacts(message, datagram.info);
  if (message.msg_controllen == 0) message.msg_control = nullptr;
}

}  // namespace

ReceiveBatch::ReceiveBatch(std::size_t datagrams_max, std::size_t datagram_size_max)
    : buffer_(datagrams_max * datagram_size_max), slots_(datagrams_max), messages_(datagrams_max) {
  datagrams_.reserve(datagrams_max);
  for (std::size_t i = 0; i < datagrams_max; ++i) {
    slots_[i].bytes = {buffer_.data() + i * datagram_size_max, datagram_size_max};
  }
}

void ReceiveBatch::Prepare() {
  datagrams_.clear();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    messages_[i].msg_hdr = {.msg_name = &slot.name,
                            .msg_namelen = sizeof slot.name,
                            .msg_iov = &slot.bytes,
                            .msg_iovlen = 1,
                            .msg_control = slot.control,
                            .msg_controllen = sizeof slot.control,
                            .msg_flags = 0};
  }
}

bool IsBackPressure(int send_errno) {
  return send_errno == EAGAIN || send_errno == EWOULDBLOCK || send_errno == ENOBUFS;
}

std::optional<UdpSocket> UdpSocket::Open(const UdpSocketOptions& options, std::string& error) {
  const int family = options.local.family() == AddressFamily::kIpv4 ? AF_INET : AF_INET6;
  FileDescriptor fd(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    error = Refusal("cannot open a UDP socket for " + options.local.ToString(), errno);
    return std::nullopt;
  }
  UdpSocket udp(std::move(fd), family);
  error = udp.Configure(options);
  if (error.empty()) error = udp.Bind(options.local);
  if (!error.empty()) return std::nullopt;
  return udp;
}

std::string UdpSocket::Configure(const UdpSocketOptions& options) {
  struct Option {
    int level, name, value;
    const char* text;
  };
  // RFC 9000 §14: datagrams are never fragmented. PROBE also ignores what ICMP says about the MTU,
  // which anybody can forge (§14.2.1).
  constexpr Option kIpv4[] = {
      {IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO"},
      {IPPROTO_IP, IP_RECVTOS, 1, "IP_RECVTOS"},
      {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, "IP_MTU_DISCOVER"},
  };
  constexpr Option kIpv6[] = {
      {IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY"},
      {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"},
      {IPPROTO_IPV6, IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS"},
      {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE, "IPV6_MTU_DISCOVER"},
  };
  std::vector<Option> wanted(std::begin(kIpv4), std::end(kIpv4));  // an IPv6 socket carries both
  if (family_ == AF_INET6) wanted.insert(wanted.end(), std::begin(kIpv6), std::end(kIpv6));
  for (const Option& option : wanted) {
    if (!SetOption(fd_.get(), option.level, option.name, option.value)) {
      return Refusal(std::string("cannot set ") + option.text + " on a UDP socket", errno);
    }
  }
  receive_buffer_bytes_ =
      RequestBuffer(fd_.get(), SO_RCVBUF, SO_RCVBUFFORCE, options.receive_buffer_bytes);
  send_buffer_bytes_ =
      RequestBuffer(fd_.get(), SO_SNDBUF, SO_SNDBUFFORCE, options.send_buffer_bytes);
  return {};
}

std::string UdpSocket::Bind(const SocketAddress& local) {
  sockaddr_storage name{};
  const socklen_t size = ToSockaddr(local, family_, name);
  if (size == 0) return "cannot bind a UDP socket: no address given";
  if (bind(fd_.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0) {
    const int error = errno;
    return Refusal("cannot bind UDP " + local.ToString(), error) + BindAdvice(error);
  }
  socklen_t bound_size = sizeof name;
  QUIESCE_CHECK(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &bound_size) == 0);
  local_ = FromSockaddr(name);
  return {};
}

bool UdpSocket::Receive(ReceiveBatch& batch) {
  batch.Prepare();
  int count = 0;
  do {
    count = recvmmsg(fd_.get(), batch.messages_.data(),
                     static_cast<unsigned>(batch.messages_.size()), MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    QUIESCE_CHECK(errno != EBADF && errno != ENOTSOCK && errno != EFAULT);
    // Anything else is a report about an earlier datagram: reading it has cleared it.
    if (errno != EAGAIN && errno != EWOULDBLOCK) ++stats_.receive_errors;
    return false;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const mmsghdr& message = batch.messages_[i];
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++stats_.receive_truncated;
    } else if (message.msg_len == 0) {
      ++stats_.receive_empty;
    } else {
      ++stats_.datagrams_received;
      auto* const bytes = static_cast<std::uint8_t*>(batch.slots_[i].bytes.iov_base);
      batch.datagrams_.push_back({Facts(message.msg_hdr), std::span(bytes, message.msg_len)});
    }
  }
  return static_cast<std::size_t>(count) == batch.messages_.size();
}

DatagramInfo UdpSocket::Facts(const msghdr& message) const {
  DatagramInfo info;
  info.path.peer = FromSockaddr(*static_cast<const sockaddr_storage*>(message.msg_name));
  info.path.local = local_;
  // CMSG_NXTHDR takes a pointer to non-const but changes nothing.
  auto* const header = const_cast<msghdr*>(&message);
  for (cmsghdr* control = CMSG_FIRSTHDR(header); control != nullptr;
       control = CMSG_NXTHDR(header, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      info.path.local = FromIn(ControlValue<in_pktinfo>(*control).ipi_addr);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      info.path.local = FromIn6(ControlValue<in6_pktinfo>(*control).ipi6_addr);
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TOS) {
      info.ecn = EcnFromTrafficClass(ControlValue<std::uint8_t>(*control));
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_TCLASS) {
      info.ecn = EcnFromTrafficClass(ControlValue<int>(*control));
    }
  }
  info.path.local = info.path.local.WithPort(local_.port());
  return info;
}

std::size_t UdpSocket::Send(const TransmitBatch& batch, std::size_t first) {
  const std::span<const TransmitBatch::Datagram> datagrams = batch.datagrams();
  std::array<SendSlot, kSendMax> slots;
  std::array<mmsghdr, kSendMax> messages;
  while (first < datagrams.size()) {
    const std::size_t count = std::min(kSendMax, datagrams.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      Fill(datagrams[first + i], family_, slots[i], messages[i].msg_hdr);
    }
    const int sent = sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count), 0);
    if (sent > 0) {
      stats_.datagrams_sent += static_cast<std::uint64_t>(sent);
      first += static_cast<std::size_t>(sent);
      continue;
    }
    // The first of them failed.
    QUIESCE_CHECK(errno != EBADF && errno != ENOTSOCK && errno != EFAULT);
    if (errno == EINTR) continue;
    if (IsBackPressure(errno)) {
      ++stats_.send_blocked;
      return first;
    }
    // EMSGSIZE, ECONNREFUSED, ENETUNREACH, EPERM ...: this datagram does not leave. Loss recovery
    // is how QUIC learns of it; the connection is not told.
    ++stats_.send_refused;
    ++first;
  }
  return first;
}

}  // namespace quiesce::quic
