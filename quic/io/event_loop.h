// Waits until a file descriptor is ready or a deadline is reached: sockets, mailboxes, signals. One
// per shard, one thread. Linux (epoll).
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quic/base/time.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::quic {

class EventLoop {
 public:
  struct Ready {
    std::uint64_t key;  // given to Watch()
    bool readable;      // or in error, which reading tells
    bool writable;
  };

  // On failure nullopt, and one line in `error`.
  static std::optional<EventLoop> Create(std::string& error);

  // Watches `fd` for reading; at most 32 at a time are reported by one Wait. The caller owns `fd`
  // and keeps it open, or calls Forget() first.
  void Watch(int fd, std::uint64_t key);
  // Whether Wait() also reports that `fd` can be written; only while something is waiting to be
  // sent, or Wait() never sleeps. Costs nothing when it is so already: call it every turn.
  void WatchWritable(int fd, std::uint64_t key, bool enabled);
  void Forget(int fd);

  // Sleeps until something is ready or `deadline` is reached (MonotonicNow(), to the nanosecond
  // where the kernel can, else rounded up to a millisecond); nullopt = no deadline. Returns what is
  // ready, valid until the next call; empty at the deadline, or when a signal interrupted.
  std::span<const Ready> Wait(std::optional<Instant> deadline);

 private:
  static constexpr std::size_t kReadyMax = 32;

  explicit EventLoop(FileDescriptor epoll);
  void Control(int operation, int fd, std::uint64_t key, std::uint32_t events);
  bool WatchesWritable(int fd) const;
  int WaitForEvents(std::optional<Instant> deadline);

  FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  std::vector<Ready> ready_;
  std::vector<int> writable_;  // watched for writing: rarely any
  bool has_pwait2_ = true;
};

}  // namespace quiesce::quic
