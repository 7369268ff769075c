#include "quic/stream/send_stream.h"

#include <algorithm>

#include "quic/base/check.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

WriteResult SendStream::Write(std::span<const std::uint8_t> bytes, bool fin, ByteCount room) {
  if (!writable()) return {WriteStatus::kClosed, 0};
  const std::size_t accepted =
      buffer_.Append(bytes.first(std::min<std::uint64_t>(bytes.size(), room.value())));
  if (accepted < bytes.size()) return {WriteStatus::kBlocked, accepted};
  fin_queued_ = fin;
  return {WriteStatus::kOk, accepted};
}

void SendStream::Reset(std::uint64_t application_error_code) {
  // RFC 9000 §3.1: from "Ready", "Send" and "Data Sent".
  if (!machine_.Apply(SendEvent::kSendReset)) return;
  reset_code_ = application_error_code;
  // RFC 9000 §4.5: what was never sent does not count.
  final_size_ = buffer_.sent_end();
  reset_due_ = true;
  fin_lost_ = false;
  buffer_.Clear();
  credit_.OnBlockedWritten();  // no longer wanted
}

bool SendStream::OnStopSending(std::uint64_t application_error_code) {
  if (!machine_.Allows(SendEvent::kSendReset)) return false;
  Reset(application_error_code);
  return true;
}

bool SendStream::wants_new_bytes() const {
  return !buffer_.unsent().is_zero() && !credit_.available().is_zero();
}

bool SendStream::wants_fin() const {
  return fin_queued_ && buffer_.unsent().is_zero() &&
         (state() == SendState::kReady || state() == SendState::kSend);
}

void SendStream::NoteIfBlocked() {
  if (!buffer_.unsent().is_zero() && credit_.available().is_zero()) credit_.OnBlocked();
}

bool SendStream::WriteStreamFrame(PacketWriter& out, SendCredit& connection, ByteCount reserved) {
  const bool retransmission = buffer_.has_lost();
  const ByteCount credit = retransmission
                               ? ByteCount::Max()
                               : std::min(credit_.available(), connection.available() - reserved);
  SendBuffer::Chunk chunk = buffer_.NextChunk(credit);
  StreamFrameHeader header{.stream_id = stream_id_, .offset = chunk.offset};
  const std::size_t room = StreamFrameDataRoom(header, out.room());
  chunk.length = std::min(chunk.length, ByteCount(room));
  header.length = chunk.length.value();
  header.fin = fin_queued_ && chunk.offset + chunk.length == buffer_.end();
  const bool fin_alone = header.fin && (wants_fin() || fin_lost_);
  if (chunk.length.is_zero() && !fin_alone) return false;

  std::span<std::uint8_t> data;
  if (!out.StartStream(header, data)) return false;
  buffer_.CopyTo(chunk.offset, data);
  if (!retransmission) {
    credit_.Spend(chunk.length);
    connection.Spend(chunk.length);
  }
  buffer_.OnSent(chunk);
  (void)machine_.Apply(SendEvent::kSendStream);  // leaves "Ready" at the first frame only
  if (header.fin) {
    fin_lost_ = false;
    (void)machine_.Apply(SendEvent::kSendFin);  // leaves "Send" at the first FIN only
  }
  return true;
}

bool SendStream::WriteControlFrames(PacketWriter& out) {
  if (reset_due_) {
    const ResetStreamFrame frame{
        .stream_id = stream_id_, .application_error_code = reset_code_, .final_size = final_size_};
    if (!out.Add(frame, ControlToken{ControlKind::kResetStream, stream_id_.value()})) return false;
    reset_due_ = false;
  }
  if (credit_.blocked_due()) {
    const StreamDataBlockedFrame frame{.stream_id = stream_id_,
                                       .maximum_stream_data = credit_.limit()};
    if (!out.Add(frame, ControlToken{ControlKind::kStreamDataBlocked, stream_id_.value()}))
      return false;
    credit_.OnBlockedWritten();
    (void)machine_.Apply(SendEvent::kSendStream);
  }
  return true;
}

void SendStream::OnAcked(const StreamToken& token) {
  if (state() == SendState::kResetSent || finished()) return;
  buffer_.OnAcked(token.offset, token.length);
  if (token.fin) {
    fin_acked_ = true;
    fin_lost_ = false;
  }
  if (fin_acked_ && buffer_.buffered().is_zero()) {
    if (!machine_.Apply(SendEvent::kRecvAllAcks))
      QUIESCE_INVARIANT_BROKEN("everything acknowledged before it was sent");
  }
}

void SendStream::OnLost(const StreamToken& token) {
  // RFC 9000 §13.3: after RESET_STREAM no STREAM frame is needed.
  if (state() == SendState::kResetSent || finished()) return;
  buffer_.OnLost(token.offset, token.length);
  if (token.fin && !fin_acked_) fin_lost_ = true;
}

void SendStream::OnResetAcked() {
  reset_due_ = false;                              // an earlier copy may have been declared lost
  (void)machine_.Apply(SendEvent::kRecvResetAck);  // the second of two copies changes nothing
}

void SendStream::OnResetLost() { reset_due_ = state() == SendState::kResetSent; }

void SendStream::OnBlockedLost() {
  if (!buffer_.unsent().is_zero()) credit_.OnBlockedLost();
}

}  // namespace quiesce::quic
