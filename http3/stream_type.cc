#include "http3/stream_type.h"

namespace quiesce::http3 {

std::string_view ToString(StreamType type) {
  switch (type) {
    case StreamType::kControl:
      return "control";
    case StreamType::kPush:
      return "push";
    case StreamType::kQpackEncoder:
      return "qpack_encoder";
    case StreamType::kQpackDecoder:
      return "qpack_decoder";
  }
  return "unknown";
}

Result<std::optional<StreamType>> StreamTypeReader::Read(std::span<const std::uint8_t>& bytes) {
  const std::optional<std::uint64_t> value = integer_.Read(bytes);
  if (!value) return std::optional<StreamType>();
  if (*value > static_cast<std::uint64_t>(StreamType::kQpackDecoder)) {
    return StreamError(ErrorCode::kStreamCreationError, "unknown unidirectional stream type");
  }
  const StreamType type = static_cast<StreamType>(*value);
  if (type == StreamType::kPush && sender_ == quic::Perspective::kClient) {
    return ConnectionError(ErrorCode::kStreamCreationError, "push stream from a client");
  }
  return std::optional(type);
}

void AppendStreamType(StreamType type, std::vector<std::uint8_t>& out) {
  AppendInteger(static_cast<std::uint64_t>(type), out);
}

}  // namespace quiesce::http3
