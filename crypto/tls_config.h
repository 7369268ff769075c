// What all handshakes of one server or one client have in common: certificates, application
// protocols, whom to trust. Immutable once made. RFC 9001 §4.2, §4.4, §8.1.
//
// A config may be shared by threads. BoringSSL counts references to it per handshake, so a process
// with many shards gives each shard a config of its own.
#pragma once

#include <openssl/base.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key_log.h"
#include "crypto/pem_source.h"

namespace quiesce::crypto {

struct ServerTlsOptions {
  PemSource certificate_chain;    // leaf first, then intermediates; the root may be left out
  PemSource private_key;          // of the leaf, not encrypted
  std::vector<std::string> alpn;  // at least one, most preferred first, 1 to 255 bytes each
  KeyLog* key_log = nullptr;      // outlives every handshake
};

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

 private:
  ServerTlsConfig();

  bssl::UniquePtr<SSL_CTX> context_;
  std::vector<std::string> alpn_;
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
