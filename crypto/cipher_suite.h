// The TLS 1.3 cipher suites that protect packets, one row each. RFC 9001 §5.3, §6.6; RFC 8446 §B.4.
#pragma once

#include <openssl/base.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace quiesce::crypto {

// RFC 9001 §5.4.3, §5.4.4: how the header protection mask is made.
enum class HeaderCipher : std::uint8_t { kAesEcb, kChaCha20 };

inline constexpr std::size_t kAeadTagLength = 16;    // RFC 9001 §5.3
inline constexpr std::size_t kAeadNonceLength = 12;  // RFC 9001 §5.1, RFC 5116 §5

struct CipherSuite {
  std::uint16_t tls_id;
  std::string_view name;
  std::size_t key_length;   // bytes, of the AEAD key and of the header protection key
  std::size_t hash_length;  // bytes, of a traffic secret
  const EVP_AEAD* (*aead)();
  const EVP_MD* (*hash)();
  HeaderCipher header_cipher;
  std::uint64_t confidentiality_limit;  // packets that may be sealed with one key
  std::uint64_t integrity_limit;        // packets that may fail to open in one connection
};

// TLS_AES_128_GCM_SHA256 (also of every Initial packet), TLS_AES_256_GCM_SHA384,
// TLS_CHACHA20_POLY1305_SHA256.
std::span<const CipherSuite> CipherSuites();

// RFC 9001 §5.2: Initial packets use AEAD_AES_128_GCM and SHA-256.
const CipherSuite& InitialCipherSuite();

// The row of a TLS suite number such as 0x1301; nullptr for one that QUIC here does not speak.
const CipherSuite* FindCipherSuite(std::uint16_t tls_id);

}  // namespace quiesce::crypto
