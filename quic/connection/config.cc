#include "quic/connection/config.h"

#include "quic/wire/header.h"

namespace quiesce::quic {

std::optional<ConfigError> ConnectionConfig::Validate() const {
  using std::chrono::milliseconds;
  if (idle_timeout < Duration::zero() ||
      (idle_timeout > Duration::zero() && idle_timeout < milliseconds(1))) {
    return ConfigError{"idle_timeout", "must be zero (none) or at least 1 ms"};
  }
  if (handshake_timeout <= Duration::zero()) {
    return ConfigError{"handshake_timeout", "must be above zero"};
  }
  if (keep_alive_interval < Duration::zero()) {
    return ConfigError{"keep_alive_interval", "must not be negative; zero turns it off"};
  }
  // RFC 9000 §18.2: values of 2^14 ms and above are invalid.
  if (max_ack_delay < Duration::zero() || max_ack_delay >= milliseconds(1 << 14)) {
    return ConfigError{"max_ack_delay", "must be from 0 to 16383 ms (RFC 9000 section 18.2)"};
  }
  if (ack_delay_exponent > 20) {
    return ConfigError{"ack_delay_exponent", "must be at most 20 (RFC 9000 section 18.2)"};
  }
  // RFC 9000 §18.2: at least 2. Above 8 the memory per connection is no longer small.
  if (active_connection_id_limit < 2 || active_connection_id_limit > 8) {
    return ConfigError{"active_connection_id_limit", "must be from 2 to 8"};
  }
  if (max_udp_payload_size < ByteCount(kMinInitialDatagramSize) ||
      max_udp_payload_size > ByteCount(65527)) {
    return ConfigError{"max_udp_payload_size",
                       "must be from 1200 to 65527 bytes (RFC 9000 section 18.2)"};
  }
  // RFC 9000 §14: a path that cannot carry 1200 bytes is not usable by QUIC.
  if (max_datagram_size < ByteCount(kMinInitialDatagramSize) ||
      max_datagram_size > ByteCount(65527)) {
    return ConfigError{"max_datagram_size",
                       "must be from 1200 to 65527 bytes (RFC 9000 section 14)"};
  }
  if (crypto_buffer_limit < ByteCount(4096)) {
    return ConfigError{"crypto_buffer_limit", "must be at least 4096 bytes (RFC 9000 section 7.5)"};
  }
  if (undecryptable_packets_max > 64) {
    return ConfigError{"undecryptable_packets_max", "must be at most 64"};
  }
  if (const auto field = streams.Validate()) {
    return ConfigError{field->field, field->rule};
  }
  return std::nullopt;
}

}  // namespace quiesce::quic
