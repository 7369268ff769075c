// What a client keeps of one connection to resume it with another. RFC 9001 §4.5, §4.6.1; RFC 9000
// §7.4.1. A value of its own: the connection that it came from may be gone.
#pragma once

#include <cstdint>
#include <vector>

#include "quic/base/types.h"

namespace quiesce::quic {

// Holds secrets: whoever has it can pretend to be the server of that session to its client, and
// read 0-RTT data that was sent with it. To be used once (RFC 8446 C.4).
struct SavedSession {
  Version version = Version::kV1;        // another one is no session for it, RFC 9369 §5
  std::vector<std::uint8_t> tls;         // for crypto::NewClientHandshake
  std::vector<std::uint8_t> parameters;  // see remembered_parameters.h; for 0-RTT
};

}  // namespace quiesce::quic
