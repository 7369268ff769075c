// The four levels at which QUIC protects packets, each with keys of its own. RFC 9001 §2.1, §4.1.3.
#pragma once

#include <cstdint>

namespace quiesce::crypto {

// In the order in which a handshake reaches them, so that levels compare.
enum class EncryptionLevel : std::uint8_t { kInitial, kZeroRtt, kHandshake, kOneRtt };

}  // namespace quiesce::crypto
