#include "crypto/aead.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "crypto/require.h"

namespace quiesce::crypto {
namespace {

// RFC 9001 §5.3: the packet number, left-padded to the size of the IV, exclusive-or the IV.
std::array<std::uint8_t, kAeadNonceLength> Nonce(const Secret& iv, std::uint64_t packet_number) {
  std::array<std::uint8_t, kAeadNonceLength> nonce;
  std::ranges::copy(iv.bytes(), nonce.begin());
  for (std::size_t i = 0; i < sizeof(packet_number); ++i)
    nonce[kAeadNonceLength - 1 - i] ^= static_cast<std::uint8_t>(packet_number >> (8 * i));
  return nonce;
}

}  // namespace

Aead::Aead(const CipherSuite& suite, std::span<const std::uint8_t> key,
           std::span<const std::uint8_t> iv)
    : context_(EVP_AEAD_CTX_new(suite.aead(), key.data(), key.size(), kAeadTagLength)), iv_(iv) {
  Require(context_ != nullptr, "AEAD key of wrong length");
  Require(iv.size() == kAeadNonceLength, "AEAD IV of wrong length");
}

bool Aead::Seal(std::uint64_t packet_number, std::span<const std::uint8_t> associated_data,
                std::span<std::uint8_t> bytes) const {
  if (bytes.size() < kAeadTagLength) return false;
  const auto nonce = Nonce(iv_, packet_number);
  const std::size_t length = bytes.size() - kAeadTagLength;
  std::size_t tag_length = 0;
  return EVP_AEAD_CTX_seal_scatter(context_.get(), bytes.data(), bytes.data() + length, &tag_length,
                                   kAeadTagLength, nonce.data(), nonce.size(), bytes.data(), length,
                                   nullptr, 0, associated_data.data(), associated_data.size()) == 1;
}

std::optional<std::size_t> Aead::Open(std::uint64_t packet_number,
                                      std::span<const std::uint8_t> associated_data,
                                      std::span<std::uint8_t> bytes) const {
  if (bytes.size() < kAeadTagLength) return std::nullopt;
  const auto nonce = Nonce(iv_, packet_number);
  const std::size_t length = bytes.size() - kAeadTagLength;
  // Gather rather than plain open, which would overwrite the tag as well when it fails.
  if (EVP_AEAD_CTX_open_gather(context_.get(), bytes.data(), nonce.data(), nonce.size(),
                               bytes.data(), length, bytes.data() + length, kAeadTagLength,
                               associated_data.data(), associated_data.size()) != 1) {
    ERR_clear_error();  // the queue is the thread's, and forged packets must not fill it
    return std::nullopt;
  }
  return length;
}

}  // namespace quiesce::crypto
