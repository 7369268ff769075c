// The limits of one connection's streams: what this side grants, and how much it buffers to send.
#pragma once

#include <cstdint>
#include <optional>

#include "quic/base/types.h"

namespace quiesce::quic {

// Which field of a configuration is out of range, and the rule it breaks; both literals.
struct StreamConfigError {
  const char* field;
  const char* rule;
};

// What this side grants the peer (the initial values are also its transport parameters), and how
// much the application may queue.
struct StreamConfig {
  // Bytes. Windows double when half of one is used within two round trips, from the initial value
  // to the maximum. 1.5 and 1 MiB do not hold up a first request; 32 and 24 MiB carry 1 Gbit/s over
  // a round trip of 200 ms.
  ByteCount initial_max_data{3 * 512 * 1024};
  ByteCount connection_window_max{32 * 1024 * 1024};
  ByteCount initial_max_stream_data{1024 * 1024};  // for all three kinds of stream
  ByteCount stream_window_max{24 * 1024 * 1024};

  // How many streams of a direction the peer may have open at once; the credit grows as they end.
  std::uint64_t max_streams_bidi = 100;
  std::uint64_t max_streams_uni = 16;

  // Bytes that one stream queues beyond what was sent once. Bytes in flight are not counted: their
  // number follows the path, and a limit on them would cap the throughput of a long one.
  ByteCount max_unsent_per_stream{256 * 1024};
  // Bytes that all streams together keep, sent and unacknowledged ones included: what a peer that
  // stops acknowledging or reading can make this side hold.
  ByteCount max_send_buffer{16 * 1024 * 1024};

  // The first field that is out of range, or nullopt.
  std::optional<StreamConfigError> Validate() const;
};

// What the peer grants this side, named as in its transport parameters: "local" and "remote" are
// seen from the peer. RFC 9000 §18.2.
struct PeerStreamLimits {
  ByteCount initial_max_data;
  ByteCount initial_max_stream_data_bidi_local;
  ByteCount initial_max_stream_data_bidi_remote;
  ByteCount initial_max_stream_data_uni;
  std::uint64_t initial_max_streams_bidi = 0;
  std::uint64_t initial_max_streams_uni = 0;
};

}  // namespace quiesce::quic
