// What the application should know about one HTTP/3 connection, oldest first, from PollEvent.
// Events are polled, never called back, so any call on the connection is allowed while handling
// one.
//
// A server is told about a request in this order: RequestHeaders, then BodyReadable, Trailers and
// MessageFinished as they come, BodyWritable in between, and at the end exactly one of
// ResponseDelivered and RequestCancelled. A client: ResponseHeaders (interim ones, then the final
// one), BodyReadable, Trailers, and at the end exactly one of MessageFinished and RequestFailed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "http3/goaway.h"
#include "http3/message.h"
#include "http3/request_ledger.h"
#include "http3/session_state.h"
#include "qpack/field.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

// Server. A request is dispatched: from the moment this event is queued it counts as processed
// (RFC 9114 §4.1.1), because nothing can keep the application from seeing it.
struct RequestHeaders {
  quic::StreamId stream_id;
  RequestHead head;
  bool fin = false;  // the request is complete: no body and no trailers; MessageFinished follows
};

// Client. `head.is_interim()`: the final response is still to come.
struct ResponseHeaders {
  quic::StreamId stream_id;
  ResponseHead head;
  bool fin = false;
};

// ReadBody() has bytes. Reported once until it has returned nothing; then again when more arrive.
struct BodyReadable {
  quic::StreamId stream_id;
};

// The trailer section; every byte of the body was consumed before.
struct Trailers {
  quic::StreamId stream_id;
  qpack::FieldSection fields;
};

// The peer's message is complete and everything in it was consumed. A client whose own message is
// not complete goes on sending it, or gives it up with Abort().
struct MessageFinished {
  quic::StreamId stream_id;
};

// WriteBody() takes bytes again after it had taken less than it was offered.
struct BodyWritable {
  quic::StreamId stream_id;
};

// Server. The client's transport has the whole response. The last event about this request.
struct ResponseDelivered {
  quic::StreamId stream_id;
};

// Server. Work on this request has no use any more: a dispatched request ended in another way than
// with a delivered response. The last event about it.
struct RequestCancelled {
  quic::StreamId stream_id;
  Outcome outcome = Outcome::kFailed;
  bool by_peer = false;
  std::uint64_t code = 0;  // the peer's code, or the one this side reset the stream with
};

// Whether a request that failed may be sent again. RFC 9114 §4.1.1, §5.2.
enum class RetrySafety : std::uint8_t {
  kNotProcessed,    // as though it had never been sent: retry any method
  kMaybeProcessed,  // retry only what is idempotent
  kProcessed,       // the server has acted: its final response had begun to arrive
};

std::string_view ToString(RetrySafety safety);

// Client. The last event about this request.
struct RequestFailed {
  quic::StreamId stream_id;
  RetrySafety safety = RetrySafety::kMaybeProcessed;
  std::uint64_t code = 0;   // H3_* of the reset, or of the close
  const char* reason = "";  // a string literal
};

// Client: no new request may be sent here; those at or above `limit` have failed already. Server:
// the client leaves.
struct GoawayReceived {
  FirstRejectedId limit = FirstRejectedId::None();
};

// Client. SendRequest() had been refused for lack of stream credit and is worth another try.
struct RequestsAvailable {};

// The last event. What a peer's code means when `is_application` is set: http3/error.h.
struct Closed {
  EndCause cause = EndCause::kConnectionLost;
  bool is_application = true;
  std::uint64_t code = 0;
  std::string reason;
};

using Event = std::variant<RequestHeaders, ResponseHeaders, BodyReadable, Trailers, MessageFinished,
                           BodyWritable, ResponseDelivered, RequestCancelled, RequestFailed,
                           GoawayReceived, RequestsAvailable, Closed>;

}  // namespace quiesce::http3
