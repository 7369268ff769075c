// The sending half of the benchmark: a server in a process of its own, pinned to a core, that says
// how much it has used so far whenever it is asked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bench/loopback_transfer/options.h"
#include "quic/base/address.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::bench {

// What a process has used up since it started.
struct Usage {
  double cpu_seconds = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t datagrams_received = 0;
  std::uint64_t receive_overflows = 0;
};

// User and system time of this process.
double CpuSeconds();
bool PinToCpu(std::uint64_t cpu);

class ServerProcess {
 public:
  // Forks, so before this process has threads. nullptr, and one line in `error`, on failure.
  static std::unique_ptr<ServerProcess> Start(const TransferOptions& options, std::string& error);
  // Ends the process.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const quic::SocketAddress& address() const { return address_; }
  // Asks and waits for the answer.
  Usage Ask() const;

 private:
  ServerProcess(pid_t child, quic::FileDescriptor control, const quic::SocketAddress& address)
      : child_(child), control_(std::move(control)), address_(address) {}

  pid_t child_;
  quic::FileDescriptor control_;  // a stream socket to the child, which ends when this does
  quic::SocketAddress address_;
};

}  // namespace quiesce::bench
