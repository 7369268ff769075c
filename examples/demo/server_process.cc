#include "examples/demo/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <utility>

#include "examples/demo/demo_server.h"
#include "quic/io/clock.h"
#include "quic/io/socket_address.h"

namespace quiesce::examples {
namespace {

// Whether `fd` can be read, or its other end is closed, by `deadline`.
bool WaitReadable(int fd, quic::Instant deadline) {
  for (;;) {
    const auto left = std::max(deadline - quic::MonotonicNow(), quic::Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ppoll(&watched, 1, &timeout, nullptr);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

// glibc 2.36 declares pidfd_open() for C only.
int OpenProcess(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

// In the child: serves, and ends the process without running what belongs to the parent.
[[noreturn]] void RunChild(const DemoOptions& options, Oracle& oracle, MessageFile& messages,
                           int listening, pid_t parent) {
  // Whatever becomes of the parent, no server stays behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int status = RunDemoServer(options, oracle, messages, [listening] {
    const char byte = 1;
    if (write(listening, &byte, sizeof byte) != sizeof byte) _exit(1);
  });
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

std::unique_ptr<ServerProcess> ServerProcess::Start(const DemoOptions& options, Oracle& oracle,
                                                    quic::Instant deadline, std::string& error) {
  auto messages = MessageFile::Create(error);
  if (!messages) return nullptr;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    error = std::string("pipe2: ") + std::strerror(errno);
    return nullptr;
  }
  const quic::FileDescriptor reading(ends[0]);
  quic::FileDescriptor writing(ends[1]);
  std::fflush(nullptr);  // or both processes write what is buffered now
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) {
    error = std::string("fork: ") + std::strerror(errno);
    return nullptr;
  }
  if (pid == 0) RunChild(options, oracle, *messages, writing.get(), parent);
  writing = {};  // a server that ends early closes the last one
  std::unique_ptr<ServerProcess> server(
      new ServerProcess(pid, quic::FileDescriptor(OpenProcess(pid)), std::move(*messages)));
  char byte = 0;
  if (!WaitReadable(reading.get(), deadline) || read(reading.get(), &byte, 1) != 1) {
    error = "the server did not come up";
    return nullptr;
  }
  return server->ReadAddress(error) ? std::move(server) : nullptr;
}

ServerProcess::ServerProcess(pid_t pid, quic::FileDescriptor process, MessageFile messages)
    : pid_(pid), process_(std::move(process)), messages_(std::move(messages)) {}

ServerProcess::~ServerProcess() {
  if (exit_status_) return;
  Kill();
  waitpid(pid_, nullptr, 0);
}

bool ServerProcess::ReadAddress(std::string& error) {
  const auto address = messages_.Read(), certificate = messages_.Read();
  if (!address || !certificate) {
    error = "the server did not say where it listens";
    return false;
  }
  certificate_pem_ = *certificate;
  const auto resolved = quic::ResolveAddress(*address, quic::ResolveFor::kConnect, error);
  if (!resolved) return false;
  address_ = resolved->front();
  return true;
}

void ServerProcess::SendTerminate() { kill(pid_, SIGTERM); }

void ServerProcess::Kill() { kill(pid_, SIGKILL); }

bool ServerProcess::WaitForExit(quic::Instant deadline) {
  if (exit_status_) return true;
  int status = 0;
  if (!WaitReadable(process_.get(), deadline) || waitpid(pid_, &status, WNOHANG) != pid_)
    return false;
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  report_text_ = messages_.Read().value_or("");
  report_json_ = messages_.Read().value_or("");
  return true;
}

}  // namespace quiesce::examples
