// The integrity tag at the end of a Retry packet. RFC 9001 §5.8.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "crypto/cipher_suite.h"
#include "crypto/protection_labels.h"

namespace quiesce::crypto {

using RetryTag = std::array<std::uint8_t, kAeadTagLength>;

// `original_dcid` is the Destination Connection ID of the Initial packet that the Retry answers, at
// most 20 bytes; `retry_packet` the Retry from its first byte to the end of its token.
RetryTag ComputeRetryTag(const ProtectionLabels& labels,
                         std::span<const std::uint8_t> original_dcid,
                         std::span<const std::uint8_t> retry_packet);

// Whether `retry_packet_and_tag`, a whole datagram, ends with the right tag. In constant time.
[[nodiscard]] bool VerifyRetryTag(const ProtectionLabels& labels,
                                  std::span<const std::uint8_t> original_dcid,
                                  std::span<const std::uint8_t> retry_packet_and_tag);

}  // namespace quiesce::crypto
