// Everything that protects the packets of one level and direction: AEAD key, IV, header protection
// key, and the secret from which the next phase follows. RFC 9001 §5.1, §5.3, §5.4, §6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/aead.h"
#include "crypto/cipher_suite.h"
#include "crypto/header_mask.h"
#include "crypto/protection_labels.h"
#include "crypto/secret.h"

namespace quiesce::crypto {

// Movable. Secrets are wiped on destruction. Nothing here allocates per packet, and nothing counts:
// the owner holds packets sealed against suite().confidentiality_limit and failures against
// suite().integrity_limit (§6.6).
class PacketKeys {
 public:
  // `secret` is a traffic secret of suite.hash_length bytes. `suite` and `labels` outlive the keys:
  // they are rows of tables.
  static PacketKeys Derive(const CipherSuite& suite, std::span<const std::uint8_t> secret,
                           const ProtectionLabels& labels);

  // The keys of the next key phase: new secret, key and IV, same header protection key. §6.1.
  PacketKeys NextPhase() const;

  // Seals a payload in place. `header` is the packet from its first byte to the end of the packet
  // number, before header protection; the last 16 bytes of `payload_and_tag` are room for the tag.
  // Returns false, with the payload undefined, when that room is missing.
  [[nodiscard]] bool Seal(std::uint64_t packet_number, std::span<const std::uint8_t> header,
                          std::span<std::uint8_t> payload_and_tag) const {
    return aead_.Seal(packet_number, header, payload_and_tag);
  }

  // Opens a payload in place; `header` as above, after header protection is removed. Returns the
  // length of the plaintext, which stands at the front. nullopt: not authentic (the packet is
  // dropped and counts toward the integrity limit) or shorter than a tag; the ciphertext is then
  // gone, its last 16 bytes excepted.
  [[nodiscard]] std::optional<std::size_t> Open(std::uint64_t packet_number,
                                                std::span<const std::uint8_t> header,
                                                std::span<std::uint8_t> ciphertext_and_tag) const {
    return aead_.Open(packet_number, header, ciphertext_and_tag);
  }

  // `sample` starts 4 bytes after the start of the packet number, whatever its length. §5.4.2.
  HeaderMask Mask(std::span<const std::uint8_t, kHeaderSampleLength> sample) const {
    return header_key_.Mask(sample);
  }

  const CipherSuite& suite() const { return *suite_; }

 private:
  PacketKeys(const CipherSuite& suite, const ProtectionLabels& labels, Secret secret,
             HeaderKey header_key);

  const CipherSuite* suite_;
  const ProtectionLabels* labels_;
  Secret secret_;
  Aead aead_;
  HeaderKey header_key_;
};

}  // namespace quiesce::crypto
