#include "http3/control_stream.h"

#include "http3/stream_type.h"
#include "quic/base/check.h"

namespace quiesce::http3 {

ControlStream::ControlStream(quic::Transport& transport, const Settings& settings,
                             std::uint64_t random)
    : transport_(transport), stream_(transport) {
  std::vector<std::uint8_t> start;
  AppendStreamType(StreamType::kControl, start);
  // RFC 9114 §6.2.1: the first frame is SETTINGS.
  AppendSettingsFrame(settings, random, start);
  stream_.Reserve(start.size() + kGoawaysReserved * kGoawayBytes);
  stream_.Append(start);
}

bool ControlStream::Open() {
  if (stream_.id()) return true;
  if (!stream_.Open()) return false;
  // RFC 9114 §6.2.1: what it says manages the other streams, so it goes before them.
  transport_.SetPriority(*stream_.id(), 0, false);
  Watch();
  return true;
}

void ControlStream::WriteGoaway(std::uint64_t id) {
  // RFC 9114 §5.2: never larger than before.
  QUIESCE_CHECK(!last_goaway_ || id <= *last_goaway_);
  last_goaway_ = id;
  std::vector<std::uint8_t> frame;
  AppendFrame(GoawayFrame{id}, frame);
  QUIESCE_DCHECK(frame.size() <= kGoawayBytes);
  stream_.Append(frame);
  goaway_end_ = stream_.end_offset();
  Watch();
}

void ControlStream::HandleWritable() {
  stream_.Flush();
  Watch();
}

void ControlStream::HandlePrefixAcked(quic::ByteCount offset) {
  if (offset > acked_) acked_ = offset;
}

// The transport can watch only what it has.
void ControlStream::Watch() {
  if (stream_.taken() < goaway_end_ || watched_ == goaway_end_) return;
  watched_ = goaway_end_;
  transport_.WatchAcked(*stream_.id(), goaway_end_);
}

PeerControlStream::PeerControlStream(quic::Perspective sender)
    : reader_({.stream = StreamKind::kControl, .sender = sender}) {}

Result<void> PeerControlStream::Handle(std::span<const std::uint8_t> bytes,
                                       std::vector<ControlItem>& items) {
  while (true) {
    Result<FrameItem> item = reader_.Next(bytes);
    if (!item) return item.error();
    if (std::holds_alternative<NeedMore>(*item)) return {};
    if (const auto* frame = std::get_if<FramePayload>(&*item))
      QUIESCE_RETURN_IF_ERROR(HandlePayload(*frame, items));
  }
}

Result<void> PeerControlStream::HandlePayload(const FramePayload& frame,
                                              std::vector<ControlItem>& items) {
  switch (frame.type) {
    case FrameType::kSettings: {
      Result<Settings> settings = ReadSettings(frame.bytes);
      if (!settings) return settings.error();
      items.emplace_back(*settings);
      return {};
    }
    case FrameType::kGoaway: {
      Result<GoawayFrame> goaway = ReadPayload<GoawayFrame>(frame.bytes);
      if (!goaway) return goaway.error();
      items.emplace_back(*goaway);
      return {};
    }
    case FrameType::kMaxPushId: {
      Result<MaxPushIdFrame> max = ReadPayload<MaxPushIdFrame>(frame.bytes);
      if (!max) return max.error();
      // RFC 9114 §7.2.7: the maximum is not taken back.
      if (max_push_id_ && max->push_id < *max_push_id_)
        return ConnectionError(ErrorCode::kIdError, "MAX_PUSH_ID smaller than before");
      max_push_id_ = max->push_id;
      return {};
    }
    case FrameType::kCancelPush: {
      Result<CancelPushFrame> cancel = ReadPayload<CancelPushFrame>(frame.bytes);
      if (!cancel) return cancel.error();
      // RFC 9114 §7.2.3: no server here promises a push, and no client here allows one.
      return ConnectionError(ErrorCode::kIdError, "CANCEL_PUSH of a push that cannot exist");
    }
    case FrameType::kData:
    case FrameType::kHeaders:
    case FrameType::kPushPromise:
      break;  // FrameReader refuses them on a control stream
  }
  return ConnectionError(ErrorCode::kFrameUnexpected, "frame not allowed on a control stream");
}

}  // namespace quiesce::http3
