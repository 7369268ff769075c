#include "quic/io/udp_offload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "quic/io/file_descriptor.h"

namespace quiesce::quic {
namespace {

constexpr int kSegment = 500;       // bytes of each datagram but the last
constexpr std::size_t kLast = 100;  // of the last
constexpr std::size_t kMessage = 2 * kSegment + kLast;

FileDescriptor LoopbackSocket(sockaddr_in& name) {
  FileDescriptor fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (fd.valid() && bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size) == 0 &&
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0) {
    return fd;
  }
  return FileDescriptor();
}

// Sends kMessage bytes that count upwards.
bool SendMessage(int fd, const sockaddr_in& to) {
  std::array<std::uint8_t, kMessage> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 251);
  return sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                sizeof to) == static_cast<ssize_t>(kMessage);
}

struct Arrived {
  std::size_t messages = 0;
  std::size_t bytes = 0;
  bool cut_right = true;  // every message is one of the datagrams, or says that it holds several
  bool joined = false;
};

int CoalescedSize(msghdr& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    int size = 0;
    if (control->cmsg_level != SOL_UDP || control->cmsg_type != UDP_GRO) continue;
    std::memcpy(&size, CMSG_DATA(control), sizeof size);
    return size;
  }
  return 0;
}

Arrived ReceiveAll(int fd) {
  Arrived arrived;
  while (arrived.bytes < kMessage) {
    // Loopback delivers within the call that sends; the wait is for a busy machine.
    pollfd asked{.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&asked, 1, /*timeout_ms=*/100) != 1) break;
    std::array<std::uint8_t, 2 * kMessage> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, 64> control;
    iovec piece{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(fd, &message, 0);
    if (size <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i)
      arrived.cut_right &= bytes[i] == (arrived.bytes + i) % 251;
    const bool joined = CoalescedSize(message) == kSegment;
    const auto expected = arrived.messages < 2 ? std::size_t{kSegment} : kLast;
    arrived.cut_right &= joined || static_cast<std::size_t>(size) == expected;
    arrived.joined |= joined;
    arrived.bytes += static_cast<std::size_t>(size);
    ++arrived.messages;
  }
  return arrived;
}

std::optional<Arrived> Try(bool coalescing) {
  sockaddr_in from{}, to{};
  const FileDescriptor sender = LoopbackSocket(from), receiver = LoopbackSocket(to);
  const int segment = kSegment, on = 1;
  if (!sender.valid() || !receiver.valid()) return std::nullopt;
  if (setsockopt(sender.get(), SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0)
    return std::nullopt;
  if (coalescing && setsockopt(receiver.get(), SOL_UDP, UDP_GRO, &on, sizeof on) != 0)
    return std::nullopt;
  if (!SendMessage(sender.get(), to)) return std::nullopt;
  return ReceiveAll(receiver.get());
}

UdpOffload Check() {
  UdpOffload offload;
  const auto cut = Try(/*coalescing=*/false);
  offload.segmentation = cut && cut->cut_right && cut->messages == 3 && cut->bytes == kMessage;
  const auto joined = Try(/*coalescing=*/true);
  offload.coalescing = joined && joined->cut_right && joined->joined && joined->bytes == kMessage;
  return offload;
}

}  // namespace

UdpOffload CheckUdpOffload() {
  static const UdpOffload checked = Check();
  return checked;
}

}  // namespace quiesce::quic
