#include "crypto/cipher_suite.h"

#include <openssl/aead.h>
#include <openssl/digest.h>

#include <limits>

namespace quiesce::crypto {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// RFC 9001 §6.6: for ChaCha20-Poly1305 the confidentiality limit is above the number of packets
// that a connection can have, so it is left out.
constexpr CipherSuite kCipherSuites[] = {
    {.tls_id = 0x1301,
     .name = "TLS_AES_128_GCM_SHA256",
     .key_length = 16,
     .hash_length = 32,
     .aead = EVP_aead_aes_128_gcm,
     .hash = EVP_sha256,
     .header_cipher = HeaderCipher::kAesEcb,
     .confidentiality_limit = std::uint64_t{1} << 23,
     .integrity_limit = std::uint64_t{1} << 52},
    {.tls_id = 0x1302,
     .name = "TLS_AES_256_GCM_SHA384",
     .key_length = 32,
     .hash_length = 48,
     .aead = EVP_aead_aes_256_gcm,
     .hash = EVP_sha384,
     .header_cipher = HeaderCipher::kAesEcb,
     .confidentiality_limit = std::uint64_t{1} << 23,
     .integrity_limit = std::uint64_t{1} << 52},
    {.tls_id = 0x1303,
     .name = "TLS_CHACHA20_POLY1305_SHA256",
     .key_length = 32,
     .hash_length = 32,
     .aead = EVP_aead_chacha20_poly1305,
     .hash = EVP_sha256,
     .header_cipher = HeaderCipher::kChaCha20,
     .confidentiality_limit = kNoLimit,
     .integrity_limit = std::uint64_t{1} << 36},
};

}  // namespace

std::span<const CipherSuite> CipherSuites() { return kCipherSuites; }

const CipherSuite& InitialCipherSuite() { return kCipherSuites[0]; }

const CipherSuite* FindCipherSuite(std::uint16_t tls_id) {
  for (const CipherSuite& suite : kCipherSuites)
    if (suite.tls_id == tls_id) return &suite;
  return nullptr;
}

}  // namespace quiesce::crypto
