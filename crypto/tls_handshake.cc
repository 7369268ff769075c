#include "crypto/tls_handshake.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

#include "crypto/random.h"

namespace quiesce::crypto {
namespace {

EncryptionLevel FromSsl(ssl_encryption_level_t level) {
  switch (level) {
    case ssl_encryption_initial:
      return EncryptionLevel::kInitial;
    case ssl_encryption_early_data:
      return EncryptionLevel::kZeroRtt;
    case ssl_encryption_handshake:
      return EncryptionLevel::kHandshake;
    case ssl_encryption_application:
      break;
  }
  return EncryptionLevel::kOneRtt;
}

ssl_encryption_level_t ToSsl(EncryptionLevel level) {
  switch (level) {
    case EncryptionLevel::kInitial:
      return ssl_encryption_initial;
    case EncryptionLevel::kZeroRtt:
      return ssl_encryption_early_data;
    case EncryptionLevel::kHandshake:
      return ssl_encryption_handshake;
    case EncryptionLevel::kOneRtt:
      break;
  }
  return ssl_encryption_application;
}

template <typename T>
std::optional<T> TakeFirst(std::vector<T>& queue) {
  if (queue.empty()) return std::nullopt;
  std::optional<T> first(std::move(queue.front()));
  queue.erase(queue.begin());  // a handful of elements in a handshake
  return first;
}

// What both roles do. BoringSSL calls back into this object only from within its own three calls
// here, and everything that it hands over is queued.
class BoringHandshake : public TlsHandshake, protected TlsHooks {
 public:
  BoringHandshake(SSL_CTX* context, std::string server_name)
      : ssl_(SSL_new(context)), server_name_(std::move(server_name)) {
    if (ssl_ == nullptr) return;  // Start fails
    SSL_set_app_data(ssl_.get(), this);
    SetTlsHooks(ssl_.get(), this);
    SSL_set_quic_method(ssl_.get(), &kQuicMethod);
    SSL_set_quic_use_legacy_codepoint(ssl_.get(), 0);  // RFC 9001 §8.2: 0x39 for versions 1 and 2
    SSL_set_msg_callback(ssl_.get(), OnMessage);
  }

  bool Start(std::span<const std::uint8_t> local_transport_parameters) final {
    if (fault_ != TlsFault::kNone) return false;
    ERR_clear_error();
    if (started_ || ssl_ == nullptr || !Prepare() ||
        SSL_set_quic_transport_params(ssl_.get(), local_transport_parameters.data(),
                                      local_transport_parameters.size()) != 1) {
      return Fail();
    }
    started_ = true;
    return Drive();
  }

  bool HandleBytes(EncryptionLevel level, std::span<const std::uint8_t> bytes) final {
    if (fault_ != TlsFault::kNone) return false;
    if (bytes.empty()) return true;
    if (level != read_level_) {
      // RFC 9001 §4.1.3
      return FailWith(TlsFault::kProtocolViolation, 0,
                      "handshake bytes at a level that is not being read");
    }
    if (ssl_ == nullptr)
      return FailWith(TlsFault::kAlert, SSL_AD_UNEXPECTED_MESSAGE, "unexpected message");
    ERR_clear_error();
    if (SSL_provide_quic_data(ssl_.get(), ToSsl(level), bytes.data(), bytes.size()) != 1) {
      return FailWith(TlsFault::kCryptoBufferExceeded, 0,
                      "more bytes than a handshake message has");
    }
    return Drive();
  }

  EncryptionLevel read_level() const final { return read_level_; }
  std::optional<TrafficSecret> PollSecret() final { return TakeFirst(secrets_); }
  std::optional<CryptoBytes> PollBytes() final { return TakeFirst(bytes_); }

  std::optional<std::span<const std::uint8_t>> peer_transport_parameters() const final {
    return peer_transport_parameters_;
  }
  bool complete() const final { return complete_; }
  bool resumed() const final { return resumed_; }
  EarlyData early_data() const final { return early_data_; }
  std::string_view alpn() const final { return alpn_; }
  std::string_view server_name() const final { return server_name_; }
  TlsFault fault() const final { return fault_; }
  std::uint8_t alert() const final { return alert_; }
  std::string_view error() const final { return error_; }

 protected:
  // What a role needs before its handshake begins. False: failed, with a text in error_ or in
  // BoringSSL's queue.
  virtual bool Prepare() = 0;
  // The handshake has just become complete.
  virtual void OnComplete() {}

  // Those of the other role.
  void OnClientHello(const SSL_CLIENT_HELLO&) override {}
  std::vector<std::uint8_t> SealTicket(std::span<const std::uint8_t>) override { return {}; }
  std::optional<std::vector<std::uint8_t>> OpenTicket(std::span<const std::uint8_t>) override {
    return std::nullopt;
  }
  void OnSession(const SSL_SESSION&) override {}
  void OnVerificationFailed(const char* reason) override {
    error_ = std::string("certificate not accepted: ") + reason;
  }

  SSL* ssl() const { return ssl_.get(); }
  bool started() const { return started_; }
  void set_peer_hello_read() { peer_hello_read_ = true; }
  void set_error(std::string error) { error_ = std::move(error); }
  void FreeSsl() { ssl_.reset(); }

  // Copies what BoringSSL knows by now: the object may be freed before its owner asks.
  void CopyFacts() {
    const std::uint8_t* bytes = nullptr;
    std::size_t length = 0;
    if (!peer_transport_parameters_.has_value()) {
      SSL_get_peer_quic_transport_params(ssl_.get(), &bytes, &length);
      // An empty extension looks like none until the handshake is over, which it cannot be without
      // one.
      if (length > 0 || complete_) peer_transport_parameters_.emplace(bytes, bytes + length);
    }
    if (complete_) resumed_ = SSL_session_reused(ssl_.get()) != 0;
    unsigned alpn_length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &bytes, &alpn_length);
    alpn_.assign(reinterpret_cast<const char*>(bytes), alpn_length);
    if (SSL_is_server(ssl_.get()) != 0) {
      const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
      server_name_ = name != nullptr ? name : "";
    }
  }

 private:
  static const SSL_QUIC_METHOD kQuicMethod;

  static BoringHandshake& From(const SSL* ssl) {
    return *static_cast<BoringHandshake*>(SSL_get_app_data(ssl));
  }

  static int OnReadSecret(SSL* ssl, ssl_encryption_level_t level, const SSL_CIPHER* cipher,
                          const std::uint8_t* secret, std::size_t length) {
    BoringHandshake& self = From(ssl);
    if (level != ssl_encryption_early_data) self.read_level_ = FromSsl(level);
    return self.AddSecret(level, SecretDirection::kRead, cipher, {secret, length});
  }

  static int OnWriteSecret(SSL* ssl, ssl_encryption_level_t level, const SSL_CIPHER* cipher,
                           const std::uint8_t* secret, std::size_t length) {
    return From(ssl).AddSecret(level, SecretDirection::kWrite, cipher, {secret, length});
  }

  static int OnHandshakeData(SSL* ssl, ssl_encryption_level_t ssl_level, const std::uint8_t* data,
                             std::size_t length) {
    std::vector<CryptoBytes>& queue = From(ssl).bytes_;
    const EncryptionLevel level = FromSsl(ssl_level);
    if (queue.empty() || queue.back().level != level) queue.push_back({level, {}});
    queue.back().bytes.insert(queue.back().bytes.end(), data, data + length);
    return 1;
  }

  static int OnFlush(SSL*) { return 1; }

  static int OnAlert(SSL* ssl, ssl_encryption_level_t, std::uint8_t alert) {
    From(ssl).alert_ = alert;
    return 1;
  }

  static void OnMessage(int is_write, int, int content_type, const void* bytes, std::size_t length,
                        SSL* ssl, void*) {
    if (is_write == 0 && content_type == SSL3_RT_HANDSHAKE && length > 0)
      From(ssl).last_message_type_ = *static_cast<const std::uint8_t*>(bytes);
  }

  bool AddSecret(ssl_encryption_level_t level, SecretDirection direction, const SSL_CIPHER* cipher,
                 std::span<const std::uint8_t> secret) {
    const CipherSuite* suite = FindCipherSuite(SSL_CIPHER_get_protocol_id(cipher));
    if (suite == nullptr) return false;
    secrets_.push_back({FromSsl(level), direction, suite, Secret(secret)});
    return true;
  }

  // Lets BoringSSL process what it has.
  bool Drive() {
    if (complete_) return SSL_process_quic_post_handshake(ssl_.get()) == 1 || Fail();
    int result = SSL_do_handshake(ssl_.get());
    if (result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_EARLY_DATA_REJECTED) {
      early_data_ = EarlyData::kRejected;
      SSL_reset_early_data_reject(ssl_.get());
      ERR_clear_error();
      result = SSL_do_handshake(ssl_.get());
    }
    if (result != 1) {
      const int reason = SSL_get_error(ssl_.get(), result);
      if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_X509_LOOKUP) return Fail();
    }
    // With early data BoringSSL returns as soon as there may be some.
    complete_ = result == 1 && SSL_in_early_data(ssl_.get()) == 0;
    CopyEarlyData();
    CopyFacts();
    if (complete_) OnComplete();
    return true;
  }

  void CopyEarlyData() {
    if (early_data_ == EarlyData::kRejected) return;
    if (SSL_early_data_accepted(ssl_.get()) != 0) {
      early_data_ = EarlyData::kAccepted;
    } else if (SSL_in_early_data(ssl_.get()) != 0) {
      early_data_ = EarlyData::kOffered;
    }
  }

  // BoringSSL has refused something; finds out how QUIC reports that.
  bool Fail() {
    const auto error = ERR_peek_error();
    const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    std::string text = std::move(error_);
    if (text.empty()) {
      const char* known = ERR_reason_error_string(error);
      text = known != nullptr ? known : "TLS failed";
    }
    ERR_clear_error();
    // RFC 9001 §8.1: no protocol was agreed on, also when the server named one of its own.
    if (reason == SSL_R_INVALID_ALPN_PROTOCOL) alert_ = SSL_AD_NO_APPLICATION_PROTOCOL;
    if (IsProtocolViolation(reason)) return FailWith(TlsFault::kProtocolViolation, 0, text);
    return FailWith(TlsFault::kAlert, alert_ != 0 ? alert_ : SSL_AD_INTERNAL_ERROR, text);
  }

  // Faults for which RFC 9001 names PROTOCOL_VIOLATION where TLS over TCP would send an alert.
  bool IsProtocolViolation(int reason) const {
    switch (reason) {
      case SSL_R_EXCESS_HANDSHAKE_DATA:          // §4.1.3: bytes left over when keys change
      case SSL_R_UNEXPECTED_COMPATIBILITY_MODE:  // §8.4: legacy_session_id not empty
        return true;
      case SSL_R_UNEXPECTED_MESSAGE:  // §4.4: post-handshake authentication
        return complete_ && last_message_type_ == SSL3_MT_CERTIFICATE_REQUEST;
      case SSL_R_DECODE_ERROR:  // §4.6.1: a ticket whose max_early_data_size is not 0xffffffff
        return complete_ && last_message_type_ == SSL3_MT_NEW_SESSION_TICKET &&
               alert_ == SSL_AD_ILLEGAL_PARAMETER;
      default:
        return false;
    }
  }

  bool FailWith(TlsFault fault, std::uint8_t alert, std::string text) {
    fault_ = fault;
    alert_ = alert;
    error_ = std::move(text);
    return false;
  }

  bssl::UniquePtr<SSL> ssl_;
  bool started_ = false;
  bool peer_hello_read_ = false;
  bool complete_ = false;
  bool resumed_ = false;
  EarlyData early_data_ = EarlyData::kNone;
  EncryptionLevel read_level_ = EncryptionLevel::kInitial;
  std::uint8_t last_message_type_ = 0;
  std::vector<TrafficSecret> secrets_;
  std::vector<CryptoBytes> bytes_;
  std::optional<std::vector<std::uint8_t>> peer_transport_parameters_;
  std::string alpn_;
  std::string server_name_;
  TlsFault fault_ = TlsFault::kNone;
  std::uint8_t alert_ = 0;
  std::string error_;
};

const SSL_QUIC_METHOD BoringHandshake::kQuicMethod = {OnReadSecret, OnWriteSecret, OnHandshakeData,
                                                      OnFlush, OnAlert};

class ClientHandshake final : public BoringHandshake {
 public:
  ClientHandshake(std::shared_ptr<const ClientTlsConfig> config, std::string server_name,
                  const ClientResumption& resumption)
      : BoringHandshake(config->context(), std::move(server_name)), config_(std::move(config)) {
    if (ssl() == nullptr || resumption.session.empty()) return;
    const bssl::UniquePtr<SSL_SESSION> session(SSL_SESSION_from_bytes(
        resumption.session.data(), resumption.session.size(), config_->context()));
    // What cannot be read is no session: the handshake is a full one.
    if (session != nullptr && SSL_set_session(ssl(), session.get()) == 1)
      SSL_set_early_data_enabled(ssl(), resumption.early_data ? 1 : 0);
    ERR_clear_error();
  }

  std::optional<std::vector<std::uint8_t>> PollSession() override { return TakeFirst(sessions_); }

 private:
  // RFC 9001 §4.5: what a server may make us keep until it is polled.
  static constexpr std::size_t kSessionsMax = 4;

  void OnSession(const SSL_SESSION& session) override {
    std::uint8_t* bytes = nullptr;
    std::size_t length = 0;
    if (sessions_.size() >= kSessionsMax || SSL_SESSION_is_resumable(&session) == 0 ||
        SSL_SESSION_to_bytes(&session, &bytes, &length) != 1) {
      return;
    }
    const bssl::UniquePtr<std::uint8_t> own_bytes(bytes);
    sessions_.emplace_back(bytes, bytes + length);
  }

  bool Prepare() override {
    SSL_set_connect_state(ssl());
    const std::string name(server_name());
    X509_VERIFY_PARAM* verify = SSL_get0_param(ssl());
    if (name.empty()) {
      if (config_->verification() == PeerVerification::kInsecure) return true;
      set_error("server_name: none given, so that no certificate could be right");
      return false;
    }
    // RFC 6066 §3: no addresses in SNI. RFC 9110 §4.3.5: the certificate must hold the address.
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, name.c_str()) == 1) return true;
    ERR_clear_error();
    // RFC 9110 §4.3.4: names are found in subjectAltName only, never in the subject.
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(verify, name.data(), name.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl(), name.c_str()) == 1;
  }

  std::shared_ptr<const ClientTlsConfig> config_;
  std::vector<std::vector<std::uint8_t>> sessions_;
};

class ServerHandshake final : public BoringHandshake {
 public:
  explicit ServerHandshake(std::shared_ptr<const ServerTlsConfig> config)
      : BoringHandshake(config->context(), {}), config_(std::move(config)) {
    if (ssl() == nullptr) return;
    SSL_set_accept_state(ssl());
    SSL_set_cert_cb(ssl(), OnCertificateNeeded, this);
  }

  void SetResumptionContext(std::span<const std::uint8_t> ticket,
                            std::span<const std::uint8_t> early_data) override {
    ticket_context_.assign(ticket.begin(), ticket.end());
    early_data_context_.assign(early_data.begin(), early_data.end());
  }

 private:
  // BoringSSL has read the ClientHello and asks for a certificate: the place to wait for Start.
  static int OnCertificateNeeded(SSL*, void* self) {
    ServerHandshake& handshake = *static_cast<ServerHandshake*>(self);
    handshake.set_peer_hello_read();
    return handshake.started() ? 1 : -1;
  }

  bool Prepare() override {
    if (config_->replay_cache() == nullptr) return true;
    SHA256_CTX hash;
    SHA256_Init(&hash);
    for (const auto part :
         {config_->early_data_context(), std::span<const std::uint8_t>(early_data_context_)}) {
      const std::uint64_t size = part.size();
      SHA256_Update(&hash, &size, sizeof(size));
      SHA256_Update(&hash, part.data(), part.size());
    }
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256_Final(digest.data(), &hash);
    return SSL_set_quic_early_data_context(ssl(), digest.data(), digest.size()) == 1;
  }

  void OnComplete() override { FreeSsl(); }

  void OnClientHello(const SSL_CLIENT_HELLO& hello) override {
    const std::uint8_t* extension = nullptr;
    std::size_t length = 0;
    if (SSL_early_callback_ctx_extension_get(&hello, TLSEXT_TYPE_early_data, &extension, &length))
      early_hello_.assign(hello.client_hello, hello.client_hello + hello.client_hello_len);
  }

  std::vector<std::uint8_t> SealTicket(std::span<const std::uint8_t> content) override {
    SystemRandom random;
    return config_->ticket_keys()->Seal(config_->UnixTime(), TicketContext(), content, random);
  }

  std::optional<std::vector<std::uint8_t>> OpenTicket(
      std::span<const std::uint8_t> ticket) override {
    auto content = config_->ticket_keys()->Open(config_->UnixTime(), TicketContext(), ticket);
    // RFC 9001 §9.2, RFC 8446 §8.2: an attempt that is seen again is a handshake without 0-RTT.
    const auto early_hello = std::exchange(early_hello_, {});
    if (content && !early_hello.empty() && config_->replay_cache() != nullptr &&
        !config_->replay_cache()->IsFirst(config_->UnixTime(), early_hello)) {
      SSL_set_early_data_enabled(ssl(), 0);
    }
    return content;
  }

  // RFC 8446 §4.6.1, §4.2.11: another name and another protocol are another server.
  std::vector<std::uint8_t> TicketContext() const {
    const std::uint8_t* alpn = nullptr;
    unsigned alpn_length = 0;
    SSL_get0_alpn_selected(ssl(), &alpn, &alpn_length);
    const char* name = SSL_get_servername(ssl(), TLSEXT_NAMETYPE_host_name);
    const std::string_view server_name = name != nullptr ? name : "";
    std::vector<std::uint8_t> context{static_cast<std::uint8_t>(alpn_length),
                                      static_cast<std::uint8_t>(server_name.size())};
    context.insert(context.end(), alpn, alpn + alpn_length);
    context.insert(context.end(), server_name.begin(), server_name.end());
    context.insert(context.end(), ticket_context_.begin(), ticket_context_.end());
    return context;
  }

  std::shared_ptr<const ServerTlsConfig> config_;
  std::vector<std::uint8_t> ticket_context_;
  std::vector<std::uint8_t> early_data_context_;
  std::vector<std::uint8_t> early_hello_;  // a ClientHello that offers early data
};

}  // namespace

std::unique_ptr<TlsHandshake> NewClientHandshake(std::shared_ptr<const ClientTlsConfig> config,
                                                 std::string server_name,
                                                 const ClientResumption& resumption) {
  return std::make_unique<ClientHandshake>(std::move(config), std::move(server_name), resumption);
}

std::unique_ptr<TlsHandshake> NewServerHandshake(std::shared_ptr<const ServerTlsConfig> config) {
  return std::make_unique<ServerHandshake>(std::move(config));
}

}  // namespace quiesce::crypto
