#include "crypto/retry_tag.h"

#include <openssl/aead.h>
#include <openssl/mem.h>

#include <vector>

#include "crypto/require.h"

namespace quiesce::crypto {

RetryTag ComputeRetryTag(const ProtectionLabels& labels,
                         std::span<const std::uint8_t> original_dcid,
                         std::span<const std::uint8_t> retry_packet) {
  Require(original_dcid.size() <= 0xff, "connection ID too long");
  // RFC 9001 §5.8, Figure 8: the Retry Pseudo-Packet.
  std::vector<std::uint8_t> pseudo_packet;
  pseudo_packet.reserve(1 + original_dcid.size() + retry_packet.size());
  pseudo_packet.push_back(static_cast<std::uint8_t>(original_dcid.size()));
  pseudo_packet.insert(pseudo_packet.end(), original_dcid.begin(), original_dcid.end());
  pseudo_packet.insert(pseudo_packet.end(), retry_packet.begin(), retry_packet.end());

  const bssl::UniquePtr<EVP_AEAD_CTX> context(EVP_AEAD_CTX_new(
      EVP_aead_aes_128_gcm(), labels.retry_key.data(), labels.retry_key.size(), kAeadTagLength));
  RetryTag tag;
  std::size_t length = 0;
  Require(context != nullptr &&
              EVP_AEAD_CTX_seal(context.get(), tag.data(), &length, tag.size(),
                                labels.retry_nonce.data(), labels.retry_nonce.size(), nullptr, 0,
                                pseudo_packet.data(), pseudo_packet.size()) == 1,
          "sealing a Retry failed");
  return tag;
}

bool VerifyRetryTag(const ProtectionLabels& labels, std::span<const std::uint8_t> original_dcid,
                    std::span<const std::uint8_t> retry_packet_and_tag) {
  if (retry_packet_and_tag.size() < kAeadTagLength) return false;
  const auto received = retry_packet_and_tag.last(kAeadTagLength);
  const RetryTag expected =
      ComputeRetryTag(labels, original_dcid,
                      retry_packet_and_tag.first(retry_packet_and_tag.size() - kAeadTagLength));
  return CRYPTO_memcmp(received.data(), expected.data(), expected.size()) == 0;
}

}  // namespace quiesce::crypto
