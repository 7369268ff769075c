// One stream: its halves, its place in the schedule, and what it still has to tell. RFC 9000 §3.4.
// Owned by the StreamTable; the StreamSet decides what happens to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "quic/base/types.h"
#include "quic/stream/intrusive_list.h"
#include "quic/stream/recv_stream.h"
#include "quic/stream/scheduler.h"
#include "quic/stream/send_stream.h"

namespace quiesce::quic {

// Events that wait to be polled, in the order in which one stream reports them. A set of flags, so
// that the peer cannot make a queue of them grow.
enum class PendingEvent : std::uint8_t {
  kOpened,
  kReadable,
  kReset,
  kStopSending,
  kWritable,
  kPrefixAcked,
  kSendFinished,
};

class PendingEvents {
 public:
  void Add(PendingEvent event) { bits_ |= Bit(event); }
  void Remove(PendingEvent event) { bits_ &= static_cast<std::uint8_t>(~Bit(event)); }
  // Removes `event` and returns whether it was there.
  bool Take(PendingEvent event) {
    const bool has = (bits_ & Bit(event)) != 0;
    Remove(event);
    return has;
  }
  bool empty() const { return bits_ == 0; }

 private:
  static constexpr std::uint8_t Bit(PendingEvent event) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(event));
  }
  std::uint8_t bits_ = 0;
};

struct Stream : ScheduleNode {
  explicit Stream(StreamId id) { stream_id = id; }

  std::optional<SendStream> send;  // absent on streams that only the peer sends on
  std::optional<RecvStream> recv;  // absent on streams that only we send on

  PendingEvents events;
  std::uint64_t stop_sending_code = 0;     // of the pending kStopSending
  std::vector<ByteCount> watched_offsets;  // WatchAcked(), ascending
  ByteCount counted_buffer;                // of the send buffer, in the connection's sum
  bool wants_room = false;                 // a Write() took less than it was offered
  bool send_finished_reported = false;

  ListLink<Stream> event_link;    // has events
  ListLink<Stream> control_link;  // has control frames to send
  ListLink<Stream> credit_link;   // has bytes, but the connection has no credit
  ListLink<Stream> room_link;     // wants_room, and the connection's send buffer is full

  // Both halves are in a terminal state and everything was told: no record is needed any more.
  bool ended() const {
    return (!send || send->finished()) && (!recv || recv->finished()) && events.empty();
  }
  std::size_t memory_bytes() const;
};

}  // namespace quiesce::quic
