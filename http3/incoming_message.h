// The receiving half of a request stream: bytes to head, body, trailers and end, in the only order
// they may come. RFC 9114 §4.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http3/config.h"
#include "http3/error.h"
#include "http3/frame_reader.h"
#include "http3/load_meter.h"
#include "http3/message.h"
#include "qpack/decoder.h"
#include "qpack/field.h"
#include "quic/base/state_machine.h"
#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

// RFC 9114 §4.1: HEADERS (interim), HEADERS, DATA, HEADERS (trailers). A frame for which there is
// no row is H3_FRAME_UNEXPECTED.
enum class MessageState : std::uint8_t {
  kExpectHead,
  kReadingHead,
  kBody,
  kReadingTrailers,
  kAfterTrailers,
  kTunnel,  // §4.4: after CONNECT only DATA
  kEnded,
};

enum class MessageEvent : std::uint8_t {
  kHeadersFrame,  // its first byte
  kDataFrame,
  kInterim,  // the section that was read turned out to be this
  kHead,
  kTunnelHead,
  kTrailers,
  kEnd,
};

inline constexpr quic::Transition<MessageState, MessageEvent> kMessageTransitions[] = {
    {MessageState::kExpectHead, MessageEvent::kHeadersFrame, MessageState::kReadingHead},
    {MessageState::kReadingHead, MessageEvent::kInterim, MessageState::kExpectHead},
    {MessageState::kReadingHead, MessageEvent::kHead, MessageState::kBody},
    {MessageState::kReadingHead, MessageEvent::kTunnelHead, MessageState::kTunnel},
    {MessageState::kBody, MessageEvent::kDataFrame, MessageState::kBody},
    {MessageState::kBody, MessageEvent::kHeadersFrame, MessageState::kReadingTrailers},
    {MessageState::kBody, MessageEvent::kEnd, MessageState::kEnded},
    {MessageState::kReadingTrailers, MessageEvent::kTrailers, MessageState::kAfterTrailers},
    {MessageState::kAfterTrailers, MessageEvent::kEnd, MessageState::kEnded},
    {MessageState::kTunnel, MessageEvent::kDataFrame, MessageState::kTunnel},
    {MessageState::kTunnel, MessageEvent::kEnd, MessageState::kEnded},
};
using MessageMachine = quic::StateMachine<MessageState, MessageEvent, kMessageTransitions>;

std::string_view ToString(MessageState state);
std::string_view ToString(MessageEvent event);

// What comes next on a stream.
enum class Incoming : std::uint8_t {
  kNothingYet,
  kHead,      // TakeRequestHead() on a server, TakeResponseHead() on a client
  kBody,      // Body() has bytes; nothing behind them is looked at before they are consumed
  kTrailers,  // TakeTrailers()
  kEnd,       // the message is complete
};

class IncomingMessage {
 public:
  // A request on `id` (server), or the response to a request with `request_method` (client). The
  // references outlive the object.
  IncomingMessage(quic::Transport& transport, qpack::Decoder& decoder, LoadMeter& meter,
                  const Config& config, quic::StreamId id, std::string_view request_method = {});
  ~IncomingMessage();
  IncomingMessage(IncomingMessage&&) = delete;

  // What comes next on the stream. Call until kNothingYet, kBody or kEnd. Errors of the stream:
  // H3_MESSAGE_ERROR (§4.1.2), H3_REQUEST_INCOMPLETE (§4.1) for a request that ends before its
  // head, H3_EXCESSIVE_LOAD for a section above the limit. Errors of the connection:
  // H3_FRAME_UNEXPECTED, H3_FRAME_ERROR, H3_ID_ERROR for PUSH_PROMISE (§7.2.5), QPACK's.
  Result<Incoming> Next();

  // What Next() has just announced.
  RequestHead TakeRequestHead() { return *std::exchange(request_head_, std::nullopt); }
  ResponseHead TakeResponseHead() { return *std::exchange(response_head_, std::nullopt); }
  qpack::FieldSection TakeTrailers() { return std::exchange(trailers_, {}); }

  // The next bytes of the body. Empty when there are none now.
  std::span<const std::uint8_t> Body() const;
  // Takes the first `count` of them, at most all; returns how many.
  std::size_t ConsumeBody(std::size_t count);

  // Copies what has arrived, so that it can be read on when the transport has forgotten it. False,
  // and nothing to be read on, when the end of the message is not among it.
  [[nodiscard]] bool KeepRest();

  // No byte of this half is of interest any more: it is complete, reset, or not wanted.
  bool done() const { return stopped_ || (order_.state() == MessageState::kEnded && !kept_); }
  void Stop();
  // A HEADERS frame has begun and is not complete.
  bool in_section() const;
  // Some of the message has arrived.
  bool started() const { return started_; }

 private:
  // What is left of a message after KeepRest().
  struct Kept {
    std::vector<std::uint8_t> body;
    std::size_t consumed = 0;
    bool trailers = false;
  };

  Incoming NextKept();
  Result<Incoming> NextItem(const quic::Readable& readable);
  Result<void> HandleFrameHeader(const FrameHeader& header);
  Result<Incoming> HandleSection(std::span<const std::uint8_t> payload);
  Result<Incoming> HandleRequestHead(qpack::FieldSection section);
  Result<Incoming> HandleResponseHead(qpack::FieldSection section);
  Result<Incoming> HandleEnd();
  // Takes `count` bytes off the transport; `last` when they end the stream.
  void Consume(std::size_t count, bool last);
  void NotePartialSection();

  quic::Transport& transport_;
  qpack::Decoder& decoder_;
  LoadMeter& meter_;
  const Config& config_;
  const quic::StreamId id_;
  const bool is_request_;
  const std::string request_method_;  // client
  FrameReader reader_;
  MessageMachine order_{MessageState::kExpectHead};
  std::optional<BodyLength> length_;
  std::uint64_t data_remaining_ = 0;  // of the DATA frame at the front of the stream
  std::size_t partial_bytes_ = 0;     // as told to the meter
  bool started_ = false;
  bool at_end_ = false;  // the transport's last byte and FIN were taken
  bool stopped_ = false;
  std::optional<Kept> kept_;
  // Between Next() and Take...().
  std::optional<RequestHead> request_head_;
  std::optional<ResponseHead> response_head_;
  qpack::FieldSection trailers_;
};

}  // namespace quiesce::http3
