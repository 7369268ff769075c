// The requests that a client has sent and waits for, and what each failure says about a retry.
// RFC 9114 §4.1, §4.1.1, §5.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http3/error.h"
#include "http3/events.h"
#include "http3/goaway.h"
#include "http3/request_stream.h"
#include "qpack/field.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

// RFC 9114 §4.3.1, §4.4. Plain CONNECT: method and authority only.
struct RequestLine {
  std::string_view method = "GET";
  std::string_view scheme = "https";
  std::string_view authority;
  std::string_view path = "/";
  std::string_view protocol;  // extended CONNECT (RFC 9220), if the server offers it
};

enum class RequestRefusal : std::uint8_t {
  kNone,
  kGoawayReceived,  // RFC 9114 §5.2: no new request after GOAWAY, whatever its identifier
  kServerRejects,   // the server rejected a request here without GOAWAY; use another connection
  kLeaving,         // this side has begun to leave
  kClosed,
  kNoStreamCredit,  // RequestsAvailable follows
  kMalformed,       // RFC 9114 §4.3.1, or `end` although a body is declared
  kTooLarge,        // above the server's SETTINGS_MAX_FIELD_SECTION_SIZE
};

std::string_view ToString(RequestRefusal refusal);

struct [[nodiscard]] RequestResult {
  std::optional<quic::StreamId> stream_id;  // set exactly when `refusal` is kNone
  RequestRefusal refusal = RequestRefusal::kNone;
};

class ClientRequests {
 public:
  explicit ClientRequests(const RequestContext& context) : context_(context) {}

  // Transport events about streams that this side opened. An error is of the connection.
  [[nodiscard]] Result<void> HandleReadable(quic::StreamId id);
  // True when the server rejected the request without processing it.
  [[nodiscard]] bool HandleReset(quic::StreamId id, std::uint64_t code);
  void HandleStopSending(quic::StreamId id);
  void HandleWritable(quic::StreamId id);
  void HandleSendFinished(quic::StreamId id);

  // See Connection. The session has no objection.
  RequestResult Send(const RequestLine& line, std::span<const qpack::Field> fields, bool end);
  SendStatus SendTrailers(quic::StreamId id, std::span<const qpack::Field> fields);
  BodyResult WriteBody(quic::StreamId id, std::span<const std::uint8_t> bytes, bool end);
  std::span<const std::uint8_t> ReadBody(quic::StreamId id) const;
  [[nodiscard]] Result<void> ConsumeBody(quic::StreamId id, std::size_t count);
  void Abort(quic::StreamId id, ErrorCode code);

  // GOAWAY arrived: requests at or above `limit` were not processed (§5.2) and fail at once.
  void HandleGoaway(FirstRejectedId limit);
  // Cancels whatever is unfinished.
  void AbortAll();
  // The connection is gone. A response that has arrived to its end can still be read; every other
  // request fails. `refused`: the server never accepted the connection, so nothing was processed.
  void EndAll(bool refused, std::uint64_t code);

  // Requests without a complete response, or whose own end is not written yet.
  std::size_t active() const;
  // Requests whose response is complete while their own last bytes are not acknowledged.
  std::size_t unacknowledged() const;
  std::size_t live() const { return requests_.size(); }

 private:
  struct Request {
    Request(const RequestContext& context, quic::StreamId id, std::string_view method)
        : stream(context, id, method) {}

    RequestStream stream;
    bool interim_seen = false;
    bool final_seen = false;
    bool finished = false;  // its last event is queued
    bool failed = false;
    bool send_finished = false;
  };

  Request* Find(quic::StreamId id);
  Request* FindUnfinished(quic::StreamId id);
  // May remove `request`, as may Fail().
  Result<void> Pump(Request& request);
  void HandleHead(Request& request, ResponseHead head, bool fin);
  Result<void> HandleFault(Request& request, const Error& error);
  void Fail(Request& request, RetrySafety safety, std::uint64_t code, const char* reason,
            ErrorCode reset_code = ErrorCode::kRequestCancelled);
  // What is known about a request for which the server says, or does not say, that it was rejected.
  static RetrySafety SafetyOf(const Request& request, bool rejected);
  // A request on a connection that is gone: true when it can be served from what has arrived.
  bool KeepResponse(Request& request);
  void EraseIfOver(Request& request);

  const RequestContext context_;
  std::map<quic::StreamId, Request> requests_;
  bool connection_ended_ = false;  // the transport may be gone: what is left needs none
};

}  // namespace quiesce::http3
