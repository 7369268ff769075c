// What streams tell the application, as part of quic::Event (quic/connection/events.h). Events of
// one stream keep their order: opened first, the end of a half last.
#pragma once

#include <cstdint>
#include <variant>

#include "quic/base/types.h"

namespace quiesce::quic {

// The peer opened a stream. A stream that skips IDs opens the lower ones of its kind as well
// (RFC 9000 §2.1); each is reported, in ascending order, before anything else about it.
struct StreamOpened {
  StreamId stream_id;
};

// New bytes in order, or the end of the stream, can be peeked. Reported once until the application
// has consumed everything; then again when more arrives.
struct StreamReadable {
  StreamId stream_id;
};

// RESET_STREAM: no further byte will come, unread bytes are gone. RFC 9000 §3.2.
struct StreamReset {
  StreamId stream_id;
  std::uint64_t application_error_code = 0;
  ByteCount final_size;
};

// STOP_SENDING: the peer does not read on; the transport has answered with RESET_STREAM carrying
// the same code unless everything was already acknowledged. RFC 9000 §3.5.
struct StopSendingReceived {
  StreamId stream_id;
  std::uint64_t application_error_code = 0;
};

// Room again after Write() took less than it was offered.
struct StreamWritable {
  StreamId stream_id;
};

// All bytes up to the offset given to WatchAcked() are acknowledged.
struct StreamPrefixAcked {
  StreamId stream_id;
  ByteCount offset;
};

// The sending half is at its end: every byte and the FIN acknowledged ("Data Recvd"), or
// RESET_STREAM acknowledged ("Reset Recvd"). RFC 9000 §3.1. The last event about a sending half.
struct StreamSendFinished {
  StreamId stream_id;
  bool reset = false;
};

// The peer allows more streams of a direction after OpenStream() had been refused.
struct StreamsAvailable {
  StreamDirection direction = StreamDirection::kBidirectional;
};

using StreamEvent =
    std::variant<StreamOpened, StreamReadable, StreamReset, StopSendingReceived, StreamWritable,
                 StreamPrefixAcked, StreamSendFinished, StreamsAvailable>;

}  // namespace quiesce::quic
