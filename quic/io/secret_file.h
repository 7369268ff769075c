// The file that keeps a server's master secret from one process to the next. See
// quic/endpoint/server_secrets.h for what grows from it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "crypto/random.h"
#include "quic/endpoint/server_secrets.h"

namespace quiesce::quic {

using MasterSecret = std::array<std::uint8_t, kMasterSecretSize>;

// Reads the secret from `path`, or makes a new one there (32 raw bytes, mode 0600) when there is no
// such file; of several processes that start at once all get the same one. On failure nullopt, and
// one line in `error`: also for a file of another size, or one that others may read.
std::optional<MasterSecret> LoadOrCreateMasterSecret(const std::string& path,
                                                     crypto::Random& random, std::string& error);

}  // namespace quiesce::quic
