#include "quic/io/udp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <utility>

#include "quic/base/check.h"
#include "quic/io/socket_address.h"
#include "quic/io/udp_offload.h"

namespace quiesce::quic {
namespace {

constexpr std::size_t kSendMax = 64;  // messages per system call

// What one message may hold. The kernel joins received datagrams up to the largest IP packet; on
// sending it cuts at most 64 (UDP_MAX_SEGMENTS before Linux 6.9), and IPv4 leaves this much beside
// its own and UDP's header.
constexpr std::size_t kMessageSize = 64 * 1024;
constexpr std::size_t kSegmentsMax = 64;
constexpr std::size_t kSegmentedBytesMax = 65'507;

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

// What the control messages of one received message say.
struct MessageFacts {
  DatagramInfo info;
  std::size_t datagram_size;               // of all but the last
  std::optional<std::uint32_t> overflows;  // of the socket so far, modulo 2^32
};

MessageFacts ReadFacts(const msghdr& message, std::size_t size, const SocketAddress& local) {
  MessageFacts facts{.info = {.path = {.local = local}}, .datagram_size = size, .overflows = {}};
  NetworkPath& path = facts.info.path;
  path.peer = FromSockaddr(*static_cast<const sockaddr_storage*>(message.msg_name));
  // CMSG_NXTHDR takes a pointer to non-const but changes nothing.
  auto* const header = const_cast<msghdr*>(&message);
  for (cmsghdr* control = CMSG_FIRSTHDR(header); control != nullptr;
       control = CMSG_NXTHDR(header, control)) {
    const auto is = [control](int level, int type) {
      return control->cmsg_level == level && control->cmsg_type == type;
    };
    if (is(IPPROTO_IP, IP_PKTINFO)) {
      path.local = FromIn(ControlValue<in_pktinfo>(*control).ipi_addr);
    } else if (is(IPPROTO_IPV6, IPV6_PKTINFO)) {
      path.local = FromIn6(ControlValue<in6_pktinfo>(*control).ipi6_addr);
    } else if (is(IPPROTO_IP, IP_TOS)) {
      facts.info.ecn = EcnFromTrafficClass(ControlValue<std::uint8_t>(*control));
    } else if (is(IPPROTO_IPV6, IPV6_TCLASS)) {
      facts.info.ecn = EcnFromTrafficClass(ControlValue<int>(*control));
    } else if (is(SOL_UDP, UDP_GRO)) {
      const int joined = ControlValue<int>(*control);
      if (joined > 0) facts.datagram_size = static_cast<std::size_t>(joined);
    } else if (is(SOL_SOCKET, SO_RXQ_OVFL)) {
      facts.overflows = ControlValue<std::uint32_t>(*control);
    }
  }
  path.local = path.local.WithPort(local.port());
  return facts;
}

// ---- Sending ----

// What the kernel needs of one message, beside its bytes.
struct SendSlot {
  sockaddr_storage name;
  iovec bytes;
  alignas(cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +
                                        CMSG_SPACE(sizeof(std::uint16_t))];
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

// One message of the datagrams of a run, which stand back to back.
void Fill(std::span<const TransmitBatch::Datagram> run, int family, SendSlot& slot,
          msghdr& message) {
  const TransmitBatch::Datagram& first = run.front();
  const std::size_t size = (run.size() - 1) * first.bytes.size() + run.back().bytes.size();
  // sendmmsg does not write to the bytes.
  slot.bytes = {const_cast<std::uint8_t*>(first.bytes.data()), size};
  message = {};
  message.msg_namelen = ToSockaddr(first.info.path.peer, family, slot.name);
  message.msg_name = &slot.name;
  message.msg_iov = &slot.bytes;
  message.msg_iovlen = 1;
  message.msg_control = slot.control;
  AppendFacts(message, first.info);
  if (run.size() > 1) {
    AppendControl(message, SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(first.bytes.size()));
  }
  if (message.msg_controllen == 0) message.msg_control = nullptr;
}

}  // namespace

ReceiveBatch::ReceiveBatch(std::size_t messages_max, std::size_t datagram_size_max)
    : datagram_size_max_(datagram_size_max),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(messages_max * kMessageSize)),
      slots_(messages_max),
      messages_(messages_max) {
  datagrams_.reserve(messages_max * kSegmentsMax);
  for (std::size_t i = 0; i < messages_max; ++i)
    slots_[i].bytes = {buffer_.get() + i * kMessageSize, kMessageSize};
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

TransmitBatch MakeTransmitBatch(std::size_t datagram_size, std::size_t messages) {
  const std::size_t run =
      std::clamp(kSegmentedBytesMax / datagram_size, std::size_t{1}, kSegmentsMax);
  return TransmitBatch(messages * run * datagram_size, messages * run);
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
  UdpSocket udp(std::move(fd), options);
  error = udp.Configure();
  if (error.empty()) error = udp.Bind();
  if (!error.empty()) return std::nullopt;
  return udp;
}

UdpSocket::UdpSocket(FileDescriptor fd, const UdpSocketOptions& options)
    : fd_(std::move(fd)),
      options_(options),
      family_(options.local.family() == AddressFamily::kIpv4 ? AF_INET : AF_INET6) {}

std::string UdpSocket::Configure() {
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
      RequestBuffer(fd_.get(), SO_RCVBUF, SO_RCVBUFFORCE, options_.receive_buffer_bytes);
  send_buffer_bytes_ =
      RequestBuffer(fd_.get(), SO_SNDBUF, SO_SNDBUFFORCE, options_.send_buffer_bytes);
  SetOption(fd_.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);  // a statistic: served without it as well
  const UdpOffload offload = CheckUdpOffload();
  segmentation_ = options_.segmentation && offload.segmentation;
  coalescing_ =
      options_.coalescing && offload.coalescing && SetOption(fd_.get(), SOL_UDP, UDP_GRO, 1);
  return {};
}

std::string UdpSocket::Bind() {
  const SocketAddress& local = options_.local;
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
  for (const mmsghdr& message : std::span(batch.messages_).first(static_cast<std::size_t>(count)))
    TakeMessage(message.msg_hdr, message.msg_len, batch);
  return static_cast<std::size_t>(count) == batch.messages_.size();
}

void UdpSocket::TakeMessage(const msghdr& message, std::size_t size, ReceiveBatch& batch) {
  ++stats_.messages_received;
  const MessageFacts facts = ReadFacts(message, size, local_);
  // The kernel counts in 32 bits; between two messages it cannot come round.
  if (facts.overflows) {
    stats_.receive_overflows +=
        *facts.overflows - static_cast<std::uint32_t>(stats_.receive_overflows);
  }
  if (size == 0) {
    ++stats_.receive_empty;
    return;
  }
  std::span rest(static_cast<std::uint8_t*>(message.msg_iov->iov_base), size);
  while (!rest.empty()) {
    const auto datagram = rest.first(std::min(rest.size(), facts.datagram_size));
    rest = rest.subspan(datagram.size());
    if (datagram.size() > batch.datagram_size_max_) {
      ++stats_.receive_too_large;
      continue;
    }
    ++stats_.datagrams_received;
    batch.datagrams_.push_back({facts.info, datagram});
  }
}

std::size_t UdpSocket::Send(const TransmitBatch& batch, std::size_t first) {
  const std::span<const TransmitBatch::Datagram> datagrams = batch.datagrams();
  std::array<SendSlot, kSendMax> slots;
  std::array<mmsghdr, kSendMax> messages;
  std::array<std::size_t, kSendMax> lengths;  // datagrams of each message
  std::size_t alone_until = 0;                // datagrams before this index go one by one
  std::optional<std::size_t> doubtful;        // begins a run that the system has refused
  while (first < datagrams.size()) {
    std::size_t count = 0;
    for (std::size_t next = first; next < datagrams.size() && count < kSendMax; ++count) {
      const bool alone = !segmentation_ || next < alone_until;
      lengths[count] = alone ? 1 : batch.RunLength(next, kSegmentsMax, kSegmentedBytesMax);
      Fill(datagrams.subspan(next, lengths[count]), family_, slots[count], messages[count].msg_hdr);
      next += lengths[count];
    }
    const int sent = sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count), 0);
    if (sent > 0) {
      // A datagram that leaves alone and not in a message of several: the message was the fault.
      if (doubtful == first) segmentation_ = false;
      const std::size_t begin = first;
      for (std::size_t i = 0; i < static_cast<std::size_t>(sent); ++i) first += lengths[i];
      stats_.messages_sent += static_cast<std::uint64_t>(sent);
      stats_.datagrams_sent += first - begin;
      continue;
    }
    // The first of them failed.
    QUIESCE_CHECK(errno != EBADF && errno != ENOTSOCK && errno != EFAULT);
    if (errno == EINTR) continue;
    if (IsBackPressure(errno)) {
      ++stats_.send_blocked;
      return first;
    }
    if (lengths[0] > 1) {
      // EIO: the device has no checksum offload. EINVAL, EMSGSIZE: that as well, or the path has
      // come to take less than a datagram of this size. Alone, each is answered for itself.
      ++stats_.segmentation_refused;
      alone_until = first + lengths[0];
      doubtful = first;
      continue;
    }
    // This datagram does not leave. Loss recovery and path MTU discovery are how QUIC learns of it;
    // the connection is not told.
    ++(errno == EMSGSIZE ? stats_.send_too_large : stats_.send_refused);
    ++first;
  }
  return first;
}

std::vector<std::string> UdpSocket::notices() const {
  std::vector<std::string> notices;
  const auto capped = [&notices](const char* what, int granted, int asked, const char* limit) {
    if (granted >= asked) return;
    notices.push_back("the kernel grants " + std::to_string(granted / 1024) + " KiB of " +
                      std::to_string(asked / 1024) + " KiB to buffer what is " + what +
                      "; raise net.core." + limit + ", or give the process CAP_NET_ADMIN");
  };
  capped("received", receive_buffer_bytes_, options_.receive_buffer_bytes, "rmem_max");
  capped("sent", send_buffer_bytes_, options_.send_buffer_bytes, "wmem_max");
  if (options_.segmentation && !segmentation_)
    notices.push_back("the kernel does not segment UDP messages: datagrams leave one by one");
  if (options_.coalescing && !coalescing_)
    notices.push_back("the kernel does not join UDP messages: datagrams arrive one by one");
  return notices;
}

}  // namespace quiesce::quic
