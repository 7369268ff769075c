#include "quic/stream/stream_set.h"

#include <algorithm>
#include <utility>

#include "quic/base/check.h"

namespace quiesce::quic {
namespace {

constexpr StreamDirection kDirections[] = {StreamDirection::kBidirectional,
                                           StreamDirection::kUnidirectional};

ControlKind MaxStreamsKind(StreamDirection direction) {
  return direction == StreamDirection::kBidirectional ? ControlKind::kMaxStreamsBidi
                                                      : ControlKind::kMaxStreamsUni;
}

ControlKind StreamsBlockedKind(StreamDirection direction) {
  return direction == StreamDirection::kBidirectional ? ControlKind::kStreamsBlockedBidi
                                                      : ControlKind::kStreamsBlockedUni;
}

bool WasReset(const SendStream& send) {
  return send.state() == SendState::kResetSent || send.state() == SendState::kResetRecvd;
}

}  // namespace

StreamSet::StreamSet(Perspective perspective, const StreamConfig& config, BlockPool& pool)
    : perspective_(perspective),
      config_(config),
      pool_(pool),
      window_(config.initial_max_data, config.connection_window_max),
      credit_(ByteCount(0)),
      incoming_{IncomingStreamLimit(config.max_streams_bidi),
                IncomingStreamLimit(config.max_streams_uni)} {}

void StreamSet::SetPeerLimits(const PeerStreamLimits& limits) {
  peer_limits_ = limits;
  HandleFrame(MaxDataFrame{.maximum_data = limits.initial_max_data});
  HandleFrame(MaxStreamsFrame{.direction = StreamDirection::kBidirectional,
                              .maximum_streams = limits.initial_max_streams_bidi});
  HandleFrame(MaxStreamsFrame{.direction = StreamDirection::kUnidirectional,
                              .maximum_streams = limits.initial_max_streams_uni});
  table_.ForEach([this](Stream& stream) {
    if (!stream.send || !stream.send->RaiseLimit(PeerLimit(stream.stream_id))) return;
    UpdateSendingHalf(stream);
  });
}

// ---- Frames received.

Result<void> StreamSet::HandleFrame(const StreamFrame& frame) {
  Result<Stream*> stream = Resolve(frame.stream_id, Half::kReceiving, StreamFrame::kFirstType);
  if (!stream) return stream.error();
  if (*stream == nullptr) return {};
  QUIESCE_RETURN_IF_ERROR((*stream)->recv->HandleStream(frame));
  Update(**stream);
  return {};
}

Result<void> StreamSet::HandleFrame(const ResetStreamFrame& frame) {
  Result<Stream*> stream = Resolve(frame.stream_id, Half::kReceiving, ResetStreamFrame::kType);
  if (!stream) return stream.error();
  if (*stream == nullptr) return {};
  const Result<bool> is_news = (*stream)->recv->HandleReset(frame);
  if (!is_news) return is_news.error();
  if (*is_news) AddEvent(**stream, PendingEvent::kReset);
  Update(**stream);
  return {};
}

Result<void> StreamSet::HandleFrame(const StopSendingFrame& frame) {
  Result<Stream*> stream = Resolve(frame.stream_id, Half::kSending, StopSendingFrame::kType);
  if (!stream) return stream.error();
  if (*stream == nullptr) return {};
  if ((*stream)->send->OnStopSending(frame.application_error_code)) {
    (*stream)->stop_sending_code = frame.application_error_code;
    AddEvent(**stream, PendingEvent::kStopSending);
    Update(**stream);
    WakeStreamsWaitingForRoom();
  }
  return {};
}

Result<void> StreamSet::HandleFrame(const MaxStreamDataFrame& frame) {
  Result<Stream*> stream = Resolve(frame.stream_id, Half::kSending, MaxStreamDataFrame::kType);
  if (!stream) return stream.error();
  if (*stream != nullptr && (*stream)->send->RaiseLimit(frame.maximum_stream_data)) {
    UpdateSendingHalf(**stream);
  }
  return {};
}

Result<void> StreamSet::HandleFrame(const StreamDataBlockedFrame& frame) {
  // RFC 9000 §3.2: opens the stream. Nothing else depends on it.
  Result<Stream*> stream =
      Resolve(frame.stream_id, Half::kReceiving, StreamDataBlockedFrame::kType);
  if (!stream) return stream.error();
  return {};
}

void StreamSet::HandleFrame(const MaxDataFrame& frame) {
  if (!credit_.Raise(frame.maximum_data)) return;
  // A small rise may not be enough for all of them: those wait again.
  auto waiting = std::exchange(waiting_for_credit_, {});
  while (!waiting.empty()) Schedule(waiting.PopFront());
}

void StreamSet::HandleFrame(const MaxStreamsFrame& frame) {
  if (outgoing(frame.direction).Raise(frame.maximum_streams)) {
    streams_available_[static_cast<std::size_t>(frame.direction)] = true;
  }
}

Result<Stream*> StreamSet::Resolve(StreamId stream_id, Half half, std::uint64_t frame_type) {
  const bool is_ours = stream_id.initiator() == perspective_;
  // RFC 9000 §19.4, §19.5, §19.8, §19.10, §19.13.
  if (stream_id.is_unidirectional() && is_ours == (half == Half::kReceiving)) {
    return Error{TransportErrorCode::kStreamStateError, frame_type,
                 is_ours ? "frame for a send-only stream" : "frame for a receive-only stream"};
  }
  if (is_ours) {
    if (!table_.WasOpened(stream_id)) {
      return Error{TransportErrorCode::kStreamStateError, frame_type,
                   "frame for a stream that we have not opened"};
    }
    return table_.Find(stream_id);
  }
  // RFC 9000 §4.6.
  if (!incoming(stream_id.direction()).Allows(stream_id.sequence())) {
    return Error{TransportErrorCode::kStreamLimitError, frame_type, "beyond the stream limit"};
  }
  // RFC 9000 §2.1, §3.2: lower-numbered streams open too, in order.
  while (!table_.WasOpened(stream_id)) {
    incoming(stream_id.direction()).OnOpened();
    AddEvent(OpenNext(stream_id.initiator(), stream_id.direction()), PendingEvent::kOpened);
  }
  return table_.Find(stream_id);
}

// ---- Packets to send.

bool StreamSet::has_frames() const {
  if (window_.update_due() || credit_.blocked_due()) return true;
  for (const IncomingStreamLimit& limit : incoming_) {
    if (limit.update_due()) return true;
  }
  for (const OutgoingStreamLimit& limit : outgoing_) {
    if (limit.blocked_due()) return true;
  }
  return !with_control_frames_.empty() || !scheduler_.empty();
}

void StreamSet::WriteFrames(Instant now, Duration smoothed_rtt, PacketWriter& out) {
  WriteConnectionFrames(now, smoothed_rtt, out);
  WriteStreamControlFrames(now, smoothed_rtt, out);
  WriteStreamData(out);
}

void StreamSet::WriteConnectionFrames(Instant now, Duration smoothed_rtt, PacketWriter& out) {
  // A limit counts as granted once taken, so there has to be room for any value first.
  if (window_.update_due() && out.room() >= FrameSize(MaxDataFrame{ByteCount(kMaxVarint)})) {
    (void)out.Add(MaxDataFrame{window_.TakeUpdate(now, smoothed_rtt)},
                  ControlToken{ControlKind::kMaxData});
  }
  for (const StreamDirection direction : kDirections) {
    MaxStreamsFrame max_streams{direction, kMaxStreamCount};
    if (incoming(direction).update_due() && out.room() >= FrameSize(max_streams)) {
      max_streams.maximum_streams = incoming(direction).TakeUpdate();
      (void)out.Add(max_streams, ControlToken{MaxStreamsKind(direction)});
    }
    if (outgoing(direction).blocked_due() &&
        out.Add(StreamsBlockedFrame{direction, outgoing(direction).limit()},
                ControlToken{StreamsBlockedKind(direction)})) {
      outgoing(direction).OnBlockedWritten();
    }
  }
  if (credit_.blocked_due() &&
      out.Add(DataBlockedFrame{credit_.limit()}, ControlToken{ControlKind::kDataBlocked})) {
    credit_.OnBlockedWritten();
  }
}

void StreamSet::WriteStreamControlFrames(Instant now, Duration smoothed_rtt, PacketWriter& out) {
  while (Stream* stream = with_control_frames_.front()) {
    if (stream->send && !stream->send->WriteControlFrames(out)) return;
    if (stream->recv && !stream->recv->WriteControlFrames(now, smoothed_rtt, out)) return;
    with_control_frames_.Remove(*stream);
    RetireIfEnded(*stream);
  }
}

void StreamSet::WriteStreamData(PacketWriter& out) {
  while (ScheduleNode* node = scheduler_.Next()) {
    Stream& stream = static_cast<Stream&>(*node);
    if (!HasCredit(stream)) {
      Schedule(stream);
      if (stream.lane == ScheduleNode::Lane::kNone) continue;
    }
    if (!stream.send->WriteStreamFrame(out, credit_, ReservedCredit(stream))) return;
    scheduler_.OnServed(stream);
    UpdateSendingHalf(stream);
  }
}

void StreamSet::OnAcked(const StreamToken& token) {
  Stream* stream = table_.Find(token.stream_id);
  if (stream == nullptr || !stream->send) return;
  stream->send->OnAcked(token);
  Update(*stream);
  WakeStreamsWaitingForRoom();
}

void StreamSet::OnAcked(const ControlToken& token) {
  if (token.kind != ControlKind::kResetStream) return;
  Stream* stream = table_.Find(StreamId(token.id));
  if (stream == nullptr || !stream->send) return;
  stream->send->OnResetAcked();
  Update(*stream);
}

void StreamSet::OnLost(const StreamToken& token) {
  Stream* stream = table_.Find(token.stream_id);
  if (stream == nullptr || !stream->send) return;
  stream->send->OnLost(token);
  UpdateSendingHalf(*stream);
}

void StreamSet::OnLost(const ControlToken& token) {
  switch (token.kind) {
    case ControlKind::kMaxData:
      return window_.OnUpdateLost();
    case ControlKind::kMaxStreamsBidi:
      return incoming(StreamDirection::kBidirectional).OnUpdateLost();
    case ControlKind::kMaxStreamsUni:
      return incoming(StreamDirection::kUnidirectional).OnUpdateLost();
    case ControlKind::kDataBlocked:
      if (const Stream* stream = waiting_for_credit_.front())
        credit_.OnBlockedLost(ReservedCredit(*stream));
      return;
    case ControlKind::kStreamsBlockedBidi:
      return outgoing(StreamDirection::kBidirectional).OnBlockedLost();
    case ControlKind::kStreamsBlockedUni:
      return outgoing(StreamDirection::kUnidirectional).OnBlockedLost();
    case ControlKind::kResetStream:
    case ControlKind::kStopSending:
    case ControlKind::kMaxStreamData:
    case ControlKind::kStreamDataBlocked:
      return OnStreamControlLost(token);
    default:
      return;
  }
}

void StreamSet::OnStreamControlLost(const ControlToken& token) {
  Stream* stream = table_.Find(StreamId(token.id));
  if (stream == nullptr) return;
  if (token.kind == ControlKind::kResetStream && stream->send) stream->send->OnResetLost();
  if (token.kind == ControlKind::kStreamDataBlocked && stream->send) stream->send->OnBlockedLost();
  if (token.kind == ControlKind::kMaxStreamData && stream->recv)
    stream->recv->OnMaxStreamDataLost();
  if (token.kind == ControlKind::kStopSending && stream->recv) stream->recv->OnStopSendingLost();
  Update(*stream);
}

// ---- The application.

std::optional<StreamId> StreamSet::OpenStream(StreamDirection direction) {
  if (cleared_ || !outgoing(direction).TryOpen()) return std::nullopt;
  return OpenNext(perspective_, direction).stream_id;
}

Readable StreamSet::Peek(StreamId stream_id) const {
  const Stream* stream = table_.Find(stream_id);
  return stream == nullptr || !stream->recv ? Readable{} : stream->recv->Peek();
}

void StreamSet::Consume(StreamId stream_id, ByteCount count) {
  Stream* stream = table_.Find(stream_id);
  if (stream == nullptr || !stream->recv) return;
  stream->recv->Consume(count);
  Update(*stream);
}

WriteResult StreamSet::Write(StreamId stream_id, std::span<const std::uint8_t> bytes, bool fin) {
  Stream* stream = table_.Find(stream_id);
  if (stream == nullptr || !stream->send) return {WriteStatus::kClosed, 0};
  const WriteResult result = stream->send->Write(bytes, fin, RoomFor(*stream));
  if (result.status == WriteStatus::kBlocked) stream->wants_room = true;
  UpdateSendingHalf(*stream);
  return result;
}

void StreamSet::ResetStream(StreamId stream_id, std::uint64_t application_error_code) {
  Stream* stream = table_.Find(stream_id);
  if (stream == nullptr || !stream->send) return;
  stream->send->Reset(application_error_code);
  UpdateSendingHalf(*stream);
  WakeStreamsWaitingForRoom();
}

void StreamSet::StopSending(StreamId stream_id, std::uint64_t application_error_code) {
  Stream* stream = table_.Find(stream_id);
  if (stream == nullptr || !stream->recv) return;
  stream->recv->StopSending(application_error_code);
  Update(*stream);
}

void StreamSet::SetPriority(StreamId stream_id, std::uint8_t urgency, bool incremental) {
  if (Stream* stream = table_.Find(stream_id)) {
    scheduler_.SetPriority(*stream, urgency, incremental);
  }
}

ByteCount StreamSet::write_offset(StreamId stream_id) const {
  const Stream* stream = table_.Find(stream_id);
  return stream == nullptr || !stream->send ? ByteCount(0) : stream->send->buffer().end();
}

void StreamSet::WatchAcked(StreamId stream_id, ByteCount offset) {
  Stream* stream = table_.Find(stream_id);
  if (stream == nullptr || !stream->send) return;
  auto& watched = stream->watched_offsets;
  watched.insert(std::upper_bound(watched.begin(), watched.end(), offset), offset);
  UpdateSendingHalf(*stream);
}

std::optional<StreamId> StreamSet::highest_peer_stream(StreamDirection direction) const {
  const Perspective peer = Opposite(perspective_);
  const std::uint64_t opened = table_.opened(peer, direction);
  if (opened == 0) return std::nullopt;
  return StreamId::Make(peer, direction, opened - 1);
}

void StreamSet::StopStreamCredit(StreamDirection direction) { incoming(direction).StopCredit(); }

std::optional<StreamEvent> StreamSet::PollEvent() {
  for (const StreamDirection direction : kDirections) {
    if (std::exchange(streams_available_[static_cast<std::size_t>(direction)], false))
      return StreamsAvailable{direction};
  }
  while (Stream* stream = with_events_.front()) {
    const std::optional<StreamEvent> event = NextEventOf(*stream);
    if (stream->events.empty()) {
      with_events_.Remove(*stream);
      RetireIfEnded(*stream);
    }
    if (event) return event;
  }
  return std::nullopt;
}

// Takes the first pending event; nullopt when what it told is not so any more.
std::optional<StreamEvent> StreamSet::NextEventOf(Stream& stream) {
  const StreamId id = stream.stream_id;
  if (stream.events.Take(PendingEvent::kOpened)) return StreamOpened{id};
  if (stream.events.Take(PendingEvent::kReadable)) {
    if (!stream.recv->readable()) return std::nullopt;
    return StreamReadable{id};
  }
  if (stream.events.Take(PendingEvent::kReset)) {
    stream.recv->OnResetReported();
    return StreamReset{id, stream.recv->reset_code(), *stream.recv->final_size()};
  }
  if (stream.events.Take(PendingEvent::kStopSending)) {
    return StopSendingReceived{id, stream.stop_sending_code};
  }
  if (stream.events.Take(PendingEvent::kWritable)) return StreamWritable{id};
  if (stream.events.Take(PendingEvent::kPrefixAcked)) {
    const ByteCount offset = stream.watched_offsets.front();
    stream.watched_offsets.erase(stream.watched_offsets.begin());
    ReportAckedPrefix(stream);
    return StreamPrefixAcked{id, offset};
  }
  if (stream.events.Take(PendingEvent::kSendFinished)) {
    return StreamSendFinished{id, stream.send->state() == SendState::kResetRecvd};
  }
  return std::nullopt;
}

void StreamSet::Clear() {
  cleared_ = true;
  with_events_ = {};
  with_control_frames_ = {};
  waiting_for_credit_ = {};
  waiting_for_room_ = {};
  streams_available_ = {};
  scheduler_ = {};
  buffered_ = ByteCount(0);
  table_.Clear();
}

std::size_t StreamSet::memory_bytes() const {
  return table_.memory_bytes() + scheduler_.memory_bytes();
}

// ---- One stream.

Stream& StreamSet::OpenNext(Perspective initiator, StreamDirection direction) {
  Stream& stream = table_.OpenNext(initiator, direction);
  const bool is_ours = initiator == perspective_;
  const bool both = direction == StreamDirection::kBidirectional;
  if (is_ours || both) stream.send.emplace(stream.stream_id, pool_, PeerLimit(stream.stream_id));
  if (!is_ours || both) {
    stream.recv.emplace(stream.stream_id, pool_, window_, config_.initial_max_stream_data,
                        config_.stream_window_max);
  }
  return stream;
}

ByteCount StreamSet::PeerLimit(StreamId stream_id) const {
  if (stream_id.is_unidirectional()) return peer_limits_.initial_max_stream_data_uni;
  return stream_id.initiator() == perspective_ ? peer_limits_.initial_max_stream_data_bidi_remote
                                               : peer_limits_.initial_max_stream_data_bidi_local;
}

void StreamSet::Update(Stream& stream) {
  if (stream.send) UpdateSendingHalf(stream);
  if (stream.recv) {
    if (stream.recv->readable_event_due()) {
      stream.recv->OnReadableReported();
      AddEvent(stream, PendingEvent::kReadable);
    }
    if (stream.recv->control_due()) with_control_frames_.PushBack(stream);
  }
  RetireIfEnded(stream);
}

void StreamSet::UpdateSendingHalf(Stream& stream) {
  SendStream& send = *stream.send;
  send.NoteIfBlocked();
  if (send.control_due()) with_control_frames_.PushBack(stream);
  CountBuffer(stream);
  Schedule(stream);
  if (WasReset(send)) {
    stream.watched_offsets.clear();
    stream.events.Remove(PendingEvent::kPrefixAcked);
    stream.events.Remove(PendingEvent::kWritable);
  }
  ReportAckedPrefix(stream);
  ReportRoom(stream);
  if (send.finished() && !std::exchange(stream.send_finished_reported, true)) {
    AddEvent(stream, PendingEvent::kSendFinished);
  }
}

void StreamSet::Schedule(Stream& stream) {
  SendStream& send = *stream.send;
  if (send.wants_retransmission()) {
    return scheduler_.Place(stream, Scheduler::Demand::kRetransmission);
  }
  if (send.wants_fin()) return scheduler_.Place(stream, Scheduler::Demand::kNewData);
  if (!send.wants_new_bytes()) return scheduler_.Place(stream, Scheduler::Demand::kNothing);
  if (HasCredit(stream)) return scheduler_.Place(stream, Scheduler::Demand::kNewData);
  credit_.OnBlocked();
  waiting_for_credit_.PushBack(stream);
  scheduler_.Place(stream, Scheduler::Demand::kNothing);
}

// Bidirectional streams carry what a peer may leave unread for as long as it likes; unidirectional
// ones the few bytes that an application protocol must be able to say all the same, such as HTTP/3
// its GOAWAY. A limit too low to be shared is not.
ByteCount StreamSet::ReservedCredit(const Stream& stream) const {
  constexpr ByteCount kReserved{32};
  constexpr ByteCount kLowLimit{1024};
  const bool leaves_some = stream.stream_id.is_bidirectional() && credit_.limit() >= kLowLimit;
  return leaves_some ? kReserved : ByteCount();
}

void StreamSet::AddEvent(Stream& stream, PendingEvent event) {
  stream.events.Add(event);
  with_events_.PushBack(stream);
}

void StreamSet::ReportAckedPrefix(Stream& stream) {
  if (stream.watched_offsets.empty()) return;
  if (stream.watched_offsets.front() > stream.send->buffer().acked_prefix()) return;
  AddEvent(stream, PendingEvent::kPrefixAcked);
}

// Half of a stream's queue and a quarter of the connection's are worth waking the application for.
void StreamSet::ReportRoom(Stream& stream) {
  stream.wants_room = stream.wants_room && stream.send->writable();
  if (!stream.wants_room) return;
  if (stream.send->buffer().unsent() > config_.max_unsent_per_stream / 2) return;
  if (!HasRoomAgain()) return waiting_for_room_.PushBack(stream);
  stream.wants_room = false;
  AddEvent(stream, PendingEvent::kWritable);
}

bool StreamSet::HasRoomAgain() const {
  return buffered_ <= config_.max_send_buffer - config_.max_send_buffer / 4;
}

void StreamSet::WakeStreamsWaitingForRoom() {
  if (!HasRoomAgain()) return;
  while (!waiting_for_room_.empty()) ReportRoom(waiting_for_room_.PopFront());
}

void StreamSet::CountBuffer(Stream& stream) {
  const ByteCount now_buffered = stream.send->buffer().buffered();
  buffered_ += now_buffered;
  buffered_ -= stream.counted_buffer;
  stream.counted_buffer = now_buffered;
}

ByteCount StreamSet::RoomFor(const Stream& stream) const {
  return std::min(config_.max_unsent_per_stream - stream.send->buffer().unsent(),
                  config_.max_send_buffer - buffered_);
}

void StreamSet::RetireIfEnded(Stream& stream) {
  if (!stream.ended()) return;
  with_events_.Remove(stream);
  with_control_frames_.Remove(stream);
  waiting_for_credit_.Remove(stream);
  waiting_for_room_.Remove(stream);
  QUIESCE_DCHECK(stream.lane == ScheduleNode::Lane::kNone);
  const StreamId stream_id = stream.stream_id;
  table_.Retire(stream_id);
  if (stream_id.initiator() != perspective_) incoming(stream_id.direction()).OnRetired();
}

}  // namespace quiesce::quic
