// The one secret that outlives a process, and the keys that grow from it, so that a restarted
// server resets its former peers, honours the tokens and tickets it gave out and reads its own
// connection IDs. RFC 9000 §10.3.2, §8.1.3; RFC 5869. Reading and writing the file is quic/io's
// part.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace quiesce::quic {

inline constexpr std::size_t kMasterSecretSize = 32;

// Independent keys: RFC 9000 §10.3.2 lets a reset token go public, which must tell nothing about
// connection IDs or address tokens. Wiped on destruction.
struct ServerSecrets {
  std::array<std::uint8_t, 16> cid_key{};              // CidGenerator
  std::array<std::uint8_t, 32> stateless_reset_key{};  // StatelessResetter
  std::array<std::uint8_t, 32> address_token_key{};    // Retry and NEW_TOKEN
  std::array<std::uint8_t, 48> ticket_key{};  // TLS session tickets: name, HMAC and AES key

  ServerSecrets() = default;
  ServerSecrets(const ServerSecrets&) = default;
  ServerSecrets& operator=(const ServerSecrets&) = default;
  ~ServerSecrets();

  // `master` is 32 bytes of secret randomness. The same master always gives the same keys.
  static ServerSecrets Derive(std::span<const std::uint8_t, kMasterSecretSize> master);
};

}  // namespace quiesce::quic
