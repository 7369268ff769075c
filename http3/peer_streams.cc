#include "http3/peer_streams.h"

namespace quiesce::http3 {

PeerStreams::PeerStreams(quic::Transport& transport, QpackStreams& qpack, LoadMeter& meter)
    : transport_(transport),
      qpack_(qpack),
      meter_(meter),
      control_(quic::Opposite(transport.perspective())) {}

void PeerStreams::HandleOpened(quic::StreamId id) {
  streams_.emplace(
      id, Stream{StreamTypeReader(quic::Opposite(transport_.perspective())), std::nullopt});
}

Result<void> PeerStreams::HandleReadable(quic::StreamId id, std::vector<ControlItem>& items) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return {};  // dropped before; what still arrives means nothing
  Stream& stream = found->second;
  while (true) {
    const quic::Readable readable = transport_.Peek(id);
    std::span<const std::uint8_t> bytes = readable.bytes;
    if (bytes.empty() && !readable.fin) return {};
    if (!stream.type) {
      Result<bool> wanted = ReadType(id, stream, bytes);
      if (!wanted) return wanted.error();
      if (!*wanted) return {};
    }
    if (stream.type) QUIESCE_RETURN_IF_ERROR(HandleBytes(*stream.type, bytes, items));
    transport_.Consume(id, quic::ByteCount(readable.bytes.size()));
    if (readable.fin) return HandleEnd(id);
  }
}

Result<bool> PeerStreams::ReadType(quic::StreamId id, Stream& stream,
                                   std::span<const std::uint8_t>& bytes) {
  Result<std::optional<StreamType>> type = stream.type_reader.Read(bytes);
  if (!type) {
    if (type.error().scope == ErrorScope::kConnection) return type.error();
    // RFC 9114 §6.2: an unknown type is no fault; the rest of the stream is not read.
    transport_.StopSending(id, static_cast<std::uint64_t>(type.error().code));
    streams_.erase(id);
    return false;
  }
  stream.type = *type;
  if (!stream.type) return true;
  // RFC 9114 §4.6: MAX_PUSH_ID was never sent.
  if (*stream.type == StreamType::kPush)
    return ConnectionError(ErrorCode::kIdError, "push stream without MAX_PUSH_ID");
  // RFC 9114 §6.2.1, RFC 9204 §4.2.
  if (!seen_.insert(*stream.type).second)
    return ConnectionError(ErrorCode::kStreamCreationError, "second critical stream of one type");
  return true;
}

Result<void> PeerStreams::HandleBytes(StreamType type, std::span<const std::uint8_t> bytes,
                                      std::vector<ControlItem>& items) {
  switch (type) {
    case StreamType::kControl:
      meter_.OnIgnored(bytes.size());
      return control_.Handle(bytes, items);
    case StreamType::kQpackEncoder:
      meter_.OnIgnored(bytes.size());
      return qpack_.HandleEncoderStream(bytes);
    case StreamType::kQpackDecoder:
      meter_.OnIgnored(bytes.size());
      return qpack_.HandleDecoderStream(bytes);
    case StreamType::kPush:
      break;  // refused with its type
  }
  return {};
}

Result<void> PeerStreams::HandleEnd(quic::StreamId id) {
  const bool critical = streams_.at(id).type.has_value();
  streams_.erase(id);
  // RFC 9204 §4.2, RFC 9114 §6.2.1, §6.2: a stream that ends before its type is known is no fault.
  if (critical) return ConnectionError(ErrorCode::kClosedCriticalStream, "critical stream closed");
  return {};
}

Result<void> PeerStreams::HandleReset(quic::StreamId id) {
  if (!streams_.contains(id)) return {};
  return HandleEnd(id);
}

}  // namespace quiesce::http3
