// One UDP socket: batches in, batches out, with the facts QUIC needs of each datagram (both
// addresses, ECN). RFC 9000 §13.4, §14. What the system refuses is settled here: the core sees a
// datagram arrive, or not. Owned by the shard. Linux.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quic/base/address.h"
#include "quic/base/datagram.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::quic {

// Buffers for received datagrams, allocated once. The bytes are writable, because packets are
// decrypted in place, and live until the next Receive().
class ReceiveBatch {
 public:
  struct Datagram {
    DatagramInfo info;
    std::span<std::uint8_t> bytes;
  };

  // A message of the kernel is one datagram, or several that it has joined. Each has a buffer of 64
  // KiB, because what does not fit would be cut off; memory is only taken by what arrives. A
  // datagram larger than `datagram_size_max` is dropped: at least the max_udp_payload_size
  // announced.
  explicit ReceiveBatch(std::size_t messages_max = 16, std::size_t datagram_size_max = 2048);
  ReceiveBatch(ReceiveBatch&&) = default;
  ReceiveBatch& operator=(ReceiveBatch&&) = default;

  std::span<Datagram> datagrams() { return datagrams_; }

 private:
  friend class UdpSocket;

  // What the kernel fills in for one message, beside its bytes.
  struct Slot {
    sockaddr_storage name;
    iovec bytes;
    alignas(cmsghdr) std::uint8_t control[256];
  };
  void Prepare();

  std::size_t datagram_size_max_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::vector<Slot> slots_;
  std::vector<mmsghdr> messages_;
  std::vector<Datagram> datagrams_;
};

struct UdpSocketOptions {
  // Port 0 = the system chooses. The IPv6 wildcard address takes IPv4 as well.
  SocketAddress local{};
  // Asked of the kernel, which may grant less: see receive_buffer_bytes(). 4 MiB hold what arrives
  // in 1.6 ms at 20 Gbit/s, or a flood of handshakes while the shard is busy.
  int receive_buffer_bytes = 4 * 1024 * 1024;
  int send_buffer_bytes = 4 * 1024 * 1024;
  // Many datagrams per message, where the kernel can (CheckUdpOffload).
  bool segmentation = true;
  bool coalescing = true;
};

struct UdpSocketStats {
  std::uint64_t datagrams_received = 0;
  std::uint64_t messages_received = 0;  // of one datagram or several
  std::uint64_t datagrams_sent = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t receive_overflows = 0;  // dropped by the kernel because the buffer was full
  std::uint64_t receive_too_large = 0;  // larger than the batch accepts
  std::uint64_t receive_empty = 0;      // without payload
  std::uint64_t receive_errors = 0;
  std::uint64_t send_too_large = 0;  // EMSGSIZE: above the MTU, as a probe may be; as good as lost
  std::uint64_t send_refused = 0;    // ECONNREFUSED, EPERM ...: as good as lost
  std::uint64_t send_blocked = 0;    // times the socket was full
  std::uint64_t segmentation_refused = 0;  // messages that the system would not cut into datagrams
};

// A batch that one connection fills with `messages` full runs of its datagrams of `datagram_size`.
TransmitBatch MakeTransmitBatch(std::size_t datagram_size, std::size_t messages);

// Whether a failed send means that the socket is full, and not that the datagram is lost.
bool IsBackPressure(int send_errno);

class UdpSocket {
 public:
  // On failure nullopt, and one line in `error` that says what failed and how to mend it.
  static std::optional<UdpSocket> Open(const UdpSocketOptions& options, std::string& error);

  // Reads up to a batch without waiting, replacing what `batch` held. True when more may be
  // waiting.
  bool Receive(ReceiveBatch& batch);

  // Sends batch.datagrams() from index `first` on, without waiting, and returns the index of the
  // first that is still to be sent: datagrams().size() when all are gone, less when the socket is
  // full. Then wait until it is writable and call again. A datagram that the system refuses counts
  // as sent and lost. Runs of equal datagrams leave as one message, unless the system turns out not
  // to be able to cut it up: then, and from then on, one by one.
  std::size_t Send(const TransmitBatch& batch, std::size_t first);

  int fd() const { return fd_.get(); }
  // With the port the system chose.
  const SocketAddress& local_address() const { return local_; }
  // What the kernel granted, in payload bytes as it counts them.
  int receive_buffer_bytes() const { return receive_buffer_bytes_; }
  int send_buffer_bytes() const { return send_buffer_bytes_; }
  // Whether runs of datagrams leave, and may arrive, as one message.
  bool segmentation() const { return segmentation_; }
  bool coalescing() const { return coalescing_; }
  // What the system did not grant that costs speed, and how to mend it; one line each.
  std::vector<std::string> notices() const;
  const UdpSocketStats& stats() const { return stats_; }

 private:
  UdpSocket(FileDescriptor fd, const UdpSocketOptions& options);
  std::string Configure();
  std::string Bind();
  void TakeMessage(const msghdr& message, std::size_t size, ReceiveBatch& batch);

  FileDescriptor fd_;
  UdpSocketOptions options_;
  int family_;  // AF_INET or AF_INET6
  SocketAddress local_;
  int receive_buffer_bytes_ = 0;
  int send_buffer_bytes_ = 0;
  bool segmentation_ = false;
  bool coalescing_ = false;
  UdpSocketStats stats_;
};

}  // namespace quiesce::quic
