// What the request streams of both roles share: the two halves, and the parts of the connection
// that they use. RFC 9114 §4.1, §6.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "http3/config.h"
#include "http3/events.h"
#include "http3/incoming_message.h"
#include "http3/load_meter.h"
#include "http3/outgoing_message.h"
#include "http3/settings.h"
#include "http3/stats.h"
#include "qpack/decoder.h"
#include "qpack/encoder.h"
#include "qpack/field.h"
#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

// References into one connection, which outlives its requests.
struct RequestContext {
  quic::Transport& transport;
  const Config& config;
  qpack::Encoder& encoder;
  qpack::Decoder& decoder;
  LoadMeter& meter;
  const Settings& peer_settings;
  Stats& stats;
  std::deque<Event>& events;

  // Whether the peer's SETTINGS allow a section of this size. RFC 9114 §4.2.2: it is likely to
  // refuse more, so the sender is told instead.
  bool Fits(std::span<const qpack::Field> fields) const;
  // Encodes a section for `id`.
  std::vector<std::uint8_t> Encode(quic::StreamId id, std::span<const qpack::Field> fields) const;
};

struct RequestStream {
  RequestStream(const RequestContext& context, quic::StreamId id,
                std::string_view request_method = {});

  const quic::StreamId id;
  IncomingMessage in;
  OutgoingMessage out;
  bool readable_reported = false;  // the application has not yet seen ReadBody() return nothing

  // Passes on what both roles report alike: kBody, kTrailers, kEnd.
  void Report(const RequestContext& context, Incoming incoming);
  BodyResult WriteBody(const RequestContext& context, std::span<const std::uint8_t> bytes,
                       bool end);
  SendStatus SendTrailers(const RequestContext& context, std::span<const qpack::Field> fields);
  void ConsumeBody(const RequestContext& context, std::size_t count);
  void HandleWritable(const RequestContext& context);

  // Ends both halves with `code`, as far as they are not at their end. RFC 9114 §4.1.1.
  void Reset(const RequestContext& context, ErrorCode code);
  // Stops reading, with `code`, unless everything has been read.
  void StopReading(const RequestContext& context, ErrorCode code);
};

}  // namespace quiesce::http3
