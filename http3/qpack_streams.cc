#include "http3/qpack_streams.h"

#include <optional>
#include <vector>

#include "http3/stream_type.h"

namespace quiesce::http3 {

QpackStreams::QpackStreams(quic::Transport& transport, std::uint64_t field_section_bytes_max)
    : decoder_({.max_field_section_size = field_section_bytes_max}),
      encoder_stream_(transport),
      decoder_stream_(transport) {
  std::vector<std::uint8_t> type;
  AppendStreamType(StreamType::kQpackEncoder, type);
  encoder_stream_.Append(type);
  type.clear();
  AppendStreamType(StreamType::kQpackDecoder, type);
  decoder_stream_.Append(type);
}

bool QpackStreams::Open() { return encoder_stream_.Open() && decoder_stream_.Open(); }

void QpackStreams::HandleWritable() {
  encoder_stream_.Flush();
  decoder_stream_.Flush();
}

Result<void> QpackStreams::HandleEncoderStream(std::span<const std::uint8_t> bytes) {
  if (const std::optional<qpack::Error> error = decoder_.HandleEncoderStream(bytes))
    return FromQpack(*error);
  return {};
}

Result<void> QpackStreams::HandleDecoderStream(std::span<const std::uint8_t> bytes) {
  if (const std::optional<qpack::Error> error = encoder_.HandleDecoderStream(bytes))
    return FromQpack(*error);
  return {};
}

}  // namespace quiesce::http3
