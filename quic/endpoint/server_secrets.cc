#include "quic/endpoint/server_secrets.h"

#include <openssl/digest.h>

#include <string_view>

#include "crypto/hkdf.h"

namespace quiesce::quic {
namespace {

crypto::Secret Expand(const crypto::Secret& root, std::string_view label, std::size_t size) {
  crypto::Secret key(size);
  crypto::HkdfExpandLabel(EVP_sha256(), root.bytes(), label, key.bytes());
  return key;
}

}  // namespace

ServerSecrets ServerSecrets::Derive(std::span<const std::uint8_t, kMasterSecretSize> master) {
  const crypto::Secret root = crypto::HkdfExtract(EVP_sha256(), {}, master);
  return {.cid_key = Expand(root, "quiesce connection id", 16),
          .stateless_reset_key = Expand(root, "quiesce stateless reset", 32),
          .address_token_key = Expand(root, "quiesce address token", 32),
          .ticket_key = Expand(root, "quiesce session ticket", 48)};
}

}  // namespace quiesce::quic
