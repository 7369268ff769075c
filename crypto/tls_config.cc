#include "crypto/tls_config.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "crypto/random.h"

namespace quiesce::crypto {
namespace {

// What BoringSSL said last, for an error text.
std::string LastError() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

bssl::UniquePtr<BIO> OpenPem(const std::string& pem) {
  return bssl::UniquePtr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// RFC 7301 §3.1: ProtocolNameList without its outer length. nullopt, with `error` set, when a name
// cannot be encoded or there is none: RFC 9001 §8.1 wants ALPN always.
std::optional<std::string> EncodeAlpn(const std::vector<std::string>& protocols,
                                      std::string* error) {
  std::string list;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      *error = "alpn: a protocol name has 1 to 255 bytes";
      return std::nullopt;
    }
    list.push_back(static_cast<char>(protocol.size()));
    list += protocol;
  }
  if (list.empty() || list.size() > 0xffff) {
    *error = list.empty() ? "alpn: no protocol given" : "alpn: too many protocols";
    return std::nullopt;
  }
  return list;
}

int HooksIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

TlsHooks& HooksOf(const SSL* ssl) {
  return *static_cast<TlsHooks*>(SSL_get_ex_data(ssl, HooksIndex()));
}

// What both roles have in common.
bssl::UniquePtr<SSL_CTX> NewContext(const SSL_METHOD* method, KeyLog* key_log) {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(method));
  if (context == nullptr) return nullptr;
  constexpr int kGroups[] = {
#ifdef NID_X25519MLKEM768
      NID_X25519MLKEM768,
#endif
      NID_X25519, NID_X9_62_prime256v1};
  // RFC 9001 §4.2: no version below 1.3.
  if (SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set1_curves(context.get(), kGroups, std::size(kGroups)) != 1) {
    return nullptr;
  }
  // Sessions live in tickets, and their owners keep those.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (key_log != nullptr) {
    SSL_CTX_set_app_data(context.get(), key_log);
    SSL_CTX_set_keylog_callback(context.get(), [](const SSL* ssl, const char* line) {
      static_cast<KeyLog*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->OnLine(line);
    });
  }
  return context;
}

// Every CERTIFICATE block, in order; other blocks, such as a key in the same file, are passed over.
// With `skip_damaged` unreadable ones are too, otherwise they fail the whole. nullopt sets `error`.
std::optional<std::vector<bssl::UniquePtr<X509>>> ReadCertificates(const PemSource& source,
                                                                   bool skip_damaged,
                                                                   std::string* error) {
  const std::optional<std::string> pem = source.Read(error);
  if (!pem.has_value()) return std::nullopt;
  const bssl::UniquePtr<BIO> bio = OpenPem(*pem);
  std::vector<bssl::UniquePtr<X509>> certificates;
  int position = 0;
  for (;;) {
    char* name = nullptr;
    char* header = nullptr;
    std::uint8_t* der = nullptr;
    long length = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &der, &length) != 1) break;
    const bssl::UniquePtr<char> own_name(name), own_header(header);
    const bssl::UniquePtr<std::uint8_t> own_der(der);
    if (std::string_view(name) != PEM_STRING_X509) continue;
    ++position;
    const std::uint8_t* cursor = der;
    bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &cursor, length));
    if (certificate != nullptr) {
      certificates.push_back(std::move(certificate));
    } else if (!skip_damaged) {
      *error = source.name() + ": certificate " + std::to_string(position) +
               " is damaged: " + LastError();
      return std::nullopt;
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = LastError();
  if (!at_end && !skip_damaged) {
    *error = source.name() + ": PEM block is damaged: " + reason;
    return std::nullopt;
  }
  if (certificates.empty()) {
    *error = source.name() + ": no certificate found (expected -----BEGIN CERTIFICATE-----)";
    return std::nullopt;
  }
  return certificates;
}

bssl::UniquePtr<EVP_PKEY> ReadPrivateKey(const PemSource& source, std::string* error) {
  std::optional<std::string> pem = source.Read(error);
  if (!pem.has_value()) return nullptr;
  const bool found = pem->find("PRIVATE KEY-----") != std::string::npos;
  const bool encrypted = pem->find("ENCRYPTED") != std::string::npos;
  bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(
      OpenPem(*pem).get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
  OPENSSL_cleanse(pem->data(), pem->size());
  const std::string reason = LastError();
  if (key == nullptr) {
    *error =
        source.name() + (!found ? ": no private key found (expected -----BEGIN PRIVATE KEY-----)"
                         : encrypted ? ": the private key is encrypted; give it unencrypted"
                                     : ": the private key is damaged: " + reason);
  }
  return key;
}

// Hands chain and key to `context`; false sets `error`.
bool UseCertificates(SSL_CTX* context, const std::vector<bssl::UniquePtr<X509>>& chain,
                     EVP_PKEY* key, const ServerTlsOptions& options, std::string* error) {
  if (X509_check_private_key(chain[0].get(), key) != 1) {
    ERR_clear_error();
    *error = options.private_key.name() +
             ": the private key does not belong to the first certificate in " +
             options.certificate_chain.name();
    return false;
  }
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> buffers;
  std::vector<CRYPTO_BUFFER*> pointers;
  for (const auto& certificate : chain) {
    std::uint8_t* der = nullptr;
    const int length = i2d_X509(certificate.get(), &der);
    if (length <= 0) break;
    const bssl::UniquePtr<std::uint8_t> own_der(der);
    buffers.emplace_back(CRYPTO_BUFFER_new(der, static_cast<std::size_t>(length), nullptr));
    pointers.push_back(buffers.back().get());
  }
  if (pointers.size() == chain.size() &&
      SSL_CTX_set_chain_and_key(context, pointers.data(), pointers.size(), key, nullptr) == 1) {
    return true;
  }
  *error = options.certificate_chain.name() + ": cannot be used: " + LastError();
  return false;
}

int SelectAlpnCallback(SSL*, const std::uint8_t** out, std::uint8_t* out_length,
                       const std::uint8_t* offered, unsigned offered_length, void* config) {
  const std::string_view selected = static_cast<const ServerTlsConfig*>(config)->SelectAlpn(
      {reinterpret_cast<const char*>(offered), offered_length});
  if (selected.empty()) return SSL_TLSEXT_ERR_ALERT_FATAL;  // sent as no_application_protocol
  *out = reinterpret_cast<const std::uint8_t*>(selected.data());
  *out_length = static_cast<std::uint8_t>(selected.size());
  return SSL_TLSEXT_ERR_OK;
}

ssl_select_cert_result_t ClientHelloCallback(const SSL_CLIENT_HELLO* hello) {
  HooksOf(hello->ssl).OnClientHello(*hello);
  return ssl_select_cert_success;
}

int SealCallback(SSL* ssl, std::uint8_t* out, std::size_t* out_length, std::size_t out_max,
                 const std::uint8_t* in, std::size_t length) {
  const std::vector<std::uint8_t> ticket = HooksOf(ssl).SealTicket({in, length});
  if (ticket.size() > out_max) return 0;
  std::ranges::copy(ticket, out);
  *out_length = ticket.size();
  return 1;
}

ssl_ticket_aead_result_t OpenCallback(SSL* ssl, std::uint8_t* out, std::size_t* out_length,
                                      std::size_t out_max, const std::uint8_t* in,
                                      std::size_t length) {
  const auto content = HooksOf(ssl).OpenTicket({in, length});
  // Somebody else's ticket, or an old one: a full handshake follows.
  if (!content || content->size() > out_max) return ssl_ticket_aead_ignore_ticket;
  std::ranges::copy(*content, out);
  *out_length = content->size();
  return ssl_ticket_aead_success;
}

constexpr SSL_TICKET_AEAD_METHOD kTicketMethod = {[](SSL*) { return TicketKeys::kOverhead; },
                                                  SealCallback, OpenCallback};

// The trusted certificates of this machine.
std::optional<PemSource> SystemRoots(std::string* error) {
  if (const char* path = std::getenv("SSL_CERT_FILE"); path != nullptr && *path != '\0')
    return PemSource::File(path);
  static constexpr const char* kBundles[] = {
      "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch, Alpine
      "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // newer RHEL
      "/etc/ssl/ca-bundle.pem",                             // openSUSE
      "/etc/ssl/cert.pem",                                  // the BSDs, macOS
  };
  for (const char* path : kBundles) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return PemSource::File(path);
  }
  *error = "no certificate bundle of the operating system found; set SSL_CERT_FILE or give roots";
  return std::nullopt;
}

// The peer's certificate against the trusted ones of its context, and on a client against the
// server's name. Also asked about a session that is resumed, before anything is sent in it: its
// certificate may have run out by then, or have been accepted by somebody who asked for less.
ssl_verify_result_t VerifyCallback(SSL* ssl, std::uint8_t* alert) {
  const STACK_OF(CRYPTO_BUFFER)* presented = SSL_get0_peer_certificates(ssl);
  const bssl::UniquePtr<STACK_OF(X509)> chain(sk_X509_new_null());
  bssl::UniquePtr<X509> leaf;
  const std::size_t count = presented != nullptr ? sk_CRYPTO_BUFFER_num(presented) : 0;
  for (std::size_t i = 0; i < count; ++i) {
    bssl::UniquePtr<X509> each(X509_parse_from_buffer(sk_CRYPTO_BUFFER_value(presented, i)));
    if (each == nullptr) break;
    if (i == 0) leaf = bssl::UpRef(each);
    if (!bssl::PushToStack(chain.get(), std::move(each))) break;
  }
  const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  *alert = SSL_AD_DECODE_ERROR;
  if (leaf == nullptr || sk_X509_num(chain.get()) != count || context == nullptr ||
      X509_STORE_CTX_init(context.get(), SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), leaf.get(),
                          chain.get()) != 1 ||
      X509_STORE_CTX_set_default(context.get(), "ssl_server") != 1 ||
      X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(context.get()), SSL_get0_param(ssl)) != 1) {
    ERR_clear_error();
    HooksOf(ssl).OnVerificationFailed("it cannot be read");
    return ssl_verify_invalid;
  }
  if (X509_verify_cert(context.get()) == 1) return ssl_verify_ok;
  const int result = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  *alert = static_cast<std::uint8_t>(SSL_alert_from_verify_result(result));
  HooksOf(ssl).OnVerificationFailed(X509_verify_cert_error_string(result));
  return ssl_verify_invalid;
}

// Makes `context` trust the roots that `options` name; false sets `error`.
bool UseRoots(SSL_CTX* context, const ClientTlsOptions& options, std::string* error) {
  const bool system = options.verification == PeerVerification::kSystemRoots;
  if (!system && !options.roots.given()) {
    *error = "roots: none given";
    return false;
  }
  const std::optional<PemSource> source = system ? SystemRoots(error) : options.roots;
  if (!source.has_value()) return false;
  // One certificate that this library cannot read does not take the whole system's trust away.
  const auto roots = ReadCertificates(*source, /*skip_damaged=*/system, error);
  if (!roots.has_value()) return false;
  for (const auto& root : *roots) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) != 1 &&
        ERR_GET_REASON(ERR_peek_last_error()) != X509_R_CERT_ALREADY_IN_HASH_TABLE) {
      *error = source->name() + ": cannot be used: " + LastError();
      return false;
    }
  }
  ERR_clear_error();
  SSL_CTX_set_custom_verify(context, SSL_VERIFY_PEER, VerifyCallback);
  SSL_CTX_set_reverify_on_resume(context, 1);
  return true;
}

int SessionCallback(SSL* ssl, SSL_SESSION* session) {
  HooksOf(ssl).OnSession(*session);
  return 0;  // not kept
}

}  // namespace

void SetTlsHooks(SSL* ssl, TlsHooks* hooks) { SSL_set_ex_data(ssl, HooksIndex(), hooks); }

ServerTlsConfig::ServerTlsConfig() = default;
ServerTlsConfig::~ServerTlsConfig() = default;

std::shared_ptr<const ServerTlsConfig> ServerTlsConfig::Create(const ServerTlsOptions& options,
                                                               std::string* error) {
  if (!options.certificate_chain.given() || !options.private_key.given()) {
    *error = "certificate_chain and private_key: both are needed";
    return nullptr;
  }
  if (!EncodeAlpn(options.alpn, error).has_value()) return nullptr;
  const auto chain = ReadCertificates(options.certificate_chain, /*skip_damaged=*/false, error);
  if (!chain.has_value()) return nullptr;
  const bssl::UniquePtr<EVP_PKEY> key = ReadPrivateKey(options.private_key, error);
  if (key == nullptr) return nullptr;

  std::shared_ptr<ServerTlsConfig> config(new ServerTlsConfig);
  // Certificates stay bytes: an X509 object per connection would cost about 100 allocations.
  config->context_ = NewContext(TLS_with_buffers_method(), options.key_log);
  if (config->context_ == nullptr) {
    *error = "TLS cannot be set up: " + LastError();
    return nullptr;
  }
  if (!UseCertificates(config->context_.get(), *chain, key.get(), options, error)) return nullptr;
  config->alpn_ = options.alpn;
  SSL_CTX_set_alpn_select_cb(config->context_.get(), SelectAlpnCallback, config.get());
  config->unix_time_s_ = options.unix_time_s;
  if (!config->EnableTickets(options, error)) return nullptr;
  return config;
}

bool ServerTlsConfig::EnableTickets(const ServerTlsOptions& options, std::string* error) {
  SSL_CTX* context = context_.get();
  if (options.ticket_key.empty()) {
    if (options.early_data) {
      *error = "early_data: needs a ticket_key, for it begins with a ticket";
      return false;
    }
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    return true;
  }
  constexpr std::int64_t kWeek = 7 * 24 * 3600;
  if (options.ticket_key.size() < 32 || options.ticket_lifetime_s < 1 ||
      options.ticket_lifetime_s > kWeek) {
    *error = options.ticket_key.size() < 32 ? "ticket_key: has at least 32 bytes"
                                            : "ticket_lifetime_s: from 1 second to 7 days";
    return false;
  }
  if (!unix_time_s_) {
    *error = "unix_time_s: the age of tickets needs a clock";
    return false;
  }
  ticket_keys_.emplace(options.ticket_key, options.ticket_lifetime_s);
  SSL_CTX_set_session_psk_dhe_timeout(context,
                                      static_cast<std::uint32_t>(options.ticket_lifetime_s));
  // A client resumes with each ticket once (RFC 8446 C.4), and has the next one by then.
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_ticket_aead_method(context, &kTicketMethod);
  SSL_CTX_set_select_certificate_cb(context, ClientHelloCallback);
  if (!options.early_data) return true;
  replay_cache_ = std::make_unique<ReplayCache>(options.early_data_attempts_max);
  SSL_CTX_set_early_data_enabled(context, 1);
  early_data_context_.resize(16);
  SystemRandom().FillSecret(early_data_context_);
  early_data_context_.insert(early_data_context_.end(), options.early_data_context.begin(),
                             options.early_data_context.end());
  return true;
}

std::string_view ServerTlsConfig::SelectAlpn(std::string_view offered) const {
  for (const std::string& ours : alpn_) {
    for (std::string_view rest = offered; !rest.empty();) {
      const std::size_t length = static_cast<std::uint8_t>(rest[0]);
      rest.remove_prefix(1);
      if (length > rest.size()) break;
      if (rest.substr(0, length) == ours) return ours;
      rest.remove_prefix(length);
    }
  }
  return {};
}

ClientTlsConfig::ClientTlsConfig() = default;
ClientTlsConfig::~ClientTlsConfig() = default;

std::shared_ptr<const ClientTlsConfig> ClientTlsConfig::Create(const ClientTlsOptions& options,
                                                               std::string* error) {
  const std::optional<std::string> alpn = EncodeAlpn(options.alpn, error);
  if (!alpn.has_value()) return nullptr;
  std::shared_ptr<ClientTlsConfig> config(new ClientTlsConfig);
  config->verification_ = options.verification;
  config->context_ = NewContext(TLS_method(), options.key_log);
  // SSL_CTX_set_alpn_protos returns zero on success.
  if (config->context_ == nullptr ||
      SSL_CTX_set_alpn_protos(config->context_.get(),
                              reinterpret_cast<const std::uint8_t*>(alpn->data()),
                              static_cast<unsigned>(alpn->size())) != 0) {
    *error = "TLS cannot be set up: " + LastError();
    return nullptr;
  }
  // For the callback that hands over a new session; BoringSSL itself keeps none.
  SSL_CTX_set_session_cache_mode(config->context_.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(config->context_.get(), SessionCallback);
  if (options.verification != PeerVerification::kInsecure &&
      !UseRoots(config->context_.get(), options, error)) {
    return nullptr;
  }
  return config;
}

}  // namespace quiesce::crypto
