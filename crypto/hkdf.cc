#include "crypto/hkdf.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "crypto/require.h"

namespace quiesce::crypto {

Secret HkdfExtract(const EVP_MD* hash, std::span<const std::uint8_t> salt,
                   std::span<const std::uint8_t> input_keying_material) {
  Secret pseudorandom_key(EVP_MD_size(hash));
  std::size_t size = pseudorandom_key.size();
  Require(HKDF_extract(pseudorandom_key.bytes().data(), &size, hash, input_keying_material.data(),
                       input_keying_material.size(), salt.data(), salt.size()) == 1,
          "HKDF-Extract failed");
  return pseudorandom_key;
}

void HkdfExpand(const EVP_MD* hash, std::span<const std::uint8_t> pseudorandom_key,
                std::span<const std::uint8_t> info, std::span<std::uint8_t> out) {
  Require(HKDF_expand(out.data(), out.size(), hash, pseudorandom_key.data(),
                      pseudorandom_key.size(), info.data(), info.size()) == 1,
          "HKDF-Expand failed");
}

void HkdfExpandLabel(const EVP_MD* hash, std::span<const std::uint8_t> secret,
                     std::string_view label, std::span<std::uint8_t> out) {
  constexpr std::string_view kPrefix = "tls13 ";
  constexpr std::size_t kMaxLabel = 32;
  Require(!label.empty() && label.size() <= kMaxLabel && out.size() <= 0xffff,
          "HKDF-Expand-Label out of range");
  // RFC 8446 §7.1: struct { uint16 length; opaque label<7..255>; opaque context<0..255>; }
  // HkdfLabel
  std::array<std::uint8_t, 2 + 1 + kPrefix.size() + kMaxLabel + 1> info;
  auto end = info.begin();
  *end++ = static_cast<std::uint8_t>(out.size() >> 8);
  *end++ = static_cast<std::uint8_t>(out.size());
  *end++ = static_cast<std::uint8_t>(kPrefix.size() + label.size());
  end = std::ranges::copy(kPrefix, end).out;
  end = std::ranges::copy(label, end).out;
  *end++ = 0;
  HkdfExpand(hash, secret, {info.begin(), end}, out);
}

}  // namespace quiesce::crypto
