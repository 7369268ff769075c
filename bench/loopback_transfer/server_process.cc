#include "bench/loopback_transfer/server_process.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <vector>

#include "http3/server/server.h"
#include "quic/base/check.h"

namespace quiesce::bench {
namespace {

// A body of the length that the path names, from one block of memory.
class Body final : public http3::ExchangeListener {
 public:
  Body(std::span<const std::uint8_t> block, std::uint64_t size) : block_(block), left_(size) {}

  void OnWritable(http3::Exchange& exchange) override {
    while (left_ > 0) {
      const auto part = block_.first(std::min<std::uint64_t>(block_.size(), left_));
      const std::size_t taken = exchange.Write(part, /*end=*/part.size() == left_);
      left_ -= taken;
      if (taken < part.size()) return;
    }
  }

 private:
  std::span<const std::uint8_t> block_;
  std::uint64_t left_;
};

struct BodyHandler final : http3::RequestHandler {
  void HandleRequest(http3::Exchange& exchange) override {
    const std::string_view path = exchange.request().path;  // "/BYTES"
    std::uint64_t size = 0;
    std::from_chars(path.data() + 1, path.data() + path.size(), size);
    if (exchange.Start(200, {}) != http3::SendStatus::kOk) return;
    auto body = std::make_unique<Body>(block, size);
    Body& started = *body;
    exchange.SetListener(std::move(body));
    started.OnWritable(exchange);
  }
  const std::vector<std::uint8_t> block = std::vector<std::uint8_t>(64 * 1024, 0x5a);
};

template <typename T>
void SendValue(int fd, const T& value) {
  QUIESCE_CHECK(write(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value));
}

template <typename T>
bool ReceiveValue(int fd, T& value) {
  return recv(fd, &value, sizeof value, MSG_WAITALL) == static_cast<ssize_t>(sizeof value);
}

Usage UsageOf(const http3::Server& server) {
  const quic::UdpSocketStats& stats = server.socket().stats();
  return {.cpu_seconds = CpuSeconds(),
          .datagrams_sent = stats.datagrams_sent,
          .messages_sent = stats.messages_sent,
          .datagrams_received = stats.datagrams_received,
          .receive_overflows = stats.receive_overflows};
}

// The child: serves until the other end of `control` is closed.
void Serve(const TransferOptions& options, int control) {
  QUIESCE_CHECK(PinToCpu(options.server_cpu));
  BodyHandler handler;
  http3::ServerOptions server_options{.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}};
  server_options.endpoint.connection.max_datagram_size = quic::ByteCount(options.datagram);
  server_options.udp_offload = options.offload;
  std::string error;
  const auto server = http3::Server::Listen(server_options, handler, error);
  SendValue(control, server ? server->local_address().port() : std::uint16_t{0});
  if (!server) return;
  bool asked_to_end = false;
  server->Watch(control, [&] {
    char question;
    asked_to_end = read(control, &question, 1) != 1;
    if (!asked_to_end) SendValue(control, UsageOf(*server));
  });
  while (!asked_to_end) server->RunOnce();
}

}  // namespace

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool PinToCpu(std::uint64_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

std::unique_ptr<ServerProcess> ServerProcess::Start(const TransferOptions& options,
                                                    std::string& error) {
  int ends[2];
  QUIESCE_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  quic::FileDescriptor ours(ends[0]), theirs(ends[1]);
  const pid_t child = fork();
  QUIESCE_CHECK(child >= 0);
  if (child == 0) {
    ours = quic::FileDescriptor();
    Serve(options, theirs.get());
    _exit(0);
  }
  theirs = quic::FileDescriptor();
  std::uint16_t port = 0;
  if (!ReceiveValue(ours.get(), port) || port == 0) {
    error = "the server did not start";
    waitpid(child, nullptr, 0);
    return nullptr;
  }
  const std::array<std::uint8_t, 4> loopback{127, 0, 0, 1};
  return std::unique_ptr<ServerProcess>(
      new ServerProcess(child, std::move(ours), quic::SocketAddress::Ipv4(loopback, port)));
}

ServerProcess::~ServerProcess() {
  control_ = quic::FileDescriptor();
  waitpid(child_, nullptr, 0);
}

Usage ServerProcess::Ask() const {
  SendValue(control_.get(), '?');
  Usage usage;
  QUIESCE_CHECK(ReceiveValue(control_.get(), usage));
  return usage;
}

}  // namespace quiesce::bench
