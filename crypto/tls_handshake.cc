#include "crypto/tls_handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

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
class BoringHandshake : public TlsHandshake {
 public:
  BoringHandshake(SSL_CTX* context, std::string server_name)
      : ssl_(SSL_new(context)), server_name_(std::move(server_name)) {
    if (ssl_ == nullptr) return;  // Start fails
    SSL_set_app_data(ssl_.get(), this);
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
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) {
      const int reason = SSL_get_error(ssl_.get(), result);
      if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_X509_LOOKUP) return Fail();
    }
    complete_ = result == 1;
    CopyFacts();
    if (complete_) OnComplete();
    return true;
  }

  // BoringSSL has refused something; finds out how QUIC reports that.
  bool Fail() {
    const auto error = ERR_peek_error();
    const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    std::string text = std::move(error_);
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
      text = "certificate not accepted: ";
      text += X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
    } else if (text.empty()) {
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
  ClientHandshake(std::shared_ptr<const ClientTlsConfig> config, std::string server_name)
      : BoringHandshake(config->context(), std::move(server_name)), config_(std::move(config)) {}

 private:
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
};

class ServerHandshake final : public BoringHandshake {
 public:
  explicit ServerHandshake(std::shared_ptr<const ServerTlsConfig> config)
      : BoringHandshake(config->context(), {}), config_(std::move(config)) {
    if (ssl() == nullptr) return;
    SSL_set_accept_state(ssl());
    SSL_set_cert_cb(ssl(), OnClientHello, this);
  }

 private:
  // BoringSSL has read the ClientHello and asks for a certificate: the place to wait for Start.
  static int OnClientHello(SSL*, void* self) {
    ServerHandshake& handshake = *static_cast<ServerHandshake*>(self);
    handshake.set_peer_hello_read();
    return handshake.started() ? 1 : -1;
  }

  bool Prepare() override { return true; }

  void OnComplete() override { FreeSsl(); }

  std::shared_ptr<const ServerTlsConfig> config_;
};

}  // namespace

std::unique_ptr<TlsHandshake> NewClientHandshake(std::shared_ptr<const ClientTlsConfig> config,
                                                 std::string server_name) {
  return std::make_unique<ClientHandshake>(std::move(config), std::move(server_name));
}

std::unique_ptr<TlsHandshake> NewServerHandshake(std::shared_ptr<const ServerTlsConfig> config) {
  return std::make_unique<ServerHandshake>(std::move(config));
}

}  // namespace quiesce::crypto
