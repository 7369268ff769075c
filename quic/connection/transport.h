// What an application protocol needs from one QUIC connection. quic::Connection implements it;
// HTTP/3 is written against it, so that its tests need no packets and it can ride on another QUIC
// stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/stream/stream_io.h"

namespace quiesce::quic {

class Transport {
 public:
  virtual ~Transport() = default;

  virtual Perspective perspective() const = 0;

  // Opens the next stream of a direction; nullopt while the peer's limit forbids it
  // (StreamsAvailable follows) or the connection is closing. RFC 9000 §4.6.
  virtual std::optional<StreamId> OpenStream(StreamDirection direction) = 0;

  // The next in-order bytes, without taking them. Empty without fin when nothing is there.
  virtual Readable Peek(StreamId stream_id) const = 0;
  // Takes the first `count` bytes that Peek showed and returns them to the peer as flow-control
  // credit. Taking the last byte of a finished stream, or 0 bytes at its end, retires the receiving
  // half.
  virtual void Consume(StreamId stream_id, ByteCount count) = 0;

  // Queues bytes, copied, and the end of the stream. FIN counts only when every byte was accepted.
  virtual WriteResult Write(StreamId stream_id, std::span<const std::uint8_t> bytes, bool fin) = 0;

  // Abandons the sending half. RFC 9000 §2.4. No effect on a half that has ended. Here and below,
  // an error code above 2^62-1 is sent as 2^62-1, the highest there is (RFC 9000 §20.2).
  virtual void ResetStream(StreamId stream_id, std::uint64_t application_error_code) = 0;
  // Asks the peer to abandon its half; bytes that still arrive are discarded. RFC 9000 §3.5.
  virtual void StopSending(StreamId stream_id, std::uint64_t application_error_code) = 0;

  // Urgency 0 (first) to 7, RFC 9218 §4.1; incremental streams of one urgency share. Default 3,
  // not.
  virtual void SetPriority(StreamId stream_id, std::uint8_t urgency, bool incremental) = 0;

  // Bytes handed to Write so far: the offset at which the next byte will stand.
  virtual ByteCount write_offset(StreamId stream_id) const = 0;
  // Reports StreamPrefixAcked once every byte below `offset` is acknowledged (at once if it is).
  virtual void WatchAcked(StreamId stream_id, ByteCount offset) = 0;

  // The highest stream of a direction that the peer has opened, as the transport has seen it.
  virtual std::optional<StreamId> highest_peer_stream(StreamDirection direction) const = 0;
  // Grants the peer no stream beyond what it may already open. For a session that is leaving.
  virtual void StopStreamCredit(StreamDirection direction) = 0;

  // Closes at once with an application error: CONNECTION_CLOSE leaves with whatever control frames,
  // resets and stream bytes still fit in front of it in the same datagram. RFC 9000 §10.2.
  virtual void Close(std::uint64_t application_error_code, std::string_view reason) = 0;

  virtual bool handshake_confirmed() const = 0;
  // RFC 9002 §6.2.1 for 1-RTT packets, without backoff: smoothed RTT + 4 * variance +
  // max_ack_delay.
  virtual Duration ProbeTimeout() const = 0;
};

}  // namespace quiesce::quic
