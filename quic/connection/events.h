// What the application should know, oldest first, from PollEvent. Events are polled, never called
// back, so any call on the transport is allowed while handling one.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "quic/connection/saved_session.h"
#include "quic/stream/stream_events.h"

namespace quiesce::quic {

// Application data can be sent and received. RFC 9001 §4.1.1.
struct HandshakeCompleted {
  std::string alpn;      // the protocol both sides agreed on, e.g. "h3"
  bool resumed = false;  // an earlier session, without certificates, RFC 9001 §4.5
};

// The peer is known to have finished the handshake too. RFC 9001 §4.1.2.
struct HandshakeConfirmed {};

// Client: a session that a later connection to the same server can resume, once.
struct SessionSaved {
  SavedSession session;
};

enum class CloseSource : std::uint8_t {
  kLocal,              // Close(), or a fault of the peer that this side noticed
  kPeer,               // CONNECTION_CLOSE received
  kIdleTimeout,        // RFC 9000 §10.1
  kHandshakeTimeout,   // no handshake within the configured time
  kStatelessReset,     // RFC 9000 §10.3
  kVersionNegotiation  // no version in common, RFC 9000 §6.2
};

// The last event of a connection. What has arrived in order can still be read while it is handled,
// and is forgotten when events are polled again.
struct ConnectionClosed {
  CloseSource source = CloseSource::kLocal;
  bool is_application = false;  // `error_code` is the application's, not from RFC 9000 §20
  std::uint64_t error_code = 0;
  std::uint64_t frame_type = 0;  // transport errors only; 0 = none to blame
  std::string reason;            // for people
};

using Event =
    std::variant<HandshakeCompleted, HandshakeConfirmed, SessionSaved, StreamOpened, StreamReadable,
                 StreamReset, StopSendingReceived, StreamWritable, StreamPrefixAcked,
                 StreamSendFinished, StreamsAvailable, ConnectionClosed>;

}  // namespace quiesce::quic
