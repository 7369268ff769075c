// What one HTTP/3 connection may hold and how it leaves. Plain values, checked once by Validate().
#pragma once

#include <cstddef>
#include <cstdint>

#include "http3/message.h"

namespace quiesce::http3 {

// How Shutdown() takes leave. RFC 9114 §5.2 describes the first as the one that loses nothing.
enum class ShutdownPolicy : std::uint8_t {
  // GOAWAY(2^62-4), and GOAWAY(cutoff) once the peer has it: requests in flight are still served.
  kTwoPhase,
  // GOAWAY(cutoff) at once: requests in flight are rejected and retried elsewhere.
  kSinglePhase,
  // Two phases while requests run, one when none does; no linger at the end.
  kFast,
  // GOAWAY and CONNECTION_CLOSE in one datagram, now.
  kCloseAtOnce,
};

struct Config {
  // Most that one field section may expand to, in bytes, 32 counted for each line (RFC 9114
  // §4.2.2); also the most that its encoded form may take. Announced in SETTINGS. A server answers
  // 431 above.
  std::uint64_t field_section_bytes_max = 64 * 1024;
  // Most bytes of unfinished HEADERS frames held for all streams together. The stream that passes
  // it is rejected, to be retried.
  std::size_t partial_sections_bytes_max = 256 * 1024;
  // Server: requests that are open and not yet answered. Above it a request is rejected with
  // H3_REQUEST_REJECTED. RFC 9114 §6.1 asks for at least 100; the transport's own stream limit
  // should be no higher.
  std::size_t open_requests_max = 100;
  // Bytes of one DATA frame, and the most of a body that waits here while the transport is full.
  std::size_t data_frame_bytes_max = 16 * 1024;
  // Bytes of frames that mean nothing here (unknown types, frame headers) before
  // H3_EXCESSIVE_LOAD. RFC 9114 §10.5. Every HEADERS and DATA frame gives up to 1024 back.
  std::uint64_t ignored_bytes_max = 1024 * 1024;
  // Requests that ended without an answer (cancelled, malformed, incomplete) before
  // H3_EXCESSIVE_LOAD. Every answered request takes one off.
  std::uint32_t unanswered_requests_max = 1000;
  // RFC 9220: extended CONNECT is offered.
  bool extended_connect = false;

  // Probe timeouts (RFC 9002 §6.2.1) after which a drain stops waiting for:
  std::uint32_t goaway_ack_ptos = 3;  // the acknowledgement of the first GOAWAY; 1 to 3
  std::uint32_t partial_headers_ptos =
      3;                             // the rest of a header section below the cutoff; at least 1
  std::uint32_t linger_ptos = 1;     // the client to close first; 0 to 3
  std::uint32_t peer_gone_ptos = 6;  // any sign of life while GOAWAY is unacknowledged and
                                     // nothing runs; at least 3

  MessageRules message_rules() const { return {.extended_connect = extended_connect}; }

  // The first field that is out of range, by name; nullptr when all are sound.
  const char* Validate() const;
};

}  // namespace quiesce::http3
