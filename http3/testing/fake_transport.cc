#include "http3/testing/fake_transport.h"

#include <algorithm>
#include <utility>

#include "quic/base/check.h"

namespace quiesce::http3 {
namespace {

std::size_t Index(quic::StreamDirection direction) {
  return direction == quic::StreamDirection::kBidirectional ? 0 : 1;
}

// What of stream data fits in front of a CONNECTION_CLOSE in one datagram.
constexpr std::size_t kCloseRoom = 1000;

}  // namespace

FakeTransport::FakeTransport(quic::Perspective perspective, const FakeLimits& limits)
    : perspective_(perspective), limits_(limits) {
  granted_[0] = limits.request_streams;
  granted_[1] = limits.unidirectional_streams;
}

void FakeTransport::Join(FakeTransport& client, FakeTransport& server) {
  client.peer_ = &server;
  server.peer_ = &client;
  std::copy(std::begin(client.granted_), std::end(client.granted_), std::begin(server.allowed_));
  std::copy(std::begin(server.granted_), std::end(server.granted_), std::begin(client.allowed_));
}

// --- For the test.

std::optional<quic::Event> FakeTransport::PollEvent() {
  if (events_.empty()) {
    released_ = ended_;
    return std::nullopt;
  }
  quic::Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::vector<Move> FakeTransport::moves() const {
  std::vector<Move> moves;
  if (close_ && !close_delivered_ && !peer_->ended_) return {{Move::Kind::kClose, {}}};
  if (ended_ || peer_->ended_) return moves;
  for (const auto& [id, stream] : streams_) {
    if (const auto& send = stream.send) {
      const bool unsent = !send->reset && send->delivered < send->bytes.size();
      if (unsent && Window(id) > 0) moves.push_back({Move::Kind::kData, id});
      if (!send->reset && !unsent && send->fin && !send->fin_delivered)
        moves.push_back({Move::Kind::kFin, id});
      if (send->reset && !send->reset_delivered) moves.push_back({Move::Kind::kReset, id});
    }
    if (const auto& recv = stream.recv; recv && recv->stop && !recv->stop_delivered)
      moves.push_back({Move::Kind::kStopSending, id});
  }
  // Acknowledgements that this end owes.
  for (const auto& [id, stream] : peer_->streams_) {
    const auto& send = stream.send;
    if (!send || send->finished) continue;
    if (send->acked < send->delivered || (send->fin_delivered && !send->reset) ||
        send->reset_delivered)
      moves.push_back({Move::Kind::kAck, id});
  }
  if (CreditDue()) moves.push_back({Move::Kind::kCredit, {}});
  return moves;
}

void FakeTransport::Make(const Move& move, std::size_t bytes_max) {
  switch (move.kind) {
    case Move::Kind::kData: {
      DeliverData(move.stream_id, bytes_max);
      const SendHalf& half = *streams_.at(move.stream_id).send;
      const bool all = half.delivered == half.bytes.size();
      if (half.fin && all && bytes_max == kNoLimit) DeliverFin(move.stream_id);
      return;
    }
    case Move::Kind::kFin:
      return DeliverFin(move.stream_id);
    case Move::Kind::kReset:
      return DeliverReset(move.stream_id);
    case Move::Kind::kStopSending:
      return DeliverStopSending(move.stream_id);
    case Move::Kind::kAck:
      return peer_->Acknowledge(move.stream_id);
    case Move::Kind::kClose:
      return DeliverClose();
    case Move::Kind::kCredit:
      for (auto& [id, stream] : streams_) {
        if (id.initiator() == perspective_ || !id.is_bidirectional()) continue;
        if (!Over(stream) || stream.credited) continue;
        stream.credited = true;
        ++granted_[0];
      }
      peer_->allowed_[0] = granted_[0];
      if (std::exchange(peer_->open_refused_, false))
        peer_->events_.push_back(quic::StreamsAvailable{});
  }
}

void FakeTransport::Break(const quic::ConnectionClosed& how) {
  if (ended_) return;
  ended_ = true;
  events_.push_back(how);
}

void FakeTransport::Unblock(quic::StreamId id) {
  send_buffers_.erase(id);
  Stream& stream = streams_.at(id);
  if (stream.send->blocked) {
    stream.send->blocked = false;
    events_.push_back(quic::StreamWritable{id});
  }
}

std::string_view FakeTransport::written(quic::StreamId id) const {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !found->second.send) return {};
  return found->second.send->bytes;
}

bool FakeTransport::fin_written(quic::StreamId id) const { return streams_.at(id).send->fin; }

std::optional<std::uint64_t> FakeTransport::reset_code(quic::StreamId id) const {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !found->second.send) return std::nullopt;
  return found->second.send->reset;
}

std::optional<std::uint64_t> FakeTransport::stop_code(quic::StreamId id) const {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !found->second.recv) return std::nullopt;
  return found->second.recv->stop;
}

bool FakeTransport::acknowledged(quic::StreamId id) const { return streams_.at(id).send->finished; }

std::size_t FakeTransport::unread(quic::StreamId id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() || !found->second.recv ? 0 : found->second.recv->bytes.size();
}

std::vector<quic::StreamId> FakeTransport::streams() const {
  std::vector<quic::StreamId> ids;
  for (const auto& [id, stream] : streams_) ids.push_back(id);
  return ids;
}

// --- quic::Transport.

std::optional<quic::StreamId> FakeTransport::OpenStream(quic::StreamDirection direction) {
  if (ended_) return std::nullopt;
  const std::size_t i = Index(direction);
  if (opened_[i] >= allowed_[i]) {
    open_refused_ = true;
    return std::nullopt;
  }
  const auto id = quic::StreamId::Make(perspective_, direction, opened_[i]++);
  Stream& stream = streams_[id];
  stream.send.emplace();
  if (direction == quic::StreamDirection::kBidirectional) stream.recv.emplace();
  return id;
}

quic::Readable FakeTransport::Peek(quic::StreamId stream_id) const {
  const auto found = streams_.find(stream_id);
  if (released_ || found == streams_.end() || !found->second.recv) return {};
  const RecvHalf& half = *found->second.recv;
  if (half.retired || half.reset || half.stop) return {};
  const std::size_t shown = std::min(half.bytes.size(), limits_.peek_bytes);
  return {{reinterpret_cast<const std::uint8_t*>(half.bytes.data()), shown},
          half.fin && shown == half.bytes.size()};
}

void FakeTransport::Consume(quic::StreamId stream_id, quic::ByteCount count) {
  RecvHalf& half = *streams_.at(stream_id).recv;
  if (released_ || half.retired || half.reset || half.stop) return;
  QUIESCE_CHECK(count.value() <= half.bytes.size());
  half.bytes.erase(0, count.value());
  if (!half.bytes.empty()) return;
  half.readable_reported = false;
  half.retired = half.fin;
}

quic::WriteResult FakeTransport::Write(quic::StreamId stream_id,
                                       std::span<const std::uint8_t> bytes, bool fin) {
  const auto found = streams_.find(stream_id);
  if (ended_ || found == streams_.end() || !found->second.send)
    return {quic::WriteStatus::kClosed, 0};
  SendHalf& half = *found->second.send;
  if (half.reset || half.fin) return {quic::WriteStatus::kClosed, 0};
  const std::size_t held = half.bytes.size() - half.acked;
  const std::size_t room = SendBuffer(stream_id) > held ? SendBuffer(stream_id) - held : 0;
  const std::size_t taken = std::min(room, bytes.size());
  half.bytes.append(reinterpret_cast<const char*>(bytes.data()), taken);
  if (taken < bytes.size()) {
    half.blocked = true;
    return {quic::WriteStatus::kBlocked, taken};
  }
  half.fin = fin;
  return {quic::WriteStatus::kOk, taken};
}

void FakeTransport::ResetStream(quic::StreamId stream_id, std::uint64_t application_error_code) {
  const auto found = streams_.find(stream_id);
  if (ended_ || found == streams_.end() || !found->second.send) return;
  SendHalf& half = *found->second.send;
  if (half.finished || half.reset) return;
  half.reset = application_error_code;
}

void FakeTransport::StopSending(quic::StreamId stream_id, std::uint64_t application_error_code) {
  const auto found = streams_.find(stream_id);
  if (ended_ || found == streams_.end() || !found->second.recv) return;
  RecvHalf& half = *found->second.recv;
  if (half.retired || half.reset || half.stop) return;
  half.stop = application_error_code;
  half.bytes.clear();
  if (!half.fin) return;
  half.retired = true;  // nothing is left to stop
  half.stop_delivered = true;
}

quic::ByteCount FakeTransport::write_offset(quic::StreamId stream_id) const {
  return quic::ByteCount(written(stream_id).size());
}

void FakeTransport::WatchAcked(quic::StreamId stream_id, quic::ByteCount offset) {
  SendHalf& half = *streams_.at(stream_id).send;
  QUIESCE_CHECK(offset.value() <= half.bytes.size());
  if (half.acked >= offset.value())
    events_.push_back(quic::StreamPrefixAcked{stream_id, offset});
  else
    half.watch = offset.value();
}

std::optional<quic::StreamId> FakeTransport::highest_peer_stream(
    quic::StreamDirection direction) const {
  const std::size_t count = accepted_[Index(direction)];
  if (count == 0) return std::nullopt;
  return quic::StreamId::Make(quic::Opposite(perspective_), direction, count - 1);
}

void FakeTransport::StopStreamCredit(quic::StreamDirection direction) {
  QUIESCE_CHECK(direction == quic::StreamDirection::kBidirectional);
  credit_stopped_ = true;
}

void FakeTransport::Close(std::uint64_t application_error_code, std::string_view reason) {
  if (ended_) return;
  ended_ = true;
  released_ = true;
  close_ = CloseRecord{application_error_code, std::string(reason)};
  events_.push_back(quic::ConnectionClosed{.source = quic::CloseSource::kLocal,
                                           .is_application = true,
                                           .error_code = application_error_code,
                                           .reason = std::string(reason)});
}

// --- From this end to the other.

FakeTransport::Stream& FakeTransport::Accept(quic::StreamId id) {
  if (id.initiator() == perspective_) return streams_.at(id);
  std::size_t& count = accepted_[Index(id.direction())];
  while (count <= id.sequence()) {
    const auto next = quic::StreamId::Make(id.initiator(), id.direction(), count++);
    Stream& stream = streams_[next];
    stream.recv.emplace();
    if (next.is_bidirectional()) stream.send.emplace();
    events_.push_back(quic::StreamOpened{next});
  }
  return streams_.at(id);
}

void FakeTransport::DeliverData(quic::StreamId id, std::size_t bytes_max) {
  SendHalf& send = *streams_.at(id).send;
  const std::size_t count = std::min({send.bytes.size() - send.delivered, Window(id), bytes_max});
  RecvHalf& recv = *peer_->Accept(id).recv;
  if (!recv.stop && !recv.reset) {
    recv.bytes.append(send.bytes, send.delivered, count);
    peer_->ReportReadable(id, recv);
  }
  send.delivered += count;
}

void FakeTransport::DeliverFin(quic::StreamId id) {
  streams_.at(id).send->fin_delivered = true;
  RecvHalf& recv = *peer_->Accept(id).recv;
  recv.fin = true;
  if (recv.stop)
    recv.retired = true;
  else
    peer_->ReportReadable(id, recv);
}

void FakeTransport::DeliverReset(quic::StreamId id) {
  SendHalf& send = *streams_.at(id).send;
  send.reset_delivered = true;
  RecvHalf& recv = *peer_->Accept(id).recv;
  if (recv.fin) return;  // RFC 9000 §3.2: everything had arrived
  recv.reset = true;
  recv.bytes.clear();
  peer_->events_.push_back(quic::StreamReset{id, *send.reset, quic::ByteCount(send.bytes.size())});
}

void FakeTransport::DeliverStopSending(quic::StreamId id) {
  RecvHalf& recv = *streams_.at(id).recv;
  recv.stop_delivered = true;
  SendHalf& send = *peer_->Accept(id).send;
  if (send.finished) return;
  if (!send.reset) send.reset = *recv.stop;
  peer_->events_.push_back(quic::StopSendingReceived{id, *recv.stop});
}

// The close and what fits in front of it in its datagram: acknowledgements, resets, stream bytes.
void FakeTransport::DeliverClose() {
  close_delivered_ = true;
  if (peer_->ended_) return;
  std::vector<quic::StreamId> order = streams();
  std::stable_partition(order.begin(), order.end(),
                        [](quic::StreamId id) { return id.is_unidirectional(); });
  for (const quic::StreamId id : peer_->streams()) {
    const auto found = streams_.find(id);
    if (found != streams_.end() && peer_->streams_.at(id).send) peer_->Acknowledge(id);
  }
  std::size_t room = kCloseRoom;
  for (const quic::StreamId id : order) {
    Stream& stream = streams_.at(id);
    if (stream.recv && stream.recv->stop && !stream.recv->stop_delivered) DeliverStopSending(id);
    if (!stream.send) continue;
    if (stream.send->reset) {
      if (!stream.send->reset_delivered) DeliverReset(id);
      continue;
    }
    const std::size_t before = stream.send->delivered;
    if (before < stream.send->bytes.size() && room > 0 && Window(id) > 0) DeliverData(id, room);
    room -= stream.send->delivered - before;
    const bool all = stream.send->delivered == stream.send->bytes.size();
    if (all && stream.send->fin && !stream.send->fin_delivered) DeliverFin(id);
  }
  peer_->Break({.source = quic::CloseSource::kPeer,
                .is_application = true,
                .error_code = close_->code,
                .reason = close_->reason});
}

// --- At the receiving end.

void FakeTransport::Acknowledge(quic::StreamId id) {
  SendHalf& half = *streams_.at(id).send;
  if (half.finished) return;
  half.acked = half.delivered;
  if (half.watch && half.acked >= *half.watch) {
    events_.push_back(quic::StreamPrefixAcked{id, quic::ByteCount(*half.watch)});
    half.watch.reset();
  }
  if (half.reset_delivered ||
      (half.fin_delivered && !half.reset && half.acked == half.bytes.size())) {
    half.finished = true;
    events_.push_back(quic::StreamSendFinished{id, half.reset_delivered});
  } else if (half.blocked && half.bytes.size() - half.acked < SendBuffer(id)) {
    half.blocked = false;
    events_.push_back(quic::StreamWritable{id});
  }
}

void FakeTransport::ReportReadable(quic::StreamId id, RecvHalf& half) {
  if (half.readable_reported) return;
  half.readable_reported = true;
  events_.push_back(quic::StreamReadable{id});
}

std::size_t FakeTransport::Window(quic::StreamId id) const {
  const std::size_t unread = peer_->unread(id);
  return peer_->limits_.receive_window_bytes > unread ? peer_->limits_.receive_window_bytes - unread
                                                      : 0;
}

std::size_t FakeTransport::SendBuffer(quic::StreamId id) const {
  const auto found = send_buffers_.find(id);
  return found == send_buffers_.end() ? limits_.send_buffer_bytes : found->second;
}

bool FakeTransport::Over(const Stream& stream) {
  return stream.send->finished && (stream.recv->retired || stream.recv->reset);
}

bool FakeTransport::CreditDue() const {
  if (credit_stopped_) return false;
  return std::ranges::any_of(streams_, [this](const auto& entry) {
    const auto& [id, stream] = entry;
    return id.is_bidirectional() && id.initiator() != perspective_ && Over(stream) &&
           !stream.credited;
  });
}

}  // namespace quiesce::http3
