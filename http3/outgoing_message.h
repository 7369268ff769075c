// The sending half of a request stream: a head, a body of any length, trailers, in that order and
// never more or less than was declared. RFC 9114 §4.1, §4.1.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "http3/frames.h"
#include "http3/message.h"
#include "http3/outgoing_stream.h"
#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

enum class SendStatus : std::uint8_t {
  kOk,
  kClosed,      // no such request, or nothing can be sent on it any more
  kOutOfOrder,  // a second final head, trailers before the head, an end that comes too early
  kMalformed,   // the peer would have to refuse it: RFC 9114 §4.2, §4.3
  kTooLarge,    // above the peer's SETTINGS_MAX_FIELD_SECTION_SIZE, §4.2.2
};

enum class BodyStatus : std::uint8_t {
  kOk,           // everything was taken, and the end
  kBlocked,      // only a part was taken; BodyWritable follows
  kClosed,       // as SendStatus::kClosed
  kOutOfOrder,   // before the head, or after the end
  kWrongLength,  // more than content-length, or content where there is none (HEAD, 204, 304), or an
                 // end before content-length is reached; nothing was taken
};

struct [[nodiscard]] BodyResult {
  BodyStatus status = BodyStatus::kOk;
  std::size_t accepted = 0;  // bytes taken; they need not be offered again
};

class OutgoingMessage {
 public:
  OutgoingMessage(quic::Transport& transport, quic::StreamId id, std::size_t data_frame_bytes_max);

  // Interim heads come before the final one. `section` is an encoded field section.
  SendStatus SendInterim(std::span<const std::uint8_t> section);
  // `length` is what the head declares. kOutOfOrder with `end` when it declares a body.
  SendStatus SendHead(std::span<const std::uint8_t> section, BodyLength length, bool end);
  // The section ends the message.
  SendStatus SendTrailers(std::span<const std::uint8_t> section);
  BodyResult WriteBody(std::span<const std::uint8_t> bytes, bool end);

  // The transport has room again. True when a writer that was told kBlocked should try again.
  [[nodiscard]] bool HandleWritable();
  // The half was reset, by this side or at the peer's wish.
  void Stop();

  bool expects_head() const { return state_ == State::kExpectHead; }
  // The end was handed over: FIN is sent or waits for room.
  bool ended() const { return state_ == State::kEnded; }
  bool stopped() const { return state_ == State::kStopped; }
  // The transport never took a byte of it.
  bool never_sent() const { return stream_.taken().is_zero(); }

 private:
  enum class State : std::uint8_t { kExpectHead, kBody, kEnded, kStopped };

  // What a call in the wrong state is told; kOk in the right one.
  SendStatus Expect(State state) const;
  void AppendSection(std::span<const std::uint8_t> section, bool end);
  void AppendData(std::span<const std::uint8_t> bytes, bool end);
  void NoteStopped();

  OutgoingStream stream_;
  const std::size_t data_frame_bytes_max_;
  State state_ = State::kExpectHead;
  std::optional<BodyLength> length_;
  bool writer_waits_ = false;
};

}  // namespace quiesce::http3
