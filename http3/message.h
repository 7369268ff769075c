// What makes a field section a request, a response or trailers. RFC 9114 §4.1.2, §4.2, §4.3, §4.4;
// RFC 9110 §5.1, §5.5, §8.6; RFC 9220.
//
// Every fault here is a stream error H3_MESSAGE_ERROR with a reason that names the rule. A server
// may answer 400 before it resets the stream; a client must not use a malformed response.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http3/error.h"
#include "qpack/field.h"

namespace quiesce::http3 {

struct MessageRules {
  // RFC 9220: this side has sent SETTINGS_ENABLE_CONNECT_PROTOCOL = 1, so :protocol is allowed.
  bool extended_connect = false;
};

// A valid request. The views point into `section`, which is moved with it; move-only for that
// reason.
struct RequestHead {
  std::string_view method;
  std::string_view scheme;  // empty with plain CONNECT
  std::string_view
      authority;          // :authority, or Host when that is absent; may be empty unless http(s)
  std::string_view path;  // path and query; empty with plain CONNECT
  std::string_view protocol;                    // of extended CONNECT, otherwise empty
  std::optional<std::uint64_t> content_length;  // declared by the peer; BodyLength compares it
  std::size_t pseudo_fields = 0;  // how many lines of `section` are pseudo-header fields
  qpack::FieldSection section;

  // The regular fields in order. Cookie lines were joined into one (RFC 9114 §4.2.1).
  std::span<const qpack::Field> fields() const { return section.fields().subspan(pseudo_fields); }
  bool is_connect() const { return method == "CONNECT"; }
};

// A valid interim or final response; as RequestHead.
struct ResponseHead {
  int status = 0;  // 100 to 999, never 101
  std::optional<std::uint64_t> content_length;
  std::size_t pseudo_fields = 0;
  qpack::FieldSection section;

  std::span<const qpack::Field> fields() const { return section.fields().subspan(pseudo_fields); }
  // RFC 9110 §15.2: another response follows; no content, no trailers (RFC 9114 §4.1).
  bool is_interim() const { return status < 200; }
};

// Checks and takes apart a request's header section.
Result<RequestHead> ParseRequestHead(qpack::FieldSection section, const MessageRules& rules);

// Checks and takes apart a response's header section.
Result<ResponseHead> ParseResponseHead(qpack::FieldSection section);

// Checks a trailer section: regular fields only (§4.3), no connection-specific ones.
Result<void> CheckTrailers(const qpack::FieldSection& section);

// Compares the bytes of DATA frames with what the head allows. §4.1.2: a message whose
// content-length is not the sum of its DATA frames is malformed, and must be known to be before the
// end is passed on.
class BodyLength {
 public:
  // The body of a request. A tunnel (CONNECT) has no length.
  static BodyLength OfRequest(const RequestHead& head);
  // The body of a final response to a request with `request_method`. RFC 9110 §6.4.1, §8.6: a
  // response to HEAD, 204 and 304 have no content, whatever they declare; a 2xx response to CONNECT
  // opens a tunnel.
  static BodyLength OfResponse(const ResponseHead& head, std::string_view request_method);

  // DATA bytes arrived, before they are passed on. An error as soon as they are too many.
  Result<void> OnData(std::uint64_t bytes);
  // The message is complete. An error when bytes are missing.
  Result<void> OnEnd() const;

 private:
  explicit BodyLength(std::optional<std::uint64_t> expected) : expected_(expected) {}

  std::optional<std::uint64_t> expected_;  // nullopt: any number of bytes
  std::uint64_t received_ = 0;
};

}  // namespace quiesce::http3
