#include "http3/frames.h"

#include <array>

#include "http3/integer_reader.h"
#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::http3 {
namespace {

using enum PayloadKind;

constexpr bool kYes = true;
constexpr bool kNo = false;

// Reserved types have rows without a name in this protocol: what HTTP/2 called them is not a
// FrameType.
constexpr FrameType Reserved(std::uint64_t type) { return static_cast<FrameType>(type); }

constexpr std::array kTable = {
    // type, name, control, request, push, from client, from server, payload
    FrameRow{FrameType::kData, "DATA", kNo, kYes, kYes, kYes, kYes, kStreamed},
    FrameRow{FrameType::kHeaders, "HEADERS", kNo, kYes, kYes, kYes, kYes, kSection},
    FrameRow{Reserved(0x02), "PRIORITY of HTTP/2", kNo, kNo, kNo, kNo, kNo, kNone},
    FrameRow{FrameType::kCancelPush, "CANCEL_PUSH", kYes, kNo, kNo, kYes, kYes, kInteger},
    FrameRow{FrameType::kSettings, "SETTINGS", kYes, kNo, kNo, kYes, kYes, kSettings},
    FrameRow{FrameType::kPushPromise, "PUSH_PROMISE", kNo, kYes, kNo, kNo, kYes, kSection},
    FrameRow{Reserved(0x06), "PING of HTTP/2", kNo, kNo, kNo, kNo, kNo, kNone},
    FrameRow{FrameType::kGoaway, "GOAWAY", kYes, kNo, kNo, kYes, kYes, kInteger},
    FrameRow{Reserved(0x08), "WINDOW_UPDATE of HTTP/2", kNo, kNo, kNo, kNo, kNo, kNone},
    FrameRow{Reserved(0x09), "CONTINUATION of HTTP/2", kNo, kNo, kNo, kNo, kNo, kNone},
    FrameRow{FrameType::kMaxPushId, "MAX_PUSH_ID", kYes, kNo, kNo, kYes, kNo, kInteger},
};

bool AllowedOn(const FrameRow& row, StreamKind stream) {
  switch (stream) {
    case StreamKind::kControl:
      return row.on_control;
    case StreamKind::kRequest:
      return row.on_request;
    case StreamKind::kPush:
      return row.on_push;
  }
  return false;
}

// The three uses of a frame's Fields.
struct FieldReader {
  quic::Reader reader;
  void Varint(std::string_view, std::uint64_t& value) { value = quic::ReadVarint(reader); }
};
struct FieldSizer {
  std::uint64_t size = 0;
  void Varint(std::string_view, const std::uint64_t& value) { size += quic::VarintSize(value); }
};
struct FieldWriter {
  std::vector<std::uint8_t>& out;
  void Varint(std::string_view, const std::uint64_t& value) { AppendInteger(value, out); }
};

}  // namespace

std::span<const FrameRow> FrameTable() { return kTable; }

const FrameRow* FindFrame(std::uint64_t type) {
  for (const FrameRow& row : kTable) {
    if (static_cast<std::uint64_t>(row.type) == type) return &row;
  }
  return nullptr;
}

std::string_view ToString(FrameType type) {
  const FrameRow* row = FindFrame(static_cast<std::uint64_t>(type));
  return row == nullptr ? "unknown" : row->name;
}

Result<void> CheckFramePlace(std::uint64_t type, StreamKind stream, quic::Perspective sender) {
  const FrameRow* row = FindFrame(type);
  if (row == nullptr) return {};
  if (row->payload == kNone) {  // RFC 9114 §7.2.8
    return ConnectionError(ErrorCode::kFrameUnexpected, "frame type reserved from HTTP/2");
  }
  if (!AllowedOn(*row, stream)) {
    return ConnectionError(ErrorCode::kFrameUnexpected, "frame not permitted on this stream");
  }
  const bool may_send = sender == quic::Perspective::kClient ? row->from_client : row->from_server;
  if (!may_send) {
    return ConnectionError(ErrorCode::kFrameUnexpected, "frame not permitted from this side");
  }
  return {};
}

template <typename Frame>
Result<Frame> ReadPayload(std::span<const std::uint8_t> payload) {
  FieldReader fields{quic::Reader(payload)};
  Frame frame;
  Frame::Fields(fields, frame);
  // RFC 9114 §7.1: exactly the fields identified in the description.
  if (!fields.reader.ok())
    return ConnectionError(ErrorCode::kFrameError, "frame payload too short");
  if (!fields.reader.empty()) {
    return ConnectionError(ErrorCode::kFrameError, "frame payload longer than its fields");
  }
  return frame;
}

template <typename Frame>
void AppendFrame(const Frame& frame, std::vector<std::uint8_t>& out) {
  FieldSizer sizer;
  Frame::Fields(sizer, frame);
  AppendFrameHeader(Frame::kType, sizer.size, out);
  FieldWriter writer{out};
  Frame::Fields(writer, frame);
}

void AppendFrameHeader(FrameType type, std::uint64_t length, std::vector<std::uint8_t>& out) {
  AppendInteger(static_cast<std::uint64_t>(type), out);
  AppendInteger(length, out);
}

template Result<CancelPushFrame> ReadPayload(std::span<const std::uint8_t>);
template Result<GoawayFrame> ReadPayload(std::span<const std::uint8_t>);
template Result<MaxPushIdFrame> ReadPayload(std::span<const std::uint8_t>);
template void AppendFrame(const CancelPushFrame&, std::vector<std::uint8_t>&);
template void AppendFrame(const GoawayFrame&, std::vector<std::uint8_t>&);
template void AppendFrame(const MaxPushIdFrame&, std::vector<std::uint8_t>&);

}  // namespace quiesce::http3
