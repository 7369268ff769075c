// The one secret that outlives a process, and the keys that grow from it, so that a restarted
// server resets its former peers, honours the tokens and tickets it gave out and reads its own
// connection IDs. RFC 9000 §10.3.2, §8.1.3; RFC 5869. Reading and writing the file is quic/io's
// part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/secret.h"

namespace quiesce::quic {

inline constexpr std::size_t kMasterSecretSize = 32;

// Independent keys: RFC 9000 §10.3.2 lets a reset token go public, which must tell nothing about
// connection IDs or address tokens.
struct ServerSecrets {
  crypto::Secret cid_key;              // 16 bytes: CidGenerator
  crypto::Secret stateless_reset_key;  // 32 bytes: StatelessResetter
  crypto::Secret address_token_key;    // 32 bytes: Retry and NEW_TOKEN
  crypto::Secret ticket_key;           // 48 bytes: TLS session tickets: name, HMAC key, AES key

  // `master` is secret randomness. The same master always gives the same keys.
  static ServerSecrets Derive(std::span<const std::uint8_t, kMasterSecretSize> master);
};

}  // namespace quiesce::quic
