// Authenticated encryption in place, with a nonce made of an IV and a packet number. RFC 9001 §5.3.
#pragma once

#include <openssl/aead.h>
#include <openssl/base.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/cipher_suite.h"
#include "crypto/secret.h"

namespace quiesce::crypto {

// One key and IV. The key is expanded once; sealing and opening allocate nothing.
class Aead {
 public:
  // `key` is suite.key_length bytes, `iv` kAeadNonceLength.
  Aead(const CipherSuite& suite, std::span<const std::uint8_t> key,
       std::span<const std::uint8_t> iv);
  Aead(Aead&&) = default;
  Aead& operator=(Aead&&) = default;

  // Encrypts all but the last 16 bytes of `bytes` in place and writes the tag into these 16.
  // Returns false, with `bytes` undefined, when there is no room for a tag.
  [[nodiscard]] bool Seal(std::uint64_t packet_number,
                          std::span<const std::uint8_t> associated_data,
                          std::span<std::uint8_t> bytes) const;

  // Decrypts `bytes`, ciphertext and tag, in place. Returns the length of the plaintext, which
  // stands at the front; nullopt when the tag does not fit: then the front is overwritten with
  // zeros, and the last 16 bytes are untouched, so that a stateless reset token can still be found
  // there (RFC 9000 §10.3.1).
  [[nodiscard]] std::optional<std::size_t> Open(std::uint64_t packet_number,
                                                std::span<const std::uint8_t> associated_data,
                                                std::span<std::uint8_t> bytes) const;

 private:
  bssl::UniquePtr<EVP_AEAD_CTX> context_;
  Secret iv_;
};

}  // namespace quiesce::crypto
