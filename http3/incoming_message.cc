#include "http3/incoming_message.h"

#include <algorithm>
#include <utility>

#include "quic/base/check.h"

namespace quiesce::http3 {

std::string_view ToString(MessageState state) {
  switch (state) {
    case MessageState::kExpectHead:
      return "expect_head";
    case MessageState::kReadingHead:
      return "reading_head";
    case MessageState::kBody:
      return "body";
    case MessageState::kReadingTrailers:
      return "reading_trailers";
    case MessageState::kAfterTrailers:
      return "after_trailers";
    case MessageState::kTunnel:
      return "tunnel";
    case MessageState::kEnded:
      return "ended";
  }
  return "unknown";
}

std::string_view ToString(MessageEvent event) {
  switch (event) {
    case MessageEvent::kHeadersFrame:
      return "headers_frame";
    case MessageEvent::kDataFrame:
      return "data_frame";
    case MessageEvent::kInterim:
      return "interim";
    case MessageEvent::kHead:
      return "head";
    case MessageEvent::kTunnelHead:
      return "tunnel_head";
    case MessageEvent::kTrailers:
      return "trailers";
    case MessageEvent::kEnd:
      return "end";
  }
  return "unknown";
}

IncomingMessage::IncomingMessage(quic::Transport& transport, qpack::Decoder& decoder,
                                 LoadMeter& meter, const Config& config, quic::StreamId id,
                                 std::string_view request_method)
    : transport_(transport),
      decoder_(decoder),
      meter_(meter),
      config_(config),
      id_(id),
      is_request_(transport.perspective() == quic::Perspective::kServer),
      request_method_(request_method),
      reader_({.stream = StreamKind::kRequest,
               .sender = quic::Opposite(transport.perspective()),
               .max_section_bytes = config.field_section_bytes_max}) {}

IncomingMessage::~IncomingMessage() { meter_.OnPartialSection(partial_bytes_, 0); }

Result<Incoming> IncomingMessage::Next() {
  if (kept_ && !stopped_) return NextKept();
  while (!done()) {
    if (at_end_) return HandleEnd();
    const quic::Readable readable = transport_.Peek(id_);
    started_ = started_ || !readable.bytes.empty();
    if (data_remaining_ > 0) {
      // RFC 9114 §7.1: a clean end inside a frame.
      if (readable.fin && readable.bytes.size() < data_remaining_)
        return ConnectionError(ErrorCode::kFrameError, "stream ended inside a DATA frame");
      if (readable.bytes.empty()) return Incoming::kNothingYet;
      return Incoming::kBody;
    }
    if (readable.bytes.empty() && !readable.fin) return Incoming::kNothingYet;
    if (readable.bytes.empty()) {
      Consume(0, true);
      continue;
    }
    Result<Incoming> item = NextItem(readable);
    if (!item || *item != Incoming::kNothingYet) return item;
  }
  return Incoming::kNothingYet;
}

// Reads to the next thing to report, the next DATA payload, or the end of what is there;
// kNothingYet when that is nothing to report.
Result<Incoming> IncomingMessage::NextItem(const quic::Readable& readable) {
  std::span<const std::uint8_t> rest = readable.bytes;
  Result<Incoming> incoming = Incoming::kNothingYet;
  while (true) {
    const std::size_t before = rest.size();
    const bool was_in_section = in_section();
    Result<FrameItem> item = reader_.Next(rest);
    if (!item) return item.error();
    // Frames of unknown type and frame headers; payloads are counted where they are used.
    if (!std::holds_alternative<FramePayload>(*item) && !was_in_section)
      meter_.OnIgnored(before - rest.size());
    if (const auto* payload = std::get_if<FramePayload>(&*item)) {
      incoming = HandleSection(payload->bytes);
      break;
    }
    if (std::holds_alternative<NeedMore>(*item)) break;
    if (const auto* header = std::get_if<FrameHeader>(&*item)) {
      if (Result<void> place = HandleFrameHeader(*header); !place) return place.error();
    }
    if (data_remaining_ > 0) break;
  }
  NotePartialSection();
  Consume(readable.bytes.size() - rest.size(), readable.fin && rest.empty());
  return incoming;
}

bool IncomingMessage::in_section() const {
  return order_.state() == MessageState::kReadingHead ||
         order_.state() == MessageState::kReadingTrailers;
}

Result<void> IncomingMessage::HandleFrameHeader(const FrameHeader& header) {
  switch (header.type) {
    case FrameType::kHeaders:
      if (order_.Apply(MessageEvent::kHeadersFrame)) return {};
      break;
    case FrameType::kData:
      if (!order_.Apply(MessageEvent::kDataFrame)) break;
      // RFC 9114 §4.1.2: known to be too long before any of it is passed on.
      QUIESCE_RETURN_IF_ERROR(length_->OnData(header.length));
      meter_.OnData(header.length);
      data_remaining_ = header.length;
      return {};
    case FrameType::kPushPromise:
      // RFC 9114 §7.2.5: MAX_PUSH_ID was never sent, so every push ID is above it. §4.4: in a
      // tunnel only DATA is permitted.
      if (order_.state() == MessageState::kTunnel) break;
      return ConnectionError(ErrorCode::kIdError, "PUSH_PROMISE without MAX_PUSH_ID");
    default:
      break;  // FrameReader refuses the others on a request stream
  }
  return ConnectionError(ErrorCode::kFrameUnexpected, "frame out of order on a request stream");
}

Result<Incoming> IncomingMessage::HandleSection(std::span<const std::uint8_t> payload) {
  meter_.OnSection();
  qpack::FieldSection section;
  const qpack::DecodeResult decoded = decoder_.Decode(id_.value(), payload, section);
  switch (decoded.status) {
    case qpack::DecodeStatus::kDecoded:
      break;
    case qpack::DecodeStatus::kTooLarge:
      return StreamError(ErrorCode::kExcessiveLoad, "field section above the limit");
    case qpack::DecodeStatus::kError:
      return FromQpack(decoded.error);
    case qpack::DecodeStatus::kBlocked:
      // RFC 9204 §2.1.2: SETTINGS_QPACK_BLOCKED_STREAMS is 0, so waiting is never due.
      return ConnectionError(ErrorCode::kQpackDecompressionFailed, "blocked stream not allowed");
  }
  if (order_.state() == MessageState::kReadingHead)
    return is_request_ ? HandleRequestHead(std::move(section))
                       : HandleResponseHead(std::move(section));
  QUIESCE_RETURN_IF_ERROR(CheckTrailers(section));
  QUIESCE_CHECK(order_.Apply(MessageEvent::kTrailers));
  trailers_ = std::move(section);
  return Incoming::kTrailers;
}

Result<Incoming> IncomingMessage::HandleRequestHead(qpack::FieldSection section) {
  Result<RequestHead> head = ParseRequestHead(std::move(section), config_.message_rules());
  if (!head) return head.error();
  length_ = BodyLength::OfRequest(*head);
  QUIESCE_CHECK(order_.Apply(head->is_connect() ? MessageEvent::kTunnelHead : MessageEvent::kHead));
  request_head_ = std::move(*head);
  return Incoming::kHead;
}

Result<Incoming> IncomingMessage::HandleResponseHead(qpack::FieldSection section) {
  Result<ResponseHead> head = ParseResponseHead(std::move(section));
  if (!head) return head.error();
  if (head->is_interim()) {
    QUIESCE_CHECK(order_.Apply(MessageEvent::kInterim));
    response_head_ = std::move(*head);
    return Incoming::kHead;
  }
  length_ = BodyLength::OfResponse(*head, request_method_);
  const bool tunnel = request_method_ == "CONNECT" && head->status < 300;
  QUIESCE_CHECK(order_.Apply(tunnel ? MessageEvent::kTunnelHead : MessageEvent::kHead));
  response_head_ = std::move(*head);
  return Incoming::kHead;
}

Result<Incoming> IncomingMessage::HandleEnd() {
  QUIESCE_RETURN_IF_ERROR(reader_.HandleEnd());
  if (!order_.Allows(MessageEvent::kEnd)) {
    // RFC 9114 §4.1: not enough of a request to answer; a response without its final head.
    if (is_request_)
      return StreamError(ErrorCode::kRequestIncomplete, "request ended before its head");
    return StreamError(ErrorCode::kMessageError, "stream ended before the final response");
  }
  if (length_) QUIESCE_RETURN_IF_ERROR(length_->OnEnd());
  QUIESCE_CHECK(order_.Apply(MessageEvent::kEnd));
  return Incoming::kEnd;
}

std::span<const std::uint8_t> IncomingMessage::Body() const {
  if (stopped_) return {};
  if (kept_) return std::span(kept_->body).subspan(kept_->consumed);
  if (data_remaining_ == 0) return {};
  const std::span<const std::uint8_t> bytes = transport_.Peek(id_).bytes;
  return bytes.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), data_remaining_)));
}

std::size_t IncomingMessage::ConsumeBody(std::size_t count) {
  count = std::min(count, Body().size());
  if (count == 0) return 0;
  if (kept_) {
    kept_->consumed += count;
    return count;
  }
  const quic::Readable readable = transport_.Peek(id_);
  std::span<const std::uint8_t> bytes = readable.bytes.first(count);
  while (!bytes.empty()) {
    const Result<FrameItem> item = reader_.Next(bytes);
    QUIESCE_CHECK(item.ok());  // a DATA payload has nothing that could be wrong
  }
  data_remaining_ -= count;
  Consume(count, readable.fin && count == readable.bytes.size());
  return count;
}

bool IncomingMessage::KeepRest() {
  if (stopped_) return false;
  Kept kept;
  while (order_.state() != MessageState::kEnded) {
    Result<Incoming> next = Next();
    if (!next || *next == Incoming::kNothingYet) return false;
    if (*next == Incoming::kBody) {
      const std::span<const std::uint8_t> bytes = Body();
      kept.body.insert(kept.body.end(), bytes.begin(), bytes.end());
      ConsumeBody(bytes.size());
    } else if (*next == Incoming::kTrailers) {
      kept.trailers = true;
    }
  }
  kept_ = std::move(kept);
  return true;
}

Incoming IncomingMessage::NextKept() {
  if (kept_->consumed < kept_->body.size()) return Incoming::kBody;
  if (std::exchange(kept_->trailers, false)) return Incoming::kTrailers;
  kept_.reset();
  return Incoming::kEnd;
}

void IncomingMessage::Stop() {
  stopped_ = true;
  meter_.OnPartialSection(partial_bytes_, 0);
  partial_bytes_ = 0;
}

void IncomingMessage::Consume(std::size_t count, bool last) {
  transport_.Consume(id_, quic::ByteCount(count));
  at_end_ = last;
}

void IncomingMessage::NotePartialSection() {
  const std::size_t bytes = in_section() ? reader_.buffered_bytes() : 0;
  meter_.OnPartialSection(partial_bytes_, bytes);
  partial_bytes_ = bytes;
}

}  // namespace quiesce::http3
