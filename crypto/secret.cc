#include "crypto/secret.h"

#include <openssl/mem.h>

#include <algorithm>

#include "crypto/require.h"

namespace quiesce::crypto {

Secret::Secret(std::size_t size) : size_(static_cast<std::uint8_t>(size)) {
  Require(size <= kMaxSize, "secret too long");
}

Secret::Secret(std::span<const std::uint8_t> bytes) : Secret(bytes.size()) {
  std::ranges::copy(bytes, bytes_.begin());
}

Secret::Secret(Secret&& other) noexcept : Secret(other) { other.Wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    *this = other;
    other.Wipe();
  }
  return *this;
}

Secret::~Secret() { Wipe(); }

void Secret::Wipe() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  size_ = 0;
}

}  // namespace quiesce::crypto
