// Which of a server's transport parameters a client remembers for 0-RTT, and that a server which
// accepts 0-RTT has not taken any back. RFC 9000 §7.4.1, RFC 9221 §3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/result.h"
#include "quic/wire/transport_parameters.h"

namespace quiesce::quic {

// `server` without what must not be remembered, encoded. What a server binds its tickets to as
// well.
std::vector<std::uint8_t> EncodeRemembered(const TransportParameters& server);
// What EncodeRemembered wrote; nullopt for anything else.
std::optional<TransportParameters> DecodeRemembered(std::span<const std::uint8_t> bytes);

// `current` are the parameters of a server that has accepted 0-RTT sent under `remembered`.
// Errors: PROTOCOL_VIOLATION when a limit is lower than it was.
[[nodiscard]] Result<void> CheckNotReduced(const TransportParameters& remembered,
                                           const TransportParameters& current);

}  // namespace quiesce::quic
