// How fast one core of server feeds one core of client, and what a gigabyte costs each. Prints
// lines `figure=NAME value=NUMBER`. The server is forked; nothing but 127.0.0.1 is between them.
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bench/loopback_transfer/options.h"
#include "bench/loopback_transfer/server_process.h"
#include "http3/client/client.h"
#include "quic/io/clock.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::bench {
namespace {

// Without news for so long the run has failed.
constexpr quic::Duration kPatience = std::chrono::seconds(20);

// The receiving half: every connection asks for one body per round.
class Transfer {
 public:
  Transfer(const TransferOptions& options, const quic::SocketAddress& server,
           std::unique_ptr<http3::Client> client)
      : client_(std::move(client)), sessions_(options.connections) {
    for (http3::SessionId& id : sessions_) id = client_->Connect(server, "localhost");
  }

  // Waits for the handshakes. False when that, or anything later, has failed.
  bool Connect() { return RunUntil(sessions_.size()); }

  // Asks for `bytes` on every connection and reads all of them.
  bool Round(std::uint64_t bytes) {
    const std::string path = "/" + std::to_string(bytes);
    for (const http3::SessionId id : sessions_) {
      http3::Connection* connection = client_->Find(id);
      if (connection == nullptr) return false;
      (void)connection->SendRequest(client_->now(),
                                    {.method = "GET", .authority = "localhost", .path = path}, {},
                                    /*end=*/true);
    }
    received_ = 0;
    return RunUntil(sessions_.size()) && received_ == bytes * sessions_.size();
  }

  std::uint64_t probe_timeouts() const {
    std::uint64_t sum = 0;
    for (const http3::SessionId id : sessions_)
      if (const auto* transport = client_->core().transport(id))
        sum += transport->stats().probe_timeouts;
    return sum;
  }

 private:
  bool RunUntil(std::size_t done) {
    done_ = 0;
    while (done_ < done && !failed_) {
      client_->RunOnce(client_->now() + kPatience);
      bool news = false;
      while (auto event = client_->PollEvent()) {
        news = true;
        Take(*event);
      }
      failed_ |= !news && quic::MonotonicNow() - last_news_ > kPatience;
      if (news) last_news_ = client_->now();
    }
    return !failed_;
  }

  void Take(const http3::ConnectionEvent& event) {
    if (std::holds_alternative<http3::SessionReady>(event.event)) {
      ++done_;
      return;
    }
    const auto& news = std::get<http3::Event>(event.event);
    if (const auto* readable = std::get_if<http3::BodyReadable>(&news)) {
      Read(event.session, readable->stream_id);
    } else if (std::holds_alternative<http3::MessageFinished>(news)) {
      ++done_;
    } else {
      failed_ |= std::holds_alternative<http3::RequestFailed>(news) ||
                 std::holds_alternative<http3::Closed>(news);
    }
  }

  void Read(http3::SessionId session, quic::StreamId stream_id) {
    http3::Connection* connection = client_->Find(session);
    if (connection == nullptr) return;
    for (;;) {
      const std::size_t size = connection->ReadBody(stream_id).size();
      if (size == 0) return;
      received_ += size;
      connection->ConsumeBody(client_->now(), stream_id, size);
    }
  }

  std::unique_ptr<http3::Client> client_;
  std::vector<http3::SessionId> sessions_;
  std::size_t done_ = 0;
  std::uint64_t received_ = 0;
  quic::Instant last_news_ = quic::MonotonicNow();
  bool failed_ = false;
};

// Enters a network of its own with this MTU; needs the right to make one.
bool MakeNetwork(std::uint64_t mtu) {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  const quic::FileDescriptor fd(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_mtu = static_cast<int>(mtu);
  if (ioctl(fd.get(), SIOCSIFMTU, &request) != 0) return false;
  request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

void Print(const char* figure, double value) {
  std::printf("figure=%s value=%.6g\n", figure, value);
}

int Fail(const std::string& error, int code = 1) {
  std::fprintf(stderr, "loopback_transfer: %s\n", error.c_str());
  return code;
}

int Run(const TransferOptions& options) {
  std::string error;
  if (options.mtu != 0 && !MakeNetwork(options.mtu)) return Fail("cannot make a network");
  const auto server = ServerProcess::Start(options, error);
  if (!server) return Fail(error);
  if (!PinToCpu(options.client_cpu)) return Fail("there is no such CPU");
  http3::ClientOptions client_options{.verification = crypto::PeerVerification::kInsecure};
  client_options.endpoint.connection.max_datagram_size = quic::ByteCount(options.datagram);
  client_options.endpoint.connection.max_udp_payload_size = std::max(
      client_options.endpoint.connection.max_udp_payload_size, quic::ByteCount(options.datagram));
  client_options.udp_offload = options.offload;
  auto client = http3::Client::Create(client_options, error);
  if (!client) return Fail(error);
  Transfer transfer(options, server->address(), std::move(client));
  const std::uint64_t share = std::max<std::uint64_t>(1, options.bytes / options.connections);
  if (!transfer.Connect() || !transfer.Round(share / 8)) return Fail("the warm-up failed");

  const Usage before = server->Ask();
  const double client_before = CpuSeconds();
  const quic::Instant start = quic::MonotonicNow();
  if (!transfer.Round(share)) return Fail("the transfer failed");
  const double seconds = std::chrono::duration<double>(quic::MonotonicNow() - start).count();
  const double client_cpu = CpuSeconds() - client_before;
  const Usage after = server->Ask();

  const auto bytes = static_cast<double>(share * options.connections);
  const auto datagrams = static_cast<double>(after.datagrams_sent - before.datagrams_sent);
  Print("goodput_gbit_per_s", bytes * 8 / seconds / 1e9);
  Print("server_cpu_s_per_gb", (after.cpu_seconds - before.cpu_seconds) / (bytes / 1e9));
  Print("client_cpu_s_per_gb", client_cpu / (bytes / 1e9));
  Print("seconds", seconds);
  Print("server_datagrams_sent", datagrams);
  Print("server_datagrams_per_message",
        datagrams / static_cast<double>(after.messages_sent - before.messages_sent));
  Print("client_datagrams_per_server_datagram",
        static_cast<double>(after.datagrams_received - before.datagrams_received) / datagrams);
  Print("client_probe_timeouts", static_cast<double>(transfer.probe_timeouts()));
  Print("server_receive_overflows",
        static_cast<double>(after.receive_overflows - before.receive_overflows));
  return 0;
}

}  // namespace
}  // namespace quiesce::bench

int main(int argc, char** argv) {
  using namespace quiesce::bench;
  std::string error;
  const auto options =
      ParseTransferOptions(std::span(argv + 1, static_cast<std::size_t>(argc - 1)), error);
  if (!options) return Fail(error + "\n" + kTransferHelp, 2);
  return Run(*options);
}
