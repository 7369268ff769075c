// Between CRYPTO streams and TLS: feeds handshake bytes in order and at their level, installs the
// keys that come out, and checks the peer's transport parameters. RFC 9001 §4, RFC 9000 §7.3, §7.4.
// Owned by the connection.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/protection_labels.h"
#include "crypto/tls_handshake.h"
#include "quic/base/result.h"
#include "quic/base/types.h"
#include "quic/connection/packet_space.h"
#include "quic/connection/saved_session.h"
#include "quic/wire/frames.h"
#include "quic/wire/transport_parameters.h"

namespace quiesce::quic {

using PacketSpaces = std::array<PacketSpace, kPacketNumberSpaces>;

// The connection IDs that the peer's parameters must repeat. RFC 9000 §7.3.
struct ExpectedCids {
  ConnectionId original_destination;         // of the client's first Initial
  std::optional<ConnectionId> peer_source;   // of the peer's first long header, once known
  std::optional<ConnectionId> retry_source;  // client: of the Retry, if there was one
};

class Handshake {
 public:
  Handshake(std::unique_ptr<crypto::TlsHandshake> tls, Perspective perspective,
            const crypto::ProtectionLabels& labels);

  // Gives TLS our parameters; a client then has CRYPTO bytes to send. Errors: as HandleCrypto.
  [[nodiscard]] Result<void> Start(const TransportParameters& local, Version version,
                                   PacketSpaces& spaces);

  // One CRYPTO frame of a space. Errors: CRYPTO_ERROR with the TLS alert; CRYPTO_BUFFER_EXCEEDED;
  // PROTOCOL_VIOLATION for bytes at a level that is over (RFC 9001 §4.1.3).
  [[nodiscard]] Result<void> HandleCrypto(PacketNumberSpace space, const CryptoFrame& frame,
                                          PacketSpaces& spaces);

  // The peer's parameters, decoded and checked, once, as soon as TLS has them.
  // Errors: TRANSPORT_PARAMETER_ERROR.
  [[nodiscard]] Result<std::optional<TransportParameters>> TakePeerParameters(
      const ExpectedCids& expected);

  // Client: a session that can be resumed, if one has come, with what must be remembered for it. A
  // server that sends many is not listened to for ever.
  std::optional<SavedSession> PollSession(Version version);

  bool complete() const { return tls_->complete(); }
  bool resumed() const { return tls_->resumed(); }
  std::string_view alpn() const { return tls_->alpn(); }
  std::string_view server_name() const { return tls_->server_name(); }
  // What TLS says about its failure, for people; empty if it did not fail.
  std::string_view error() const { return tls_->error(); }

 private:
  Result<void> FeedTls(PacketSpaces& spaces);
  Result<void> CheckLowerLevels(PacketSpaces& spaces) const;
  void CollectOutput(PacketSpaces& spaces);
  Error TlsError() const;

  std::unique_ptr<crypto::TlsHandshake> tls_;
  Perspective perspective_;
  const crypto::ProtectionLabels& labels_;
  bool peer_parameters_taken_ = false;
  int sessions_ = 0;                      // handed out
  std::vector<std::uint8_t> remembered_;  // client: of the server's parameters, for SavedSession
};

}  // namespace quiesce::quic
