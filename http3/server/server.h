// The edge of a server: a UDP socket, a loop, the clock and a ServerCore, on the thread that runs
// it. RFC 9114. Whoever wants to leave well runs it through shutdown/service.h.
//
//   auto server = http3::Server::Listen({.listen = ":4433", .self_signed_names = {"localhost"}},
//                                       handler, error);
//   if (server == nullptr) { say(error); return 1; }
//   for (;;) server->RunOnce();
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/key_log.h"
#include "crypto/random.h"
#include "crypto/self_signed.h"
#include "http3/config.h"
#include "http3/server/exchange.h"
#include "http3/server/server_core.h"
#include "http3/server/timer_queue.h"
#include "quic/base/address.h"
#include "quic/base/datagram.h"
#include "quic/base/time.h"
#include "quic/endpoint/cid_generator.h"
#include "quic/endpoint/endpoint_config.h"
#include "quic/io/arrivals.h"
#include "quic/io/event_loop.h"
#include "quic/io/mailbox.h"
#include "quic/io/udp_socket.h"

namespace quiesce::http3 {

struct ServerOptions {
  // "host:port", "[IPv6]:port" or ":port" (every address of this machine). Port 0 = the system
  // chooses; see local_address().
  std::string listen = ":4433";

  // PEM files: the certificate chain, leaf first, and the leaf's key. Or neither, and names for a
  // certificate that is made now and signed by itself: DNS names and IP addresses.
  std::string certificate_file;
  std::string key_file;
  std::vector<std::string> self_signed_names;

  // 32 bytes that outlive the process, so that its successor can reset the peers that it left
  // behind (RFC 9000 §10.3) and resume their sessions; made when there is no such file. Empty =
  // random for this process.
  std::string secret_file;
  // How long a client can resume a session after the last handshake, in seconds; 0 = never.
  // RFC 8446 §4.6.1: at most 7 days.
  std::int64_t ticket_lifetime_s = 24 * 3600;
  // What its connection IDs say of their origin. RFC 9000 §5.1.
  quic::CidOrigin origin{};

  Config http3;
  quic::EndpointConfig endpoint;
  crypto::KeyLog* key_log = nullptr;  // outlives the server

  // Many datagrams per system call where the kernel can (GSO, GRO); off only to compare.
  bool udp_offload = true;

  // Tasks from other threads that may wait; Post() reports kFull beyond.
  std::size_t mailbox_tasks_max = 1024;
};

class Server {
 public:
  using Mailbox = quic::Mailbox<ServerTask>;

  // Binds the socket; the first RunOnce() serves. On failure nullptr, and in `error` one line that
  // says what is wrong and how to mend it. `handler` outlives the server.
  static std::unique_ptr<Server> Listen(const ServerOptions& options, RequestHandler& handler,
                                        std::string& error);
  // Closes the socket: what has not left by then is lost. Later posts are answered with kClosed.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // --- The loop, on the server's thread.

  // One turn: sends what there is to send, sleeps until a datagram, a task, a timer or `deadline`
  // (quic::MonotonicNow()), and takes up what came. Bounded work: a flood does not keep the caller
  // out.
  void RunOnce(std::optional<quic::Instant> deadline = std::nullopt);
  // Sends what there is to send, without sleeping. False when the socket is full; RunOnce() then
  // also waits for room.
  bool Flush();
  // The time of the current turn: one reading of the clock for everything in it.
  quic::Instant now() const { return now_; }

  // Runs `task` in the first turn at or after `when`.
  TimerId Schedule(quic::Instant when, ServerTask task) {
    return timers_.Add(when, std::move(task));
  }
  void Cancel(const TimerId& id) { timers_.Cancel(id); }

  // Calls `on_readable` in every turn in which `fd` can be read, which it then does, without
  // waiting. The caller owns `fd` and calls Forget() before it closes it.
  void Watch(int fd, std::function<void()> on_readable);
  void Forget(int fd);

  // --- From any thread, while the server exists.

  // Runs `task` on the server's thread, soon. Moved from only when kPosted.
  [[nodiscard]] quic::PostResult Post(ServerTask&& task) { return mailbox_->Post(std::move(task)); }
  // The same for threads that may outlive the server.
  std::shared_ptr<Mailbox> mailbox() const { return mailbox_; }

  // --- Facts.

  // With the port that the system chose.
  const quic::SocketAddress& local_address() const { return socket_.local_address(); }
  // The certificate made by Listen(), without its private key; nullptr when files were given.
  const crypto::SelfSignedCertificate* self_signed() const {
    return self_signed_ ? &*self_signed_ : nullptr;
  }
  const quic::UdpSocket& socket() const { return socket_; }
  // New connections that wait for their turn; at most endpoint.half_open_max.
  const quic::Arrivals& arrivals() const { return arrivals_; }
  // For observers, before the first turn; for the coordinator of a shutdown; for statistics.
  ServerCore& core() { return *core_; }

 private:
  struct Parts;

  Server(const ServerOptions& options, RequestHandler& handler, Parts parts);

  std::optional<quic::Instant> NextWake(std::optional<quic::Instant> deadline) const;
  void Receive();
  void ServeArrivals();
  void RunTasks();

  const quic::EndpointConfig endpoint_config_;
  crypto::SystemRandom random_;
  quic::UdpSocket socket_;
  quic::EventLoop loop_;
  std::optional<crypto::SelfSignedCertificate> self_signed_;
  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<ServerCore> core_;
  TimerQueue timers_;
  std::map<std::uint64_t, std::function<void()>> watched_;  // by key
  std::vector<ServerTask> tasks_;                           // memory of the last turn, reused
  quic::ReceiveBatch received_;
  quic::Arrivals arrivals_;
  quic::TransmitBatch outgoing_;
  std::size_t outgoing_sent_ = 0;  // datagrams of `outgoing_` that have left
  bool waiting_for_room_ = false;  // the loop watches for a writable socket
  quic::Instant now_;
};

}  // namespace quiesce::http3
