// Keys of Initial packets, which anyone who sees the client's first packet can derive. RFC 9001
// §5.2.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/packet_keys.h"
#include "crypto/protection_labels.h"
#include "crypto/secret.h"

namespace quiesce::crypto {

struct InitialSecrets {
  Secret client;
  Secret server;
};

struct InitialKeys {
  PacketKeys client;  // protect what the client sends
  PacketKeys server;
};

// `client_dcid` is the Destination Connection ID of the client's first Initial packet, or after a
// Retry the one that the Retry chose: 0 to 20 bytes.
InitialSecrets DeriveInitialSecrets(const ProtectionLabels& labels,
                                    std::span<const std::uint8_t> client_dcid);
InitialKeys DeriveInitialKeys(const ProtectionLabels& labels,
                              std::span<const std::uint8_t> client_dcid);

}  // namespace quiesce::crypto
