#include "http3/testing/h3_pair.h"

#include <utility>

#include "http3/frame_reader.h"
#include "qpack/encoder.h"
#include "quic/base/check.h"

namespace quiesce::http3 {
namespace {

void MoveAll(FakeTransport& from) {
  for (const Move& move : from.moves()) from.Make(move);
}

std::string Text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::vector<std::uint64_t> GoawaysWritten(const FakeTransport& transport) {
  std::vector<std::uint64_t> ids;
  const auto control =
      quic::StreamId::Make(transport.perspective(), quic::StreamDirection::kUnidirectional, 0);
  std::span<const std::uint8_t> bytes = Bytes(transport.written(control));
  if (bytes.empty()) return ids;
  bytes = bytes.subspan(1);  // the stream type
  FrameReader reader({.stream = StreamKind::kControl, .sender = transport.perspective()});
  while (true) {
    Result<FrameItem> item = reader.Next(bytes);
    QUIESCE_CHECK(item.ok());
    if (std::holds_alternative<NeedMore>(*item)) return ids;
    const auto* frame = std::get_if<FramePayload>(&*item);
    if (frame != nullptr && frame->type == FrameType::kGoaway)
      ids.push_back(ReadPayload<GoawayFrame>(frame->bytes)->id);
  }
}

H3End::H3End(quic::Perspective perspective, const FakeLimits& limits, const Config& config)
    : random(1), transport(perspective, limits), connection(transport, config, random) {}

void H3End::Pump(quic::Instant now) {
  while (std::optional<quic::Event> event = transport.PollEvent())
    connection.HandleEvent(now, *event);
  while (std::optional<Event> event = connection.PollEvent()) log.Add(std::move(*event));
}

std::string H3End::ReadAll(quic::Instant now, quic::StreamId id) {
  std::string body;
  while (true) {
    const std::span<const std::uint8_t> bytes = connection.ReadBody(id);
    if (bytes.empty()) break;
    body.append(bytes.begin(), bytes.end());
    connection.ConsumeBody(now, id, bytes.size());
  }
  Pump(now);
  return body;
}

H3Pair::H3Pair(const PairOptions& options)
    : client(quic::Perspective::kClient, options.client_limits, options.client),
      server(quic::Perspective::kServer, options.server_limits, options.server) {
  FakeTransport::Join(client.transport, server.transport);
}

void H3Pair::Establish() {
  for (H3End* end : {&client, &server}) {
    end->connection.HandleEvent(now, quic::HandshakeCompleted{"h3"});
    end->connection.HandleEvent(now, quic::HandshakeConfirmed{});
  }
  Exchange();
  client.log.Clear();
  server.log.Clear();
}

void H3Pair::Exchange() {
  client.Pump(now);
  server.Pump(now);
  while (!client.transport.moves().empty() || !server.transport.moves().empty()) {
    ToServer();
    ToClient();
  }
}

void H3Pair::ToServer() {
  MoveAll(client.transport);
  server.Pump(now);
  client.Pump(now);
}

void H3Pair::ToClient() {
  MoveAll(server.transport);
  client.Pump(now);
  server.Pump(now);
}

void H3Pair::Advance(quic::Duration duration) {
  now += duration;
  for (H3End* end : {&client, &server}) {
    end->connection.HandleTimeout(now);
    end->Pump(now);
  }
}

quic::StreamId H3Pair::Get(std::string_view path) {
  const RequestResult result =
      client.connection.SendRequest(now, {.authority = "example.org", .path = path}, {}, true);
  QUIESCE_CHECK(result.stream_id.has_value());
  return *result.stream_id;
}

void H3Pair::Answer(quic::StreamId id, int status) {
  QUIESCE_CHECK(server.connection.Respond(now, id, status, {}, true) == SendStatus::kOk);
  server.Pump(now);
}

RawPeer::RawPeer(quic::Perspective role, const Config& config)
    : transport(quic::Opposite(role), {}), subject(role, {}, config) {
  if (role == quic::Perspective::kServer)
    FakeTransport::Join(transport, subject.transport);
  else
    FakeTransport::Join(subject.transport, transport);
  subject.connection.HandleEvent(now, quic::HandshakeCompleted{"h3"});
}

void RawPeer::Exchange() {
  subject.Pump(now);
  while (!transport.moves().empty() || !subject.transport.moves().empty()) {
    MoveAll(transport);
    subject.Pump(now);
    MoveAll(subject.transport);
    while (transport.PollEvent()) {
    }
    subject.Pump(now);
  }
}

quic::StreamId RawPeer::Open(quic::StreamDirection direction, std::string_view bytes, bool fin) {
  const std::optional<quic::StreamId> id = transport.OpenStream(direction);
  QUIESCE_CHECK(id.has_value());
  Write(*id, bytes, fin);
  return *id;
}

void RawPeer::Write(quic::StreamId id, std::string_view bytes, bool fin) {
  QUIESCE_CHECK(transport.Write(id, Bytes(bytes), fin).status == quic::WriteStatus::kOk);
  Exchange();
}

quic::StreamId RawPeer::OpenControl() {
  return Open(quic::StreamDirection::kUnidirectional,
              Varint(0x00) + Frame(static_cast<std::uint64_t>(FrameType::kSettings), ""));
}

std::optional<ErrorCode> RawPeer::close_code() const {
  const auto& close = subject.transport.close_record();
  if (!close) return std::nullopt;
  return static_cast<ErrorCode>(close->code);
}

std::string Varint(std::uint64_t value) {
  std::string out;
  const int bytes = value < 64 ? 1 : value < 16384 ? 2 : value < (1u << 30) ? 4 : 8;
  const std::uint64_t prefix = bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;
  value |= prefix << (8 * bytes - 2);
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string Frame(std::uint64_t type, std::string_view payload) {
  return Varint(type) + Varint(payload.size()) + std::string(payload);
}

std::string Section(std::span<const qpack::Field> fields) {
  std::vector<std::uint8_t> section;
  qpack::Encoder().Encode(0, fields, section);
  return Text(section);
}

std::string HeadersFrame(std::span<const qpack::Field> fields) {
  return Frame(static_cast<std::uint64_t>(FrameType::kHeaders), Section(fields));
}

}  // namespace quiesce::http3
