// Two ends of a QUIC connection without packets, for tests of what rides on quic::Transport. Every
// effect of one end on the other (bytes, FIN, resets, acknowledgements, credit, the close) waits
// until the test makes it happen, so a test chooses the order, the pieces and the losses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/connection/events.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

struct FakeLimits {
  std::size_t request_streams = 100;           // that the peer may have open at once
  std::size_t unidirectional_streams = 8;      // that the peer may open
  std::size_t send_buffer_bytes = 1 << 20;     // taken and not acknowledged, each stream
  std::size_t receive_window_bytes = 1 << 20;  // arrived and not consumed, each stream
  std::size_t peek_bytes =
      std::numeric_limits<std::size_t>::max();  // most that Peek() shows at once
};

// Something that has left one end and not reached the other.
struct Move {
  enum class Kind { kData, kFin, kReset, kStopSending, kAck, kCredit, kClose };
  Kind kind;
  quic::StreamId stream_id;
};

struct FakeSendHalf {
  std::string bytes;  // everything ever taken
  std::size_t delivered = 0;
  std::size_t acked = 0;
  bool fin = false;
  bool fin_delivered = false;
  std::optional<std::uint64_t> reset;
  bool reset_delivered = false;
  bool finished = false;
  bool blocked = false;
  std::optional<std::size_t> watch;
};
struct FakeRecvHalf {
  std::string bytes;  // arrived, not consumed
  bool fin = false;
  bool retired = false;
  bool reset = false;
  bool readable_reported = false;
  std::optional<std::uint64_t> stop;
  bool stop_delivered = false;
};
struct FakeStream {
  std::optional<FakeSendHalf> send;
  std::optional<FakeRecvHalf> recv;
  bool credited = false;
};

class FakeTransport final : public quic::Transport {
 public:
  FakeTransport(quic::Perspective perspective, const FakeLimits& limits);

  // Joins two ends. Each then knows the other's limits.
  static void Join(FakeTransport& client, FakeTransport& server);

  // --- For the test.

  std::optional<quic::Event> PollEvent();
  // What this end has on the way to the other, in no particular order.
  std::vector<Move> moves() const;
  // Lets it arrive: bytes and, behind the last of them, FIN; with `bytes_max`, at most so many
  // bytes, and FIN by itself.
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  void Make(const Move& move, std::size_t bytes_max = kNoLimit);
  // Ends the connection here from outside: idle timeout, reset, ...
  void Break(const quic::ConnectionClosed& how);
  void set_handshake_confirmed(bool confirmed) { handshake_confirmed_ = confirmed; }
  void set_probe_timeout(quic::Duration pto) { pto_ = pto; }
  // Bytes that Write() takes for one stream from now on, in place of the general limit.
  void set_send_buffer(quic::StreamId id, std::size_t bytes) { send_buffers_[id] = bytes; }
  void Unblock(quic::StreamId id);

  // Everything that Write() took for a stream.
  std::string_view written(quic::StreamId id) const;
  bool fin_written(quic::StreamId id) const;
  std::optional<std::uint64_t> reset_code(quic::StreamId id) const;
  std::optional<std::uint64_t> stop_code(quic::StreamId id) const;
  // Whether every byte and FIN, or the reset, of a stream is acknowledged.
  bool acknowledged(quic::StreamId id) const;
  // Arrived and not consumed.
  std::size_t unread(quic::StreamId id) const;
  std::vector<quic::StreamId> streams() const;
  struct CloseRecord {
    std::uint64_t code;
    std::string reason;
  };
  const std::optional<CloseRecord>& close_record() const { return close_; }
  bool credit_stopped() const { return credit_stopped_; }
  bool ended() const { return ended_; }

  // --- quic::Transport.

  quic::Perspective perspective() const override { return perspective_; }
  std::optional<quic::StreamId> OpenStream(quic::StreamDirection direction) override;
  quic::Readable Peek(quic::StreamId stream_id) const override;
  void Consume(quic::StreamId stream_id, quic::ByteCount count) override;
  quic::WriteResult Write(quic::StreamId stream_id, std::span<const std::uint8_t> bytes,
                          bool fin) override;
  void ResetStream(quic::StreamId stream_id, std::uint64_t application_error_code) override;
  void StopSending(quic::StreamId stream_id, std::uint64_t application_error_code) override;
  void SetPriority(quic::StreamId, std::uint8_t, bool) override {}
  quic::ByteCount write_offset(quic::StreamId stream_id) const override;
  void WatchAcked(quic::StreamId stream_id, quic::ByteCount offset) override;
  std::optional<quic::StreamId> highest_peer_stream(quic::StreamDirection direction) const override;
  void StopStreamCredit(quic::StreamDirection direction) override;
  void Close(std::uint64_t application_error_code, std::string_view reason) override;
  bool handshake_confirmed() const override { return handshake_confirmed_; }
  quic::Duration ProbeTimeout() const override { return pto_; }

 private:
  using SendHalf = FakeSendHalf;
  using RecvHalf = FakeRecvHalf;
  using Stream = FakeStream;

  Stream& Accept(quic::StreamId id);
  void DeliverData(quic::StreamId id, std::size_t bytes_max);
  void DeliverFin(quic::StreamId id);
  void DeliverReset(quic::StreamId id);
  void DeliverStopSending(quic::StreamId id);
  void DeliverClose();
  void Acknowledge(quic::StreamId id);  // to this end: what the peer has received
  void ReportReadable(quic::StreamId id, RecvHalf& half);
  std::size_t Window(quic::StreamId id) const;  // bytes the peer would take now
  std::size_t SendBuffer(quic::StreamId id) const;
  bool CreditDue() const;
  static bool Over(const Stream& stream);

  quic::Perspective perspective_;
  FakeLimits limits_;
  FakeTransport* peer_ = nullptr;
  std::map<quic::StreamId, Stream> streams_;
  std::map<quic::StreamId, std::size_t> send_buffers_;
  std::deque<quic::Event> events_;
  std::size_t opened_[2] = {0, 0};    // by direction
  std::size_t accepted_[2] = {0, 0};  // of the peer's
  std::size_t granted_[2] = {0, 0};   // to the peer, as this end counts
  std::size_t allowed_[2] = {0, 0};   // by the peer, as this end knows
  bool open_refused_ = false;
  bool credit_stopped_ = false;
  bool handshake_confirmed_ = true;
  quic::Duration pto_ = std::chrono::milliseconds(100);
  std::optional<CloseRecord> close_;
  bool close_delivered_ = false;
  bool ended_ = false;  // nothing leaves and nothing arrives any more
  bool released_ =
      false;  // nothing can be read any more: polled to the end, or closed by this side
};

}  // namespace quiesce::http3
