#include "crypto/packet_keys.h"

#include <utility>

#include "crypto/hkdf.h"
#include "crypto/require.h"

namespace quiesce::crypto {
namespace {

Secret Expand(const CipherSuite& suite, const Secret& secret, std::string_view label,
              std::size_t length) {
  Secret out(length);
  HkdfExpandLabel(suite.hash(), secret.bytes(), label, out.bytes());
  return out;
}

}  // namespace

PacketKeys PacketKeys::Derive(const CipherSuite& suite, std::span<const std::uint8_t> secret,
                              const ProtectionLabels& labels) {
  Require(secret.size() == suite.hash_length, "traffic secret of wrong length");
  Secret own(secret);
  HeaderKey header_key(suite, Expand(suite, own, labels.hp, suite.key_length).bytes());
  return PacketKeys(suite, labels, std::move(own), std::move(header_key));
}

PacketKeys PacketKeys::NextPhase() const {
  return PacketKeys(*suite_, *labels_,
                    Expand(*suite_, secret_, labels_->key_update, suite_->hash_length),
                    header_key_);
}

PacketKeys::PacketKeys(const CipherSuite& suite, const ProtectionLabels& labels, Secret secret,
                       HeaderKey header_key)
    : suite_(&suite),
      labels_(&labels),
      secret_(std::move(secret)),
      aead_(suite, Expand(suite, secret_, labels.key, suite.key_length).bytes(),
            Expand(suite, secret_, labels.iv, kAeadNonceLength).bytes()),
      header_key_(std::move(header_key)) {}

}  // namespace quiesce::crypto
