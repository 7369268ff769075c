#include "quic/stream/recv_stream.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::quic {

Result<void> RecvStream::HandleStream(const StreamFrame& frame) {
  const ByteCount end = frame.offset + ByteCount(frame.data.size());
  QUIESCE_RETURN_IF_ERROR(CheckLimits(end, frame.fin, StreamFrame::kFirstType));
  if (state() != RecvState::kRecv && state() != RecvState::kSizeKnown) return {};
  CountReceived(end);
  if (frame.fin) {
    final_size_ = end;
    (void)machine_.Apply(RecvEvent::kRecvFin);  // the FIN may come again
  }
  if (stopped_) {
    // RFC 9000 §3.5: still counted, and discarded.
    CreditUnread();
    FinishIfAbandoned();
    return {};
  }
  QUIESCE_RETURN_IF_ERROR(reassembler_.Insert(frame.offset, frame.data));
  if (final_size_ == reassembler_.contiguous_end()) {
    if (!machine_.Apply(RecvEvent::kRecvAllData))
      QUIESCE_INVARIANT_BROKEN("all data of a stream arrived twice");
  }
  return {};
}

Result<bool> RecvStream::HandleReset(const ResetStreamFrame& frame) {
  QUIESCE_RETURN_IF_ERROR(CheckLimits(frame.final_size, true, ResetStreamFrame::kType));
  if (!machine_.Apply(RecvEvent::kRecvReset)) return false;
  // RFC 9000 §4.5: the final size is what the stream has used of the connection's credit.
  CountReceived(frame.final_size);
  final_size_ = frame.final_size;
  reset_code_ = frame.application_error_code;
  stop_due_ = false;
  reassembler_.Clear();
  CreditUnread();
  return true;
}

Readable RecvStream::Peek() const {
  if (!readable()) return {};
  Readable result{.bytes = reassembler_.Peek()};
  result.fin = final_size_ == reassembler_.read_offset() + ByteCount(result.bytes.size());
  fin_shown_ = fin_shown_ || result.fin;
  return result;
}

void RecvStream::Consume(ByteCount count) {
  if (!readable()) return;
  reassembler_.Consume(count);
  window_.OnConsumed(count);
  connection_.OnConsumed(count);
  if (AtEnd() && fin_shown_) {
    if (!machine_.Apply(RecvEvent::kAppReadAllData))
      QUIESCE_INVARIANT_BROKEN("a stream was read beyond what arrived");
    return;
  }
  // What is left is the FIN at most, and that is news.
  if (reassembler_.read_offset() == reassembler_.contiguous_end()) readable_reported_ = false;
}

void RecvStream::StopSending(std::uint64_t application_error_code) {
  if (stopped_ || state() == RecvState::kResetRecvd || finished()) return;
  stopped_ = true;
  stop_code_ = application_error_code;
  reassembler_.Clear();
  CreditUnread();
  // RFC 9000 §3.5: needed only while something is still to come.
  if (machine_.Apply(RecvEvent::kAppReadAllData)) return;
  stop_due_ = true;
}

void RecvStream::OnResetReported() { (void)machine_.Apply(RecvEvent::kAppReadReset); }

bool RecvStream::WriteControlFrames(Instant now, Duration smoothed_rtt, PacketWriter& out) {
  if (stop_due_) {
    const StopSendingFrame frame{.stream_id = stream_id_, .application_error_code = stop_code_};
    if (!out.Add(frame, ControlToken{ControlKind::kStopSending, stream_id_.value()})) return false;
    stop_due_ = false;
    FinishIfAbandoned();
  }
  if (update_due()) {
    // The limit counts as granted once taken, so there has to be room for any value first.
    MaxStreamDataFrame frame{.stream_id = stream_id_, .maximum_stream_data = ByteCount(kMaxVarint)};
    if (out.room() < FrameSize(frame)) return false;
    frame.maximum_stream_data = window_.TakeUpdate(now, smoothed_rtt);
    return out.Add(frame, ControlToken{ControlKind::kMaxStreamData, stream_id_.value()});
  }
  return true;
}

void RecvStream::OnStopSendingLost() {
  // RFC 9000 §3.5: sent again until the end is known one way or the other.
  stop_due_ = state() == RecvState::kRecv;
}

bool RecvStream::readable() const {
  if (stopped_ || state() == RecvState::kResetRecvd || finished()) return false;
  return reassembler_.read_offset() < reassembler_.contiguous_end() || AtEnd();
}

bool RecvStream::AtEnd() const { return final_size_ == reassembler_.read_offset(); }

bool RecvStream::update_due() const {
  // RFC 9000 §3.3: MAX_STREAM_DATA is sent in "Recv" only.
  return state() == RecvState::kRecv && !stopped_ && window_.update_due();
}

Result<void> RecvStream::CheckLimits(ByteCount end, bool is_final, std::uint64_t frame_type) const {
  // RFC 9000 §4.5.
  if (final_size_ && (end > *final_size_ || (is_final && end != *final_size_)))
    return Error{TransportErrorCode::kFinalSizeError, frame_type, "final size changed"};
  if (is_final && end < window_.received())
    return Error{TransportErrorCode::kFinalSizeError, frame_type, "final size below received data"};
  // RFC 9000 §4.1, §19.9: both limits count the highest offset, across gaps.
  const ByteCount more = end - window_.received();
  if (!window_.Allows(more))
    return Error{TransportErrorCode::kFlowControlError, frame_type, "beyond the stream's limit"};
  if (!connection_.Allows(more))
    return Error{TransportErrorCode::kFlowControlError, frame_type,
                 "beyond the connection's limit"};
  return {};
}

void RecvStream::CountReceived(ByteCount end) {
  const ByteCount more = end - window_.received();
  window_.OnReceived(more);
  connection_.OnReceived(more);
}

// Grants the connection anew what the application will not read.
void RecvStream::CreditUnread() {
  const ByteCount unread = window_.received() - window_.consumed();
  window_.OnConsumed(unread);
  connection_.OnConsumed(unread);
}

// A stopped stream whose size is known has nothing to wait for: the bytes that are still missing
// are counted already and nobody wants them. A peer that had sent everything may never reset.
void RecvStream::FinishIfAbandoned() {
  if (stopped_ && !stop_due_ && machine_.Apply(RecvEvent::kRecvAllData))
    (void)machine_.Apply(RecvEvent::kAppReadAllData);
}

}  // namespace quiesce::quic
