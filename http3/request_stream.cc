#include "http3/request_stream.h"

#include <utility>

namespace quiesce::http3 {

bool RequestContext::Fits(std::span<const qpack::Field> fields) const {
  std::uint64_t size = 0;
  for (const qpack::Field& field : fields) size += qpack::ExpandedSize(field);
  return size <= peer_settings.max_field_section_size;
}

std::vector<std::uint8_t> RequestContext::Encode(quic::StreamId id,
                                                 std::span<const qpack::Field> fields) const {
  std::vector<std::uint8_t> section;
  encoder.Encode(id.value(), fields, section);
  ++stats.sections_sent;
  return section;
}

RequestStream::RequestStream(const RequestContext& context, quic::StreamId stream_id,
                             std::string_view request_method)
    : id(stream_id),
      in(context.transport, context.decoder, context.meter, context.config, stream_id,
         request_method),
      out(context.transport, stream_id, context.config.data_frame_bytes_max) {}

void RequestStream::Report(const RequestContext& context, Incoming incoming) {
  if (incoming == Incoming::kBody) {
    if (!std::exchange(readable_reported, true)) context.events.emplace_back(BodyReadable{id});
    return;
  }
  readable_reported = false;
  if (incoming == Incoming::kTrailers) {
    ++context.stats.sections_received;
    context.events.emplace_back(Trailers{id, in.TakeTrailers()});
  } else if (incoming == Incoming::kEnd) {
    context.events.emplace_back(MessageFinished{id});
  }
}

BodyResult RequestStream::WriteBody(const RequestContext& context,
                                    std::span<const std::uint8_t> bytes, bool end) {
  const BodyResult result = out.WriteBody(bytes, end);
  context.stats.body_bytes_sent += result.accepted;
  return result;
}

SendStatus RequestStream::SendTrailers(const RequestContext& context,
                                       std::span<const qpack::Field> fields) {
  qpack::FieldSection section;
  for (const qpack::Field& field : fields) section.AddView(field);
  if (!CheckTrailers(section)) return SendStatus::kMalformed;
  if (!context.Fits(fields)) return SendStatus::kTooLarge;
  return out.SendTrailers(context.Encode(id, fields));
}

void RequestStream::ConsumeBody(const RequestContext& context, std::size_t count) {
  context.stats.body_bytes_received += in.ConsumeBody(count);
}

void RequestStream::HandleWritable(const RequestContext& context) {
  if (out.HandleWritable()) context.events.emplace_back(BodyWritable{id});
}

void RequestStream::Reset(const RequestContext& context, ErrorCode code) {
  StopReading(context, code);
  // Also after the end was queued: what is not yet acknowledged need not arrive.
  context.transport.ResetStream(id, static_cast<std::uint64_t>(code));
  out.Stop();
}

void RequestStream::StopReading(const RequestContext& context, ErrorCode code) {
  if (in.done()) return;
  context.transport.StopSending(id, static_cast<std::uint64_t>(code));
  in.Stop();
}

}  // namespace quiesce::http3
