// The server as a process of its own: real signals, a real exit, seen by its parent.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "examples/demo/message_file.h"
#include "examples/demo/options.h"
#include "examples/demo/oracle.h"
#include "quic/base/address.h"
#include "quic/base/time.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::examples {

class ServerProcess {
 public:
  // Forks, and waits until the server listens. Before any other thread exists. nullptr, with one
  // line in `error`, when it does not come up by `deadline`.
  static std::unique_ptr<ServerProcess> Start(const DemoOptions& options, Oracle& oracle,
                                              quic::Instant deadline, std::string& error);
  // Kills a server that has not left.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const quic::SocketAddress& address() const { return address_; }
  // Made by the server in memory, signed by itself: whom a client has to trust.
  const std::string& certificate_pem() const { return certificate_pem_; }

  void SendTerminate();
  // Ends it at once, whatever it does; WaitForExit() follows.
  void Kill();
  // Looks whether it has left, until `deadline` at most (which may be past).
  bool WaitForExit(quic::Instant deadline);
  // Once it has left: 0 to 255, or 128 + the number of the signal that ended it. Before: -1.
  int exit_status() const { return exit_status_.value_or(-1); }

  // The drain report that it left behind; empty when it left without.
  const std::string& report_text() const { return report_text_; }
  const std::string& report_json() const { return report_json_; }

 private:
  ServerProcess(pid_t pid, quic::FileDescriptor process, MessageFile messages);

  bool ReadAddress(std::string& error);

  const pid_t pid_;
  const quic::FileDescriptor process_;  // a pidfd: readable once the process is gone
  MessageFile messages_;
  quic::SocketAddress address_;
  std::string certificate_pem_;
  std::string report_text_;
  std::string report_json_;
  std::optional<int> exit_status_;
};

}  // namespace quiesce::examples
