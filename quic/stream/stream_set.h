// The streams of one connection: opens them, finds them, ends them; takes the frames that concern
// them and fills packets with what they have to say. RFC 9000 §2-4. Owned by the connection, for
// which it implements most of Transport (quic/connection/transport.h has the application's view of
// these calls).
//
// Memory is bounded by what was granted: received bytes by the connection's window, streams by the
// stream limits, events by the number of streams, queued bytes by StreamConfig.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "quic/base/block_pool.h"
#include "quic/base/result.h"
#include "quic/base/time.h"
#include "quic/base/token.h"
#include "quic/base/types.h"
#include "quic/stream/flow_control.h"
#include "quic/stream/packet_writer.h"
#include "quic/stream/scheduler.h"
#include "quic/stream/stream.h"
#include "quic/stream/stream_config.h"
#include "quic/stream/stream_events.h"
#include "quic/stream/stream_io.h"
#include "quic/stream/stream_limits.h"
#include "quic/stream/stream_table.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

class StreamSet {
 public:
  // `config` and `pool` outlive the set. No stream can be opened until SetPeerLimits().
  StreamSet(Perspective perspective, const StreamConfig& config, BlockPool& pool);
  ~StreamSet() { Clear(); }
  StreamSet(const StreamSet&) = delete;
  StreamSet& operator=(const StreamSet&) = delete;

  // The peer's transport parameters, or remembered ones for 0-RTT; may be called again. Limits only
  // rise (RFC 9000 §7.4.1). Counts are at most 2^60.
  void SetPeerLimits(const PeerStreamLimits& limits);

  // ---- Frames received. A frame for a stream that has ended is ignored.
  // Errors of all that name a stream: STREAM_LIMIT_ERROR for a stream that the peer may not open
  // yet (§4.6); STREAM_STATE_ERROR for one of ours that is not open, and for a half that does not
  // exist (§19.4, §19.5, §19.8, §19.10, §19.13). Also FLOW_CONTROL_ERROR (§4.1) and
  // FINAL_SIZE_ERROR (§4.5). `frame.data` is copied.
  Result<void> HandleFrame(const StreamFrame& frame);
  Result<void> HandleFrame(const ResetStreamFrame& frame);
  Result<void> HandleFrame(const StopSendingFrame& frame);
  Result<void> HandleFrame(const MaxStreamDataFrame& frame);
  Result<void> HandleFrame(const StreamDataBlockedFrame& frame);
  void HandleFrame(const MaxDataFrame& frame);
  void HandleFrame(const MaxStreamsFrame& frame);
  // DATA_BLOCKED and STREAMS_BLOCKED need no handling: credit is given when it can be, never in
  // answer to these (§4.2), and answering them is how two endpoints spin.

  // ---- Packets to send (0-RTT or 1-RTT).
  // Whether WriteFrames may have something to write, given enough room. It can be true once in
  // vain, when what was due has become needless: PacketWriter::empty() has the last word.
  bool has_frames() const;
  // Fills `out` as far as it has room: control frames first, then STREAM frames by priority.
  // `smoothed_rtt` scales window growth; zero while unknown.
  void WriteFrames(Instant now, Duration smoothed_rtt, PacketWriter& out);
  // What became of frames that WriteFrames wrote; kinds that are not of streams are ignored.
  void OnAcked(const StreamToken& token);
  void OnAcked(const ControlToken& token);
  void OnLost(const StreamToken& token);
  void OnLost(const ControlToken& token);

  // ---- The application, see Transport. Streams that have ended or do not exist read as empty and
  // write as kClosed; calls on them have no effect.
  std::optional<StreamId> OpenStream(StreamDirection direction);
  Readable Peek(StreamId stream_id) const;
  void Consume(StreamId stream_id, ByteCount count);
  WriteResult Write(StreamId stream_id, std::span<const std::uint8_t> bytes, bool fin);
  void ResetStream(StreamId stream_id, std::uint64_t application_error_code);
  void StopSending(StreamId stream_id, std::uint64_t application_error_code);
  void SetPriority(StreamId stream_id, std::uint8_t urgency, bool incremental);
  ByteCount write_offset(StreamId stream_id) const;
  // An offset is not reported any more once the sending half was reset.
  void WatchAcked(StreamId stream_id, ByteCount offset);
  std::optional<StreamId> highest_peer_stream(StreamDirection direction) const;
  void StopStreamCredit(StreamDirection direction);

  // The next event. A stream that waits to be reported keeps its place in the peer's stream credit.
  std::optional<StreamEvent> PollEvent();

  // Frees everything: streams, buffers, events. Afterwards nothing can be opened, read or written.
  void Clear();

  std::size_t live_streams() const { return table_.live(); }
  std::size_t memory_bytes() const;

 private:
  enum class Half : std::uint8_t { kSending, kReceiving };

  // The stream that a received frame names, opened if need be; null when it has ended. `half` is
  // the one that the frame is about, as seen from here.
  Result<Stream*> Resolve(StreamId stream_id, Half half, std::uint64_t frame_type);
  Stream& OpenNext(Perspective initiator, StreamDirection direction);
  ByteCount PeerLimit(StreamId stream_id) const;
  std::optional<StreamEvent> NextEventOf(Stream& stream);

  // Brings lists, schedule and events in line with the state of a stream after anything that may
  // have changed it; it may be gone afterwards.
  void Update(Stream& stream);
  void UpdateSendingHalf(Stream& stream);
  void Schedule(Stream& stream);
  // Credit of the connection that a stream leaves to others.
  ByteCount ReservedCredit(const Stream& stream) const;
  bool HasCredit(const Stream& stream) const {
    return credit_.available() > ReservedCredit(stream);
  }
  void AddEvent(Stream& stream, PendingEvent event);
  void ReportAckedPrefix(Stream& stream);
  void ReportRoom(Stream& stream);
  bool HasRoomAgain() const;
  void WakeStreamsWaitingForRoom();
  void CountBuffer(Stream& stream);
  ByteCount RoomFor(const Stream& stream) const;
  void RetireIfEnded(Stream& stream);

  void WriteConnectionFrames(Instant now, Duration smoothed_rtt, PacketWriter& out);
  void WriteStreamControlFrames(Instant now, Duration smoothed_rtt, PacketWriter& out);
  void WriteStreamData(PacketWriter& out);
  void OnStreamControlLost(const ControlToken& token);

  IncomingStreamLimit& incoming(StreamDirection direction) {
    return incoming_[static_cast<std::size_t>(direction)];
  }
  OutgoingStreamLimit& outgoing(StreamDirection direction) {
    return outgoing_[static_cast<std::size_t>(direction)];
  }

  Perspective perspective_;
  const StreamConfig& config_;
  BlockPool& pool_;
  PeerStreamLimits peer_limits_;
  bool cleared_ = false;

  StreamTable table_;
  ReceiveWindow window_;  // of the connection
  SendCredit credit_;     // of the connection
  std::array<IncomingStreamLimit, 2> incoming_;
  std::array<OutgoingStreamLimit, 2> outgoing_;
  std::array<bool, 2> streams_available_{};  // events to report

  Scheduler scheduler_;
  ByteCount buffered_;  // in all send buffers
  IntrusiveList<Stream, &Stream::event_link> with_events_;
  IntrusiveList<Stream, &Stream::control_link> with_control_frames_;
  IntrusiveList<Stream, &Stream::credit_link> waiting_for_credit_;
  IntrusiveList<Stream, &Stream::room_link> waiting_for_room_;
};

}  // namespace quiesce::quic
