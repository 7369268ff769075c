// What all handshakes of one server or one client have in common: certificates, application
// protocols, whom to trust. Immutable once made. RFC 9001 §4.2, §4.4, §8.1.
//
// A config may be shared by threads, unless it takes early data. BoringSSL counts references to it
// per handshake, so a process with many shards gives each shard a config of its own.
#pragma once

#include <openssl/base.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key_log.h"
#include "crypto/pem_source.h"
#include "crypto/replay_cache.h"
#include "crypto/secret.h"
#include "crypto/ticket_keys.h"

namespace quiesce::crypto {

// What BoringSSL asks of a handshake, or tells it, while it runs. For tls_handshake alone.
class TlsHooks {
 public:
  virtual ~TlsHooks() = default;
  // Server.
  virtual void OnClientHello(const SSL_CLIENT_HELLO& hello) = 0;
  virtual std::vector<std::uint8_t> SealTicket(std::span<const std::uint8_t> content) = 0;
  virtual std::optional<std::vector<std::uint8_t>> OpenTicket(
      std::span<const std::uint8_t> ticket) = 0;
  // Client: a session that can be resumed.
  virtual void OnSession(const SSL_SESSION& session) = 0;
  // The peer's certificate is not accepted; `reason` is a literal for people.
  virtual void OnVerificationFailed(const char* reason) = 0;
};

// Where the hooks of a handshake are found.
void SetTlsHooks(SSL* ssl, TlsHooks* hooks);

struct ServerTlsOptions {
  PemSource certificate_chain;    // leaf first, then intermediates; the root may be left out
  PemSource private_key;          // of the leaf, not encrypted
  std::vector<std::string> alpn;  // at least one, most preferred first, 1 to 255 bytes each
  KeyLog* key_log = nullptr;      // outlives every handshake

  // Session tickets are sealed with keys grown from this, 32 bytes or more; empty = none are given
  // out and none taken. Processes that share it resume each other's sessions. RFC 8446 §4.6.1.
  Secret ticket_key;
  // How long a ticket is good for, in seconds: at most 7 days (RFC 8446 §4.6.1). Its keys rotate as
  // often.
  std::int64_t ticket_lifetime_s = 24 * 3600;
  // Take 0-RTT. An attacker can play it again, here once, elsewhere as often as there are servers
  // that share `ticket_key` and do not know this one's record: so it is taken only with tickets
  // that this very config has given out. RFC 8446 §8, RFC 9001 §9.2.
  bool early_data = false;
  // 0-RTT attempts remembered for two minutes; beyond, they are not taken.
  std::size_t early_data_attempts_max = 16 * 1024;
  // What the application's early data relies on; 0-RTT is taken only if it was the same when the
  // ticket was given out. HTTP/3: its SETTINGS. RFC 9001 §4.6.1.
  std::string early_data_context;
  // Seconds since 1970; needed with a ticket_key.
  std::function<std::int64_t()> unix_time_s;
};

// One thread uses a config with early_data: it keeps the record of attempts.
class ServerTlsConfig {
 public:
  ~ServerTlsConfig();

  // nullptr when the options do not work together; `error` then says for people which file or
  // field, and what is wrong with it.
  static std::shared_ptr<const ServerTlsConfig> Create(const ServerTlsOptions& options,
                                                       std::string* error);

  // The first of our protocols that is in `offered`, a ProtocolNameList (RFC 7301 §3.1) without its
  // outer length; empty when none is.
  std::string_view SelectAlpn(std::string_view offered) const;

  SSL_CTX* context() const { return context_.get(); }
  // Null when there are no tickets.
  const TicketKeys* ticket_keys() const { return ticket_keys_ ? &*ticket_keys_ : nullptr; }
  // Null when early data is not taken.
  ReplayCache* replay_cache() const { return replay_cache_.get(); }
  // Of this config and no other, with what the application gave.
  std::span<const std::uint8_t> early_data_context() const { return early_data_context_; }
  std::int64_t UnixTime() const { return unix_time_s_(); }

 private:
  ServerTlsConfig();

  bool EnableTickets(const ServerTlsOptions& options, std::string* error);

  bssl::UniquePtr<SSL_CTX> context_;
  std::vector<std::string> alpn_;
  std::optional<TicketKeys> ticket_keys_;
  std::unique_ptr<ReplayCache> replay_cache_;
  std::vector<std::uint8_t> early_data_context_;
  std::function<std::int64_t()> unix_time_s_;
};

// RFC 9001 §4.4: a client MUST authenticate the server. Not doing so is a choice that is spelled
// out.
enum class PeerVerification : std::uint8_t {
  kSystemRoots,  // $SSL_CERT_FILE, else the certificate bundle of the operating system
  kGivenRoots,   // ClientTlsOptions::roots and nothing else
  kInsecure,     // anybody who answers is believed
};

struct ClientTlsOptions {
  PeerVerification verification = PeerVerification::kSystemRoots;
  PemSource roots;                // for kGivenRoots: trusted certificates, one or more
  std::vector<std::string> alpn;  // at least one, most preferred first, 1 to 255 bytes each
  KeyLog* key_log = nullptr;      // outlives every handshake
};

class ClientTlsConfig {
 public:
  ~ClientTlsConfig();

  // As ServerTlsConfig::Create.
  static std::shared_ptr<const ClientTlsConfig> Create(const ClientTlsOptions& options,
                                                       std::string* error);

  PeerVerification verification() const { return verification_; }
  SSL_CTX* context() const { return context_.get(); }

 private:
  ClientTlsConfig();

  bssl::UniquePtr<SSL_CTX> context_;
  PeerVerification verification_ = PeerVerification::kSystemRoots;
};

}  // namespace quiesce::crypto
