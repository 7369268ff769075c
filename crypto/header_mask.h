// Header protection: a sample of ciphertext in, five mask bytes out. RFC 9001 §5.4.
#pragma once

#include <openssl/aes.h>
#include <openssl/base.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "crypto/cipher_suite.h"
#include "crypto/secret.h"

namespace quiesce::crypto {

inline constexpr std::size_t kHeaderSampleLength = 16;

// Byte 0 is for the first byte (its low 4 bits in a long header, 5 in a short one), bytes 1 to 4
// for the packet number. RFC 9001 §5.4.1.
using HeaderMask = std::array<std::uint8_t, 5>;

// The header protection key of one level and direction; the same through all key updates (§6.1).
class HeaderKey {
 public:
  // `key` is suite.key_length bytes.
  HeaderKey(const CipherSuite& suite, std::span<const std::uint8_t> key);
  HeaderKey(const HeaderKey&) = default;
  HeaderKey& operator=(const HeaderKey&) = default;
  ~HeaderKey();

  HeaderMask Mask(std::span<const std::uint8_t, kHeaderSampleLength> sample) const;

 private:
  std::variant<AES_KEY, Secret> key_;  // AES: expanded once; ChaCha20: as it is
};

}  // namespace quiesce::crypto
