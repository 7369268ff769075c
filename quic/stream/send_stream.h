// The sending half of a stream. RFC 9000 §3.1, §3.5, §4.1, §4.5. Owned by a Stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quic/base/block_pool.h"
#include "quic/base/token.h"
#include "quic/base/types.h"
#include "quic/stream/flow_control.h"
#include "quic/stream/packet_writer.h"
#include "quic/stream/send_buffer.h"
#include "quic/stream/state.h"
#include "quic/stream/stream_io.h"

namespace quiesce::quic {

class SendStream {
 public:
  // `max_stream_data`: what the peer's transport parameters grant for this kind of stream.
  SendStream(StreamId stream_id, BlockPool& pool, ByteCount max_stream_data)
      : stream_id_(stream_id), buffer_(pool), credit_(max_stream_data) {}

  // The application's calls. Write takes at most `room` bytes; the FIN counts when all were taken.
  // Neither reset has an effect after the half has ended or was reset before.
  WriteResult Write(std::span<const std::uint8_t> bytes, bool fin, ByteCount room);
  void Reset(std::uint64_t application_error_code);

  // STOP_SENDING. True when it is news: the half was still open and answers with RESET_STREAM.
  // RFC 9000 §3.5 lets a stream in "Data Sent" wait for acknowledgments first; the peer has said
  // that it drops the bytes, so there is nothing to wait for.
  bool OnStopSending(std::uint64_t application_error_code);
  // MAX_STREAM_DATA. True when it raises the limit.
  bool RaiseLimit(ByteCount max_stream_data) { return credit_.Raise(max_stream_data); }

  // Lost bytes or a lost FIN wait; these need no credit.
  bool wants_retransmission() const { return buffer_.has_lost() || fin_lost_; }
  // The FIN alone, or bytes within the stream's credit, wait to be sent for the first time; the
  // bytes (wants_new_bytes) need connection credit too.
  bool wants_new_bytes() const;
  bool wants_fin() const;
  // Asks for STREAM_DATA_BLOCKED if bytes wait that the stream's credit does not cover.
  void NoteIfBlocked();

  // Writes one STREAM frame. New bytes are held to, and spent from, the credit of the `connection`,
  // of which `reserved` is for others. False when nothing waits that may be sent, or not even one
  // byte of it fits.
  bool WriteStreamFrame(PacketWriter& out, SendCredit& connection,
                        ByteCount reserved = ByteCount());

  // RESET_STREAM and STREAM_DATA_BLOCKED.
  bool control_due() const { return reset_due_ || credit_.blocked_due(); }
  // Writes those that are due; false when one did not fit.
  bool WriteControlFrames(PacketWriter& out);

  void OnAcked(const StreamToken& token);
  void OnLost(const StreamToken& token);
  void OnResetAcked();
  void OnResetLost();
  void OnBlockedLost();

  SendState state() const { return machine_.state(); }
  // Terminal: everything acknowledged, or the reset.
  bool finished() const {
    return state() == SendState::kDataRecvd || state() == SendState::kResetRecvd;
  }
  // Whether Write() may still take bytes.
  bool writable() const {
    return !fin_queued_ && (state() == SendState::kReady || state() == SendState::kSend);
  }
  const SendBuffer& buffer() const { return buffer_; }

 private:
  StreamId stream_id_;
  SendMachine machine_{SendState::kReady};
  SendBuffer buffer_;
  SendCredit credit_;
  bool fin_queued_ = false;
  bool fin_lost_ = false;
  bool fin_acked_ = false;
  bool reset_due_ = false;
  std::uint64_t reset_code_ = 0;
  ByteCount final_size_;  // of the reset
};

}  // namespace quiesce::quic
