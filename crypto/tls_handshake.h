// TLS 1.3 without sockets and without records: handshake bytes in, handshake bytes and secrets out,
// per encryption level. One object per connection, owned by its handshake part. RFC 9001 §4.
//
//   if (!tls->Start(parameters)) close(...);
//   while (CRYPTO bytes arrive) {
//     if (!tls->HandleBytes(level, bytes)) { close with tls->fault(), tls->alert(); break; }
//     while (auto secret = tls->PollSecret()) install(*secret);
//     while (auto crypto = tls->PollBytes()) send(*crypto);
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/cipher_suite.h"
#include "crypto/encryption_level.h"
#include "crypto/secret.h"
#include "crypto/tls_config.h"

namespace quiesce::crypto {

enum class SecretDirection : std::uint8_t { kRead, kWrite };

// Handshake bytes to send, to be appended to the CRYPTO stream of `level`.
struct CryptoBytes {
  EncryptionLevel level = EncryptionLevel::kInitial;
  std::vector<std::uint8_t> bytes;
};

// A level has become readable or writable; `suite` is a row of a table.
struct TrafficSecret {
  EncryptionLevel level = EncryptionLevel::kInitial;
  SecretDirection direction = SecretDirection::kRead;
  const CipherSuite* suite = nullptr;
  Secret secret;
};

// How a failed handshake is to be reported to the peer.
enum class TlsFault : std::uint8_t {
  kNone,
  kAlert,                 // 0x0100 + alert(), RFC 9001 §4.8
  kProtocolViolation,     // RFC 9001 §4.1.3, §4.4, §4.6.1, §8.4
  kCryptoBufferExceeded,  // RFC 9000 §7.5: more bytes than any handshake message may have
};

// Where 0-RTT stands. RFC 8446 §4.2.10, RFC 9001 §4.6.
enum class EarlyData : std::uint8_t {
  kNone,      // not offered, or not known yet (server)
  kOffered,   // client: may be sent, the answer is open
  kAccepted,  // the server reads it
  kRejected,  // the server has not read it, and will not
};

class TlsHandshake {
 public:
  virtual ~TlsHandshake() = default;

  // Server, before Start: a ticket is good only where `ticket` is the same as where it was given
  // out (the version of QUIC, RFC 9369 §5), and for 0-RTT only where `early_data` is, too (what a
  // client remembers of our transport parameters, RFC 9000 §7.4.1). A stand-in without resumption
  // needs not override this, nor the three below.
  virtual void SetResumptionContext(std::span<const std::uint8_t> /*ticket*/,
                                    std::span<const std::uint8_t> /*early_data*/) {}
  // Whether an earlier session was resumed: no certificate was sent. RFC 9001 §4.5.
  virtual bool resumed() const { return false; }
  virtual EarlyData early_data() const { return EarlyData::kNone; }
  // Client: a session to resume with, for NewClientHandshake, once; it holds secrets. Sessions come
  // after complete(), when the server sends tickets.
  virtual std::optional<std::vector<std::uint8_t>> PollSession() { return std::nullopt; }

  // Gives the transport parameters that this side sends, encoded, and lets the handshake begin;
  // once. A client has bytes to send afterwards. A server may call it late: HandleBytes then stops
  // after the ClientHello, peer_transport_parameters() can be read, and Start resumes, so that the
  // answer can depend on what the client offered (RFC 9368 §4). False: failed, as for HandleBytes.
  [[nodiscard]] virtual bool Start(std::span<const std::uint8_t> local_transport_parameters) = 0;

  // Takes CRYPTO bytes of a level, in order and each once; at any time, also after completion.
  // `level` is read_level(): earlier levels are over, so new bytes there are a fault, and bytes of
  // later levels wait outside until their secret has been polled (RFC 9001 §4.1.3). False: failed,
  // for good.
  [[nodiscard]] virtual bool HandleBytes(EncryptionLevel level,
                                         std::span<const std::uint8_t> bytes) = 0;

  // The level of the bytes that TLS reads now: kInitial, then kHandshake, then kOneRtt.
  virtual EncryptionLevel read_level() const = 0;

  // What became available, oldest first. A level's write secret comes before its read secret and
  // before any bytes of that level, so poll all secrets, then all bytes. Also worth polling after a
  // failure: an alert is best sent at the highest level that the peer can read.
  virtual std::optional<TrafficSecret> PollSecret() = 0;
  virtual std::optional<CryptoBytes> PollBytes() = 0;

  // The peer's extension 0x39, encoded; nullopt until it has been read. Not authenticated before
  // complete() (RFC 9001 §8.2). The same object until destruction.
  virtual std::optional<std::span<const std::uint8_t>> peer_transport_parameters() const = 0;

  // RFC 9001 §4.1.1: our Finished sent, the peer's verified.
  virtual bool complete() const = 0;

  // The protocol agreed on, e.g. "h3"; empty before the peer has named it.
  virtual std::string_view alpn() const = 0;
  // The name that the client asked for (SNI); on a client the name given to it. Empty if none.
  virtual std::string_view server_name() const = 0;

  // After a failure: how to report it, which alert (RFC 8446 §6), and a text for people. An alert
  // of 0 means that fault() is not kAlert.
  virtual TlsFault fault() const = 0;
  virtual std::uint8_t alert() const = 0;
  virtual std::string_view error() const = 0;
};

// What a client resumes. RFC 9001 §4.5, §4.6.
struct ClientResumption {
  std::vector<std::uint8_t> session;  // from PollSession; empty, damaged or outdated = none
  bool early_data = false;            // offer 0-RTT, if the session allows it
};

// `server_name` is a DNS name, or an IP address in text form without brackets (which is not sent as
// SNI, RFC 6066 §3); the certificate must be for it. Empty is accepted by an insecure config only:
// else Start fails.
std::unique_ptr<TlsHandshake> NewClientHandshake(std::shared_ptr<const ClientTlsConfig> config,
                                                 std::string server_name,
                                                 const ClientResumption& resumption = {});

// Frees what BoringSSL holds (about 3 KiB) as soon as the handshake is complete and the ticket
// written: a client has nothing to say to TLS after that, and whatever it says is answered with
// unexpected_message (RFC 9001 §6).
std::unique_ptr<TlsHandshake> NewServerHandshake(std::shared_ptr<const ServerTlsConfig> config);

}  // namespace quiesce::crypto
