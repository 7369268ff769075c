// What the application should know, oldest first, from PollEvent. Events are polled, never called
// back, so any call on the transport is allowed while handling one.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "quic/base/error.h"
#include "quic/base/types.h"

namespace quiesce::quic {

// Application data can be sent and received. RFC 9001 §4.1.1.
struct HandshakeCompleted {
  std::string alpn;  // the protocol both sides agreed on, e.g. "h3"
};

// The peer is known to have finished the handshake too. RFC 9001 §4.1.2.
struct HandshakeConfirmed {};

// The peer opened a stream. A stream that skips IDs opens the lower ones of its kind as well (RFC 9000
// §2.1); each is reported, in ascending order, before anything else about it.
struct StreamOpened {
  StreamId stream_id;
};

// New bytes in order, or the end of the stream, can be peeked. Reported once until the application has
// consumed everything; then again when more arrives.
struct StreamReadable {
  StreamId stream_id;
};

// RESET_STREAM: no further byte will come, unread bytes are gone. RFC 9000 §3.2.
struct StreamReset {
  StreamId stream_id;
  std::uint64_t application_error_code = 0;
  ByteCount final_size;
};

// STOP_SENDING: the peer does not read on; the transport has answered with RESET_STREAM carrying the
// same code unless everything was already acknowledged. RFC 9000 §3.5.
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

// The sending half is at its end: every byte and the FIN acknowledged ("Data Recvd"), or RESET_STREAM
// acknowledged ("Reset Recvd"). RFC 9000 §3.1. The last event about a sending half.
struct StreamSendFinished {
  StreamId stream_id;
  bool reset = false;
};

// The peer allows more streams of a direction after OpenStream() had been refused.
struct StreamsAvailable {
  StreamDirection direction = StreamDirection::kBidirectional;
};

enum class CloseSource : std::uint8_t {
  kLocal,              // Close(), or a fault of the peer that this side noticed
  kPeer,               // CONNECTION_CLOSE received
  kIdleTimeout,        // RFC 9000 §10.1
  kHandshakeTimeout,   // no handshake within the configured time
  kStatelessReset,     // RFC 9000 §10.3
  kVersionNegotiation  // no version in common, RFC 9000 §6.2
};

// The last event of a connection.
struct ConnectionClosed {
  CloseSource source = CloseSource::kLocal;
  bool is_application = false;  // `error_code` is the application's, not from RFC 9000 §20
  std::uint64_t error_code = 0;
  std::uint64_t frame_type = 0;  // transport errors only; 0 = none to blame
  std::string reason;            // for people
};

using Event =
    std::variant<HandshakeCompleted, HandshakeConfirmed, StreamOpened, StreamReadable, StreamReset,
                 StopSendingReceived, StreamWritable, StreamPrefixAcked, StreamSendFinished,
                 StreamsAvailable, ConnectionClosed>;

}  // namespace quiesce::quic
