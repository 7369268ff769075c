// The receiving half of a stream. RFC 9000 §3.2, §3.5, §4.1, §4.5. Owned by a Stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quic/base/block_pool.h"
#include "quic/base/result.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/stream/flow_control.h"
#include "quic/stream/packet_writer.h"
#include "quic/stream/reassembler.h"
#include "quic/stream/state.h"
#include "quic/stream/stream_io.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

class RecvStream {
 public:
  // `connection`: the window that all streams of the connection share; it outlives the stream.
  // `initial_window`: what our transport parameter grants; `window_max`: where growth ends.
  RecvStream(StreamId stream_id, BlockPool& pool, ReceiveWindow& connection,
             ByteCount initial_window, ByteCount window_max)
      : stream_id_(stream_id),
        reassembler_(pool),
        window_(initial_window, window_max),
        connection_(connection) {}

  // Accepts one STREAM frame; its data may overlap earlier bytes and is copied. RFC 9000 §2.2.
  // Errors: FLOW_CONTROL_ERROR above either limit (§4.1); FINAL_SIZE_ERROR if the end moves, or
  // data lies beyond it (§4.5), also after a reset.
  Result<void> HandleStream(const StreamFrame& frame);
  // Accepts RESET_STREAM: unread bytes are dropped, unless all have arrived, in which case the
  // reset changes nothing (§3.2). Returns whether the application has to be told. Errors:
  // FINAL_SIZE_ERROR, FLOW_CONTROL_ERROR as above.
  Result<bool> HandleReset(const ResetStreamFrame& frame);

  // The next in-order bytes; nothing once the half was reset or stopped.
  Readable Peek() const;
  // Takes `count` of the bytes that can be read. At the end, once Peek has shown the FIN, the half
  // is finished; a FIN that arrived since stays readable, so that it is never missed.
  void Consume(ByteCount count);
  // No more bytes are wanted. Those that still arrive are counted and dropped.
  void StopSending(std::uint64_t application_error_code);
  // The application has been told of the reset.
  void OnResetReported();

  // Whether Peek() shows bytes, or the end.
  bool readable() const;
  // Whether StreamReadable is due; reporting it once is enough until everything was consumed.
  bool readable_event_due() const { return !readable_reported_ && readable(); }
  void OnReadableReported() { readable_reported_ = true; }

  // MAX_STREAM_DATA and STOP_SENDING.
  bool control_due() const { return stop_due_ || update_due(); }
  // Writes those that are due; false when one did not fit.
  bool WriteControlFrames(Instant now, Duration smoothed_rtt, PacketWriter& out);
  void OnMaxStreamDataLost() { window_.OnUpdateLost(); }
  void OnStopSendingLost();

  RecvState state() const { return machine_.state(); }
  // Terminal: everything read, or the reset reported.
  bool finished() const {
    return state() == RecvState::kDataRead || state() == RecvState::kResetRead;
  }
  std::optional<ByteCount> final_size() const { return final_size_; }
  std::uint64_t reset_code() const { return reset_code_; }
  const Reassembler& reassembler() const { return reassembler_; }
  const ReceiveWindow& window() const { return window_; }

 private:
  bool AtEnd() const;
  bool update_due() const;
  Result<void> CheckLimits(ByteCount end, bool is_final, std::uint64_t frame_type) const;
  void CountReceived(ByteCount end);
  void CreditUnread();
  void FinishIfAbandoned();

  StreamId stream_id_;
  RecvMachine machine_{RecvState::kRecv};
  Reassembler reassembler_;
  ReceiveWindow window_;
  ReceiveWindow& connection_;
  std::optional<ByteCount> final_size_;
  std::uint64_t reset_code_ = 0;
  std::uint64_t stop_code_ = 0;
  bool stopped_ = false;   // StopSending() was called
  bool stop_due_ = false;  // STOP_SENDING is to be written
  bool readable_reported_ = false;
  mutable bool fin_shown_ = false;  // Peek has returned the FIN
};

}  // namespace quiesce::quic
