#include "http3/server/server.h"

#include <openssl/mem.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/pem_source.h"
#include "crypto/secret.h"
#include "crypto/tls_config.h"
#include "crypto/tls_handshake.h"
#include "quic/endpoint/server_secrets.h"
#include "quic/endpoint/stateless_reset.h"
#include "quic/io/clock.h"
#include "quic/io/secret_file.h"
#include "quic/io/socket_address.h"

namespace quiesce::http3 {
namespace {

using crypto::PemSource;

constexpr std::uint64_t kSocketKey = 0;
constexpr std::uint64_t kMailboxKey = 1;
constexpr std::uint64_t kFirstWatchedKey = 2;  // plus the descriptor

// Datagrams taken from the socket before timers, tasks and the caller have their turn.
constexpr int kBatchesPerTurn = 8;
// Handshakes begun in one turn, of about 0.1 ms each: then the socket is read again.
constexpr int kArrivalsPerTurn = 8;
constexpr std::size_t kMessagesPerBatch = 16;
constexpr std::size_t kRunsPerBatch = 2;  // about 128 KiB: it stays in the cache

std::optional<std::string> FindFault(const ServerOptions& options) {
  if (const auto bad = options.endpoint.Validate())
    return std::string("endpoint.") + bad->field + " " + bad->rule;
  if (const char* bad = options.http3.Validate())
    return std::string("http3.") + bad + " is out of range";
  if (options.mailbox_tasks_max == 0) return "mailbox_tasks_max must be at least 1";
  const bool certificate = !options.certificate_file.empty(), key = !options.key_file.empty();
  if (certificate != key)
    return std::string(certificate ? "a certificate without its key: name the key's file as well"
                                   : "a key without certificate: name the certificate's file too");
  if (certificate == options.self_signed_names.empty()) return std::nullopt;
  if (certificate) return "a certificate file and names to make one for: give one of the two";
  return "no certificate: give the files of one, or names to make one for";
}

// The first address that can be bound; of several, the fault of the first one is told.
std::optional<quic::UdpSocket> OpenSocket(const ServerOptions& options, std::string& error) {
  const auto addresses = quic::ResolveAddress(options.listen, quic::ResolveFor::kListen, error);
  if (!addresses) return std::nullopt;
  for (const quic::SocketAddress& address : *addresses) {
    std::string fault;
    auto socket = quic::UdpSocket::Open(
        {.local = address, .segmentation = options.udp_offload, .coalescing = options.udp_offload},
        fault);
    if (socket) return socket;
    if (error.empty()) error = std::move(fault);
  }
  return std::nullopt;
}

// Calendar time: a certificate is valid from one date to another, and a ticket for a day.
std::int64_t UnixTime() {
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(unix_time).count();
}

std::optional<crypto::SelfSignedCertificate> MakeCertificate(const std::vector<std::string>& names,
                                                             std::string& error) {
  crypto::SelfSignedCertificate certificate;
  if (!crypto::MakeSelfSigned({.names = names, .now_unix_s = UnixTime()}, &certificate, &error)) {
    return std::nullopt;
  }
  return certificate;
}

std::optional<quic::ServerSecrets> MakeSecrets(const std::string& file, crypto::Random& random,
                                               std::string& error) {
  quic::MasterSecret master;
  if (file.empty()) {
    random.FillSecret(master);
  } else if (const auto loaded = quic::LoadOrCreateMasterSecret(file, random, error)) {
    master = *loaded;
  } else {
    return std::nullopt;
  }
  auto secrets = quic::ServerSecrets::Derive(master);
  OPENSSL_cleanse(master.data(), master.size());
  return secrets;
}

std::unique_ptr<quic::Endpoint> MakeEndpoint(const quic::EndpointConfig& config,
                                             const quic::CidOrigin& origin,
                                             const quic::ServerSecrets& secrets,
                                             std::shared_ptr<const crypto::ServerTlsConfig> tls,
                                             crypto::Random& random) {
  const quic::StatelessResetter resetter(secrets.stateless_reset_key);
  return std::make_unique<quic::Endpoint>(
      config, quic::CidGenerator({.origin = origin}, secrets.cid_key, resetter, random), resetter,
      [tls = std::move(tls)] { return crypto::NewServerHandshake(tls); }, random);
}

}  // namespace

// What can fail, made before the server is.
struct Server::Parts {
  quic::UdpSocket socket;
  quic::EventLoop loop;
  std::shared_ptr<const crypto::ServerTlsConfig> tls;
  std::optional<crypto::SelfSignedCertificate> self_signed;
  quic::ServerSecrets secrets;
};

std::unique_ptr<Server> Server::Listen(const ServerOptions& options, RequestHandler& handler,
                                       std::string& error) {
  error.clear();
  if (auto fault = FindFault(options)) {
    error = std::move(*fault);
    return nullptr;
  }
  crypto::ServerTlsOptions tls_options{
      .certificate_chain = PemSource::File(options.certificate_file),
      .private_key = PemSource::File(options.key_file),
      .alpn = {"h3"},
      .key_log = options.key_log};
  std::optional<crypto::SelfSignedCertificate> self_signed;
  if (!options.self_signed_names.empty()) {
    self_signed = MakeCertificate(options.self_signed_names, error);
    if (!self_signed) return nullptr;
    tls_options.certificate_chain = PemSource::Text(self_signed->certificate_pem, "certificate");
    tls_options.private_key =
        PemSource::Text(std::exchange(self_signed->private_key_pem, {}), "key");
  }
  crypto::SystemRandom random;
  auto secrets = MakeSecrets(options.secret_file, random, error);
  if (!secrets) return nullptr;
  if (options.ticket_lifetime_s > 0) {
    tls_options.ticket_key = secrets->ticket_key;
    tls_options.ticket_lifetime_s = options.ticket_lifetime_s;
    tls_options.unix_time_s = UnixTime;
  }
  auto tls = crypto::ServerTlsConfig::Create(tls_options, &error);
  if (!tls) return nullptr;
  auto socket = OpenSocket(options, error);
  if (!socket) return nullptr;
  auto loop = quic::EventLoop::Create(error);
  if (!loop) return nullptr;
  return std::unique_ptr<Server>(
      new Server(options, handler,
                 Parts{std::move(*socket), std::move(*loop), std::move(tls), std::move(self_signed),
                       std::move(*secrets)}));
}

Server::Server(const ServerOptions& options, RequestHandler& handler, Parts parts)
    : endpoint_config_(options.endpoint),
      socket_(std::move(parts.socket)),
      loop_(std::move(parts.loop)),
      self_signed_(std::move(parts.self_signed)),
      mailbox_(std::make_shared<Mailbox>(options.mailbox_tasks_max)),
      core_(std::make_unique<ServerCore>(options.http3,
                                         MakeEndpoint(endpoint_config_, options.origin,
                                                      parts.secrets, std::move(parts.tls), random_),
                                         handler, random_)),
      received_(kMessagesPerBatch, endpoint_config_.connection.max_udp_payload_size.value()),
      arrivals_(endpoint_config_.half_open_max),
      outgoing_(quic::MakeTransmitBatch(endpoint_config_.connection.max_datagram_size.value(),
                                        kRunsPerBatch)),
      now_(quic::MonotonicNow()) {
  loop_.Watch(socket_.fd(), kSocketKey);
  loop_.Watch(mailbox_->fd(), kMailboxKey);
}

Server::~Server() { mailbox_->Close(); }

// --------------------------------------------------------------------------------------- the loop

void Server::RunOnce(std::optional<quic::Instant> deadline) {
  Flush();
  const auto ready = loop_.Wait(NextWake(deadline));
  now_ = quic::MonotonicNow();
  for (const quic::EventLoop::Ready& each : ready) {
    if (each.key == kSocketKey) {
      if (each.readable) Receive();
    } else if (each.key == kMailboxKey) {
      RunTasks();
    } else if (const auto watched = watched_.find(each.key); watched != watched_.end()) {
      watched->second();
    }
  }
  ServeArrivals();
  // Not more than there are now: one that schedules itself again waits for the next turn.
  for (std::size_t left = timers_.size(); left > 0; --left) {
    const auto task = timers_.PopDue(now_);
    if (!task) break;
    core_->Run(now_, *task);
  }
  core_->HandleTimeout(now_);
}

std::optional<quic::Instant> Server::NextWake(std::optional<quic::Instant> deadline) const {
  if (!arrivals_.empty()) return now_;
  for (const auto& other : {core_->NextTimeout(), timers_.Next()})
    if (other && (!deadline || *other < *deadline)) deadline = other;
  return deadline;
}

void Server::Receive() {
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    const bool more = socket_.Receive(received_);
    for (auto& datagram : received_.datagrams()) {
      if (quic::Arrivals::MayBegin(datagram.bytes) &&
          !core_->endpoint().HasConnectionFor(datagram.bytes)) {
        arrivals_.Add(datagram.info, datagram.bytes);
      } else {
        core_->HandleDatagram(now_, datagram.info, datagram.bytes);
      }
    }
    if (!more) return;
  }
}

void Server::ServeArrivals() {
  for (int i = 0; i < kArrivalsPerTurn; ++i) {
    auto datagram = arrivals_.Take();
    if (!datagram) return;
    core_->HandleDatagram(now_, datagram->info, datagram->bytes);
  }
}

void Server::RunTasks() {
  mailbox_->TakeAll(tasks_);
  for (const ServerTask& task : tasks_) core_->Run(now_, task);
  tasks_.clear();  // with what they hold
}

bool Server::Flush() {
  for (;;) {
    if (outgoing_sent_ == outgoing_.datagrams().size()) {
      outgoing_.Clear();
      outgoing_sent_ = 0;
      if (core_->PollTransmit(now_, outgoing_) == 0) break;
    }
    outgoing_sent_ = socket_.Send(outgoing_, outgoing_sent_);
    if (outgoing_sent_ < outgoing_.datagrams().size()) break;  // the socket is full
  }
  const bool flushed = outgoing_sent_ == outgoing_.datagrams().size();
  if (waiting_for_room_ == flushed) {
    waiting_for_room_ = !flushed;
    loop_.WatchWritable(socket_.fd(), kSocketKey, waiting_for_room_);
  }
  return flushed;
}

void Server::Watch(int fd, std::function<void()> on_readable) {
  const std::uint64_t key = kFirstWatchedKey + static_cast<std::uint64_t>(fd);
  watched_[key] = std::move(on_readable);
  loop_.Watch(fd, key);
}

void Server::Forget(int fd) {
  loop_.Forget(fd);
  watched_.erase(kFirstWatchedKey + static_cast<std::uint64_t>(fd));
}

}  // namespace quiesce::http3
