#include "test/sim/rude_client.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "http3/error.h"
#include "http3/frames.h"
#include "qpack/encoder.h"

namespace quiesce::sim {
namespace {

// A HEADERS frame; its length is written in two bytes. RFC 9114 §7.1, §7.2.2.
std::vector<std::uint8_t> HeadersFrame(const std::string& path) {
  const std::array<qpack::Field, 4> fields{{{.name = ":method", .value = "GET"},
                                            {.name = ":scheme", .value = "https"},
                                            {.name = ":authority", .value = "sim.example"},
                                            {.name = ":path", .value = path}}};
  std::vector<std::uint8_t> section;
  qpack::Encoder().Encode(0, fields, section);
  std::vector<std::uint8_t> frame{static_cast<std::uint8_t>(http3::FrameType::kHeaders),
                                  static_cast<std::uint8_t>(0x40 | section.size() >> 8),
                                  static_cast<std::uint8_t>(section.size())};
  frame.insert(frame.end(), section.begin(), section.end());
  return frame;
}

}  // namespace

RudeClient::RudeClient(const RudeOptions& options)
    : EndpointNode(Role::kClient, options.endpoint, options.seed), options_(options) {
  timers_.Add(options.start, [this](Instant now) {
    connection_ = endpoint().Connect(now, {.local = options_.address, .peer = options_.server},
                                     quic::Version::kV1, parts().MakeClientTls());
  });
  for (const RudeRequest& request : options_.requests) {
    timers_.Add(options.start + request.plan.at, [this, request](Instant) {
      due_.push_back(request);
      quic::Connection* connection = connection_ ? endpoint().Find(*connection_) : nullptr;
      if (connection && control_open_) SendDue(*connection);
    });
  }
}

void RudeClient::OpenControlStream(quic::Connection& connection) {
  const auto control = connection.OpenStream(quic::StreamDirection::kUnidirectional);
  if (!control) return;
  // RFC 9114 §6.2.1: the stream type, and a SETTINGS frame without settings.
  constexpr std::array<std::uint8_t, 3> kOpening{
      0x00, static_cast<std::uint8_t>(http3::FrameType::kSettings), 0x00};
  (void)connection.Write(*control, kOpening, /*fin=*/false);
  control_open_ = true;
  SendDue(connection);
}

void RudeClient::SendDue(quic::Connection& connection) {
  while (!due_.empty()) {
    const auto id = connection.OpenStream(quic::StreamDirection::kBidirectional);
    if (!id) return;
    const RudeRequest request = due_.front();
    due_.erase(due_.begin());
    streams_[*id] = {.request = request};
    const std::vector<std::uint8_t> frame = HeadersFrame(request.plan.Path());
    const bool half = request.manner == RudeRequest::Manner::kHalfHeaders;
    (void)connection.Write(*id, std::span(frame).first(half ? frame.size() / 2 : frame.size()),
                           /*fin=*/!half);
    Note("request " + std::to_string(request.plan.key) + " on stream " +
         std::to_string(id->value()));
    if (request.manner == RudeRequest::Manner::kTakenBack)
      timers_.Add(options_.start + request.plan.at + *request.plan.cancel_after,
                  [this, id = *id](Instant) { TakeBack(id); });
  }
}

void RudeClient::TakeBack(quic::StreamId id) {
  quic::Connection* connection = endpoint().Find(*connection_);
  if (!connection) return;
  const auto code = static_cast<std::uint64_t>(http3::ErrorCode::kRequestCancelled);
  connection->ResetStream(id, code);
  connection->StopSending(id, code);
}

void RudeClient::Read(quic::Connection& connection, quic::StreamId id) {
  for (;;) {
    const quic::Readable readable = connection.Peek(id);
    if (readable.bytes.empty() && !readable.fin) return;
    connection.Consume(id, quic::ByteCount(readable.bytes.size()));
    if (!readable.fin) continue;
    if (const auto found = streams_.find(id); found != streams_.end())
      found->second.finished = true;
    return;
  }
}

void RudeClient::OnEvent(Instant, const quic::EndpointEvent& event) {
  const auto* of_connection = std::get_if<quic::Event>(&event.event);
  quic::Connection* connection = endpoint().Find(event.connection);
  if (!of_connection || !connection) return;
  if (closed_) faults_.push_back("an event after the last one");
  if (std::holds_alternative<quic::HandshakeCompleted>(*of_connection)) {
    OpenControlStream(*connection);
  } else if (std::holds_alternative<quic::StreamsAvailable>(*of_connection)) {
    if (control_open_) SendDue(*connection);
  } else if (const auto* readable = std::get_if<quic::StreamReadable>(of_connection)) {
    Read(*connection, readable->stream_id);
  } else if (const auto* reset = std::get_if<quic::StreamReset>(of_connection)) {
    if (const auto found = streams_.find(reset->stream_id); found != streams_.end())
      found->second.reset_code = reset->application_error_code;
    else
      faults_.push_back("a critical stream was reset");
  } else if (const auto* stopped = std::get_if<quic::StopSendingReceived>(of_connection)) {
    if (const auto found = streams_.find(stopped->stream_id); found != streams_.end())
      found->second.stopped_code = stopped->application_error_code;
    else
      faults_.push_back("a critical stream was refused");
  } else if (const auto* sent = std::get_if<quic::StreamSendFinished>(of_connection)) {
    if (const auto found = streams_.find(sent->stream_id); found != streams_.end() && !sent->reset)
      found->second.request_acknowledged = true;
  } else if (const auto* closed = std::get_if<quic::ConnectionClosed>(of_connection)) {
    closed_ = *closed;
    Note("connection is over (" + closed->reason + ")");
  }
}

}  // namespace quiesce::sim
