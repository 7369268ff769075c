// The limits of one connection, with units and reasons. RFC 9000 §18.2. Set with designated
// initialisers, checked once with Validate(), then shared by every connection and never changed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/recovery/congestion_factory.h"
#include "quic/stream/stream_config.h"

namespace quiesce::quic {

// Which field of a configuration is out of range, and the rule it breaks; both literals.
struct ConfigError {
  const char* field;
  const char* rule;
};

struct ConnectionConfig {
  // max_idle_timeout that we announce; zero = none, then only the peer's counts. RFC 9000 §10.1.
  // Sent in whole milliseconds.
  Duration idle_timeout = std::chrono::seconds(30);
  // From the first packet to a completed handshake. Bounds what a half-open connection costs.
  Duration handshake_timeout = std::chrono::seconds(10);
  // PING after so long without a packet from the peer; zero = off. Never later than half the
  // effective idle timeout. RFC 9000 §10.1.2.
  Duration keep_alive_interval = Duration::zero();

  // How long we hold back an acknowledgment; announced in whole milliseconds. RFC 9000 §13.2.1.
  Duration max_ack_delay = std::chrono::milliseconds(25);
  // Scale of the ACK Delay field, as a power of two, in microseconds. RFC 9000 §19.3.
  std::uint8_t ack_delay_exponent = 3;

  // IDs of the peer that we store, and the most of ours that we keep issued. Below 4 a peer that
  // migrates runs out of unused ones; each costs about 50 bytes. RFC 9000 §5.1.1.
  std::uint64_t active_connection_id_limit = 4;

  // The largest UDP payload that we accept: the receive buffer of one datagram. Announced.
  ByteCount max_udp_payload_size{2048};
  // The size of the datagrams that we send; the peer's max_udp_payload_size caps it. 1200 passes
  // every path; larger values are for networks whose MTU is known. RFC 9000 §14.1.
  ByteCount max_datagram_size{1200};

  // What decides how much may be in flight. RFC 9002 §7.
  CongestionAlgorithm congestion = CongestionAlgorithm::kCubic;

  // Out-of-order CRYPTO bytes kept per encryption level: a server's certificate chain with room to
  // spare. RFC 9000 §7.5 demands 4096.
  ByteCount crypto_buffer_limit{64 * 1024};
  // Packets kept because their keys are not there yet. RFC 9000 §5.2.1, RFC 9001 §5.7: a MAY, meant
  // for the reordering of one flight.
  std::size_t undecryptable_packets_max = 10;

  // What streams may hold and how many there may be.
  StreamConfig streams;

  // The first field that is out of range, or nullopt.
  std::optional<ConfigError> Validate() const;
};

}  // namespace quiesce::quic
