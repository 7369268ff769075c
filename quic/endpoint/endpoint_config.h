// The limits of one endpoint, that is of one shard.
#pragma once

#include <cstddef>
#include <optional>

#include "quic/connection/config.h"

namespace quiesce::quic {

struct EndpointConfig {
  ConnectionConfig connection;

  // Connections at once; Initials beyond are refused with CONNECTION_REFUSED.
  std::size_t connections_max = 100'000;
  // Accepted connections whose handshake is not complete. Each has cost a signature and about 30
  // KiB; Initials beyond are refused.
  std::size_t half_open_max = 4'096;
  // Datagrams without a connection (version negotiation, refusals, resets) that wait to leave. More
  // are dropped, so that nobody can make this endpoint buffer.
  std::size_t stateless_datagrams_max = 256;

  // The first field that is out of range, or nullopt.
  std::optional<ConfigError> Validate() const {
    if (const auto error = connection.Validate()) return error;
    if (connections_max == 0) return ConfigError{"connections_max", "must be at least 1"};
    if (half_open_max == 0) return ConfigError{"half_open_max", "must be at least 1"};
    if (stateless_datagrams_max == 0)
      return ConfigError{"stateless_datagrams_max", "must be at least 1"};
    return std::nullopt;
  }
};

}  // namespace quiesce::quic
