#include "quic/stream/stream_config.h"

#include "quic/wire/frames.h"

namespace quiesce::quic {

std::optional<StreamConfigError> StreamConfig::Validate() const {
  const ByteCount largest(kMaxVarint);
  if (initial_max_data > largest) return StreamConfigError{"initial_max_data", "at most 2^62-1"};
  if (connection_window_max < initial_max_data || connection_window_max > largest)
    return StreamConfigError{"connection_window_max", "from initial_max_data to 2^62-1"};
  if (initial_max_stream_data > largest)
    return StreamConfigError{"initial_max_stream_data", "at most 2^62-1"};
  if (stream_window_max < initial_max_stream_data || stream_window_max > largest)
    return StreamConfigError{"stream_window_max", "from initial_max_stream_data to 2^62-1"};
  // RFC 9000 §4.6.
  if (max_streams_bidi > kMaxStreamCount)
    return StreamConfigError{"max_streams_bidi", "at most 2^60"};
  if (max_streams_uni > kMaxStreamCount)
    return StreamConfigError{"max_streams_uni", "at most 2^60"};
  if (max_unsent_per_stream.is_zero())
    return StreamConfigError{"max_unsent_per_stream", "at least 1: nothing could be written"};
  if (max_send_buffer < max_unsent_per_stream)
    return StreamConfigError{"max_send_buffer", "at least max_unsent_per_stream"};
  return std::nullopt;
}

}  // namespace quiesce::quic
