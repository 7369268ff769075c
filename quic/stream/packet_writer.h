// The payload of one packet while parts fill it: frames go into the packet, a token per frame goes
// into the packet's record. RFC 9000 §12.4, §13.3. Made by the packet builder, handed to each part
// in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quic/base/token.h"
#include "quic/base/types.h"
#include "quic/wire/cursor.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/frame_table.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

class PacketWriter {
 public:
  // Frames are written to `out`, whose room ends where the packet's payload may end; tokens are
  // appended to `tokens`. Both outlive the writer.
  PacketWriter(Writer& out, std::vector<SentToken>& tokens) : out_(out), tokens_(tokens) {}

  // Bytes left for frames.
  std::size_t room() const { return out_.remaining(); }

  // Each writes one whole frame, or nothing and returns false when it does not fit. Frames without
  // a token need no repair when they are lost.
  template <typename F>
  [[nodiscard]] bool Add(const F& frame) {
    if (!WriteFrame(out_, frame)) return false;
    NoteWritten(FrameType(frame));
    return true;
  }
  template <typename F>
  [[nodiscard]] bool Add(const F& frame, const SentToken& token) {
    if (!Add(frame)) return false;
    tokens_.push_back(token);
    return true;
  }

  // A STREAM or CRYPTO frame whose data the caller copies into `data`, which is exactly as long.
  [[nodiscard]] bool StartStream(const StreamFrameHeader& header, std::span<std::uint8_t>& data) {
    if (!StartStreamFrame(out_, header, data)) return false;
    NoteWritten(StreamFrame::kFirstType);
    tokens_.push_back(StreamToken{.stream_id = header.stream_id,
                                  .offset = header.offset,
                                  .length = ByteCount(header.length),
                                  .fin = header.fin});
    return true;
  }
  [[nodiscard]] bool StartCrypto(ByteCount offset, std::size_t length,
                                 std::span<std::uint8_t>& data) {
    if (!StartCryptoFrame(out_, offset, length, data)) return false;
    NoteWritten(CryptoFrame::kType);
    tokens_.push_back(CryptoToken{.offset = offset, .length = ByteCount(length)});
    return true;
  }

  // For a frame that its caller writes to writer() itself, such as ACK: once it is there.
  Writer& writer() { return out_; }
  void NoteWritten(std::uint64_t frame_type) {
    const FrameRow* row = FindFrameRow(frame_type);
    ack_eliciting_ = ack_eliciting_ || row->ack_eliciting;
    in_flight_ = in_flight_ || row->in_flight;
    empty_ = false;
  }
  void Remember(const SentToken& token) { tokens_.push_back(token); }

  // What the frames written so far make of the packet. RFC 9000 §13.2, RFC 9002 §2.
  bool ack_eliciting() const { return ack_eliciting_; }
  bool in_flight() const { return in_flight_; }
  bool empty() const { return empty_; }  // no frame yet

 private:
  Writer& out_;
  std::vector<SentToken>& tokens_;
  bool ack_eliciting_ = false;
  bool in_flight_ = false;
  bool empty_ = true;
};

}  // namespace quiesce::quic
