// The edge of a client: a socket, a loop and a ClientCore, on the thread that runs it. RFC 9114.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/key_log.h"
#include "crypto/random.h"
#include "crypto/tls_config.h"
#include "http3/client/client_core.h"
#include "http3/client/session_cache.h"
#include "http3/config.h"
#include "quic/base/address.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/endpoint/endpoint_config.h"
#include "quic/io/event_loop.h"
#include "quic/io/udp_socket.h"

namespace quiesce::http3 {

struct ClientOptions {
  // Whom to trust: the system's roots unless said otherwise. ALPN is set to "h3".
  crypto::PeerVerification verification = crypto::PeerVerification::kSystemRoots;
  crypto::PemSource roots;            // for kGivenRoots
  crypto::KeyLog* key_log = nullptr;  // outlives the client
  Config http3;
  quic::EndpointConfig endpoint;
  quic::AddressFamily family = quic::AddressFamily::kIpv4;  // of the local socket
  // Many datagrams per system call where the kernel can (GSO, GRO); off only to compare.
  bool udp_offload = true;
};

class Client {
 public:
  // nullptr on failure, with one line in `error`.
  static std::unique_ptr<Client> Create(const ClientOptions& options, std::string& error);

  // Starts a connection to `peer`, whose certificate must be for `server_name`; it resumes a
  // session of that name and port if there is one. SessionReady or Closed follows.
  SessionId Connect(const quic::SocketAddress& peer, const std::string& server_name,
                    quic::Version version = quic::Version::kV1);
  // The sessions that Connect() resumes; filled by what servers offer.
  SessionCache& session_cache() { return session_cache_; }
  Connection* Find(SessionId id) { return core_->Find(id); }
  ClientCore& core() { return *core_; }

  // What happened, oldest first.
  std::optional<ConnectionEvent> PollEvent() { return core_->PollEvent(now_); }
  // Sends what there is to send, waits until something arrives, a timer is due or `deadline` is
  // reached, and takes it up. Poll events afterwards.
  void RunOnce(std::optional<quic::Instant> deadline);
  // Sends what there is to send, without waiting.
  void Flush();

  // The time of the last turn.
  quic::Instant now() const { return now_; }
  const quic::UdpSocket& socket() const { return socket_; }

 private:
  Client(const ClientOptions& options, quic::UdpSocket socket, quic::EventLoop loop,
         std::shared_ptr<const crypto::ClientTlsConfig> tls);

  void Receive();
  void Transmit();

  quic::EndpointConfig endpoint_config_;
  crypto::SystemRandom random_;
  quic::UdpSocket socket_;
  quic::EventLoop loop_;
  std::shared_ptr<const crypto::ClientTlsConfig> tls_;
  SessionCache session_cache_;
  std::unique_ptr<ClientCore> core_;
  quic::ReceiveBatch received_;
  quic::TransmitBatch outgoing_;
  std::size_t outgoing_sent_ = 0;  // datagrams of `outgoing_` that have left
  quic::Instant now_{};
};

}  // namespace quiesce::http3
