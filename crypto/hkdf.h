// HMAC-based key derivation: RFC 5869, and the labelled form of TLS 1.3, RFC 8446 §7.1.
#pragma once

#include <openssl/base.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/secret.h"

namespace quiesce::crypto {

// RFC 5869 §2.2. An empty salt stands for as many zero bytes as the hash is long.
Secret HkdfExtract(const EVP_MD* hash, std::span<const std::uint8_t> salt,
                   std::span<const std::uint8_t> input_keying_material);

// RFC 5869 §2.3. Fills `out`, at most 255 times the hash length.
void HkdfExpand(const EVP_MD* hash, std::span<const std::uint8_t> pseudorandom_key,
                std::span<const std::uint8_t> info, std::span<std::uint8_t> out);

// RFC 8446 §7.1, HKDF-Expand-Label with an empty Context, which is all that QUIC uses (RFC 9001
// §5.1). `label` without the "tls13 " prefix, 1 to 32 bytes.
void HkdfExpandLabel(const EVP_MD* hash, std::span<const std::uint8_t> secret,
                     std::string_view label, std::span<std::uint8_t> out);

}  // namespace quiesce::crypto
