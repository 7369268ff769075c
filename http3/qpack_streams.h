// The QPACK encoder and decoder of one connection and the streams that belong to them. RFC 9204
// §4.2.
#pragma once

#include <cstdint>
#include <span>

#include "http3/error.h"
#include "http3/outgoing_stream.h"
#include "qpack/decoder.h"
#include "qpack/encoder.h"
#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

class QpackStreams {
 public:
  QpackStreams(quic::Transport& transport, std::uint64_t field_section_bytes_max);

  // Opens both streams of this side, each of which says its type and, as no dynamic table is used,
  // nothing more. False while the transport refuses one.
  bool Open();
  bool Is(quic::StreamId id) const { return encoder_stream_.Is(id) || decoder_stream_.Is(id); }
  void HandleWritable();

  // Bytes of the peer's streams, after the type. Errors are of the connection, RFC 9204 §6.
  [[nodiscard]] Result<void> HandleEncoderStream(std::span<const std::uint8_t> bytes);
  [[nodiscard]] Result<void> HandleDecoderStream(std::span<const std::uint8_t> bytes);

  qpack::Encoder& encoder() { return encoder_; }
  qpack::Decoder& decoder() { return decoder_; }

 private:
  qpack::Encoder encoder_;
  qpack::Decoder decoder_;
  OutgoingStream encoder_stream_;
  OutgoingStream decoder_stream_;
};

}  // namespace quiesce::http3
