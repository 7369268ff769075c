#include "http3/client/client.h"

#include <array>
#include <utility>

#include "quic/endpoint/cid_generator.h"
#include "quic/endpoint/stateless_reset.h"
#include "quic/io/clock.h"

namespace quiesce::http3 {
namespace {

constexpr std::uint64_t kSocketKey = 0;
// Datagrams taken from the socket before the application and the timers have their turn.
constexpr int kBatchesPerTurn = 8;
constexpr std::size_t kMessagesPerBatch = 16;
constexpr std::size_t kRunsPerBatch = 1;

crypto::Secret RandomSecret(crypto::Random& random, std::size_t size) {
  crypto::Secret secret(size);
  random.FillSecret(secret.bytes());
  return secret;
}

std::unique_ptr<quic::Endpoint> MakeEndpoint(const quic::EndpointConfig& config,
                                             crypto::Random& random) {
  // A client's keys live as long as the process: nobody sends packets to it afterwards.
  const quic::StatelessResetter resetter(RandomSecret(random, 32));
  return std::make_unique<quic::Endpoint>(
      config, quic::CidGenerator({}, RandomSecret(random, 16), resetter, random), resetter,
      /*accept=*/nullptr, random);
}

quic::SocketAddress AnyAddress(quic::AddressFamily family) {
  if (family == quic::AddressFamily::kIpv6)
    return quic::SocketAddress::Ipv6(std::array<std::uint8_t, 16>{}, 0);
  return quic::SocketAddress::Ipv4(std::array<std::uint8_t, 4>{}, 0);
}

}  // namespace

std::unique_ptr<Client> Client::Create(const ClientOptions& options, std::string& error) {
  if (const auto bad = options.endpoint.Validate()) {
    error = std::string("endpoint.") + bad->field + " " + bad->rule;
    return nullptr;
  }
  if (const char* bad = options.http3.Validate()) {
    error = std::string("http3.") + bad + " is out of range";
    return nullptr;
  }
  auto tls = crypto::ClientTlsConfig::Create({.verification = options.verification,
                                              .roots = options.roots,
                                              .alpn = {"h3"},
                                              .key_log = options.key_log},
                                             &error);
  if (!tls) return nullptr;
  auto socket = quic::UdpSocket::Open({.local = AnyAddress(options.family),
                                       .segmentation = options.udp_offload,
                                       .coalescing = options.udp_offload},
                                      error);
  if (!socket) return nullptr;
  auto loop = quic::EventLoop::Create(error);
  if (!loop) return nullptr;
  return std::unique_ptr<Client>(
      new Client(options, std::move(*socket), std::move(*loop), std::move(tls)));
}

Client::Client(const ClientOptions& options, quic::UdpSocket socket, quic::EventLoop loop,
               std::shared_ptr<const crypto::ClientTlsConfig> tls)
    : endpoint_config_(options.endpoint),
      socket_(std::move(socket)),
      loop_(std::move(loop)),
      tls_(std::move(tls)),
      core_(std::make_unique<ClientCore>(options.http3, MakeEndpoint(endpoint_config_, random_),
                                         random_)),
      received_(kMessagesPerBatch, endpoint_config_.connection.max_udp_payload_size.value()),
      outgoing_(quic::MakeTransmitBatch(endpoint_config_.connection.max_datagram_size.value(),
                                        kRunsPerBatch)),
      now_(quic::MonotonicNow()) {
  core_->SetSessionCache(&session_cache_);
  loop_.Watch(socket_.fd(), kSocketKey);
}

SessionId Client::Connect(const quic::SocketAddress& peer, const std::string& server_name,
                          quic::Version version) {
  now_ = quic::MonotonicNow();
  const std::string origin = server_name + ':' + std::to_string(peer.port());
  crypto::ClientResumption resumption;
  if (auto session = session_cache_.Take(origin, version))
    resumption.session = std::move(session->transport.tls);
  return core_->Connect(now_, {.local = {}, .peer = peer}, version,
                        crypto::NewClientHandshake(tls_, server_name, resumption), origin);
}

void Client::RunOnce(std::optional<quic::Instant> deadline) {
  Flush();
  auto wake = core_->NextTimeout();
  if (deadline && (!wake || *deadline < *wake)) wake = deadline;
  const auto ready = loop_.Wait(wake);
  now_ = quic::MonotonicNow();
  if (!ready.empty()) Receive();
  core_->HandleTimeout(now_);
}

void Client::Receive() {
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    const bool more = socket_.Receive(received_);
    for (auto& datagram : received_.datagrams())
      core_->HandleDatagram(now_, datagram.info, datagram.bytes);
    if (!more) return;
  }
}

void Client::Flush() {
  now_ = quic::MonotonicNow();
  Transmit();
  loop_.WatchWritable(socket_.fd(), kSocketKey, outgoing_sent_ < outgoing_.datagrams().size());
}

void Client::Transmit() {
  for (;;) {
    if (outgoing_sent_ == outgoing_.datagrams().size()) {
      outgoing_.Clear();
      outgoing_sent_ = 0;
      if (core_->PollTransmit(now_, outgoing_) == 0) return;
    }
    outgoing_sent_ = socket_.Send(outgoing_, outgoing_sent_);
    if (outgoing_sent_ < outgoing_.datagrams().size()) return;  // the socket is full
  }
}

}  // namespace quiesce::http3
