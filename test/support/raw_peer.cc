#include "test/support/raw_peer.h"

#include <algorithm>
#include <utility>

#include "quic/connection/opener.h"
#include "quic/connection/packet_space.h"
#include "quic/connection/sealer.h"
#include "quic/wire/ack_frame.h"
#include "quic/wire/frame_table.h"
#include "quic/wire/header.h"

namespace quiesce::test {

using quic::PacketType;
using quic::Perspective;

RawPeer::RawPeer(Perspective perspective, quic::Version version, const quic::ConnectionId& own,
                 const quic::ConnectionId& original, std::unique_ptr<crypto::TlsHandshake> tls)
    : perspective_(perspective),
      version_(*quic::FindVersion(version)),
      own_(own),
      original_(original),
      peer_(original),
      tls_(std::move(tls)),
      parameter_hook_([perspective](const quic::TransportParameters& parameters) {
        return quic::EncodeTransportParameters(parameters, perspective);
      }) {}

quic::TransportParameters RawPeer::Parameters() const {
  quic::TransportParameters parameters;
  parameters.max_idle_timeout_ms = 30'000;
  parameters.initial_max_data = quic::ByteCount(1 << 20);
  parameters.initial_max_stream_data_bidi_local = quic::ByteCount(1 << 18);
  parameters.initial_max_stream_data_bidi_remote = quic::ByteCount(1 << 18);
  parameters.initial_max_stream_data_uni = quic::ByteCount(1 << 18);
  parameters.initial_max_streams_bidi = 100;
  parameters.initial_max_streams_uni = 100;
  parameters.active_connection_id_limit = 4;
  parameters.initial_source_connection_id = own_;
  if (perspective_ == Perspective::kServer)
    parameters.original_destination_connection_id = original_;
  return parameters;
}

void RawPeer::Start() {
  DeriveInitialKeys();
  StartTls();
}

void RawPeer::StartTls() {
  (void)tls_->Start(parameter_hook_(Parameters()));
  CollectTls();
}

void RawPeer::DeriveInitialKeys() {
  crypto::InitialKeys initial = crypto::DeriveInitialKeys(version_.protection, original_.bytes());
  const bool client = perspective_ == Perspective::kClient;
  Level& level = keys(Spaces::kInitial);
  level.read.emplace(std::move(client ? initial.server : initial.client));
  level.write.emplace(std::move(client ? initial.client : initial.server));
}

void RawPeer::CollectTls() {
  while (auto secret = tls_->PollSecret()) {
    Level& level = keys(quic::SpaceOf(secret->level));
    auto& target = secret->direction == crypto::SecretDirection::kRead ? level.read : level.write;
    target.emplace(
        crypto::PacketKeys::Derive(*secret->suite, secret->secret.bytes(), version_.protection));
  }
  while (auto bytes = tls_->PollBytes()) {
    Bytes& out = keys(quic::SpaceOf(bytes->level)).crypto_out;
    out.insert(out.end(), bytes->bytes.begin(), bytes->bytes.end());
  }
}

Bytes RawPeer::Packet(PacketType type, std::span<const std::uint8_t> payload,
                      const PacketOptions& options) {
  // There are no 0-RTT keys: nobody could read such a packet anyway.
  Level& level = keys(type == PacketType::kZeroRtt ? Spaces::kInitial : quic::SpaceOf(type));
  QUIESCE_CHECK(level.write.has_value());
  const std::uint64_t number = options.number.value_or(level.next_number);
  level.next_number = std::max(level.next_number, number + 1);

  Bytes packet(quic::kMaxLongPacketLength);
  quic::Writer writer(packet);
  quic::HeaderLayout layout;
  const quic::ConnectionId destination = options.destination.value_or(peer_);
  bool written;
  if (type == PacketType::kOneRtt) {
    written = quic::WriteHeader(writer,
                                quic::ShortHeader{.destination_cid = destination,
                                                  .packet_number = quic::PacketNumber(number),
                                                  .packet_number_length = options.number_length},
                                layout);
  } else {
    written = quic::WriteHeader(writer,
                                quic::LongHeader{.type = type,
                                                 .version = version_.version,
                                                 .destination_cid = destination,
                                                 .source_cid = options.source.value_or(own_),
                                                 .token = options.token,
                                                 .packet_number = quic::PacketNumber(number),
                                                 .packet_number_length = options.number_length},
                                layout);
  }
  writer.Bytes(payload);
  QUIESCE_CHECK(written && writer.ok());
  packet[0] ^= options.flipped_bits;
  if (options.version) {
    const std::span<std::uint8_t> field = std::span(packet).subspan(1, 4);
    quic::Writer version(field);
    version.U32(static_cast<std::uint32_t>(*options.version));
  }
  packet.resize(quic::SealPacket(*level.write, packet, layout, quic::PacketNumber(number),
                                 writer.position()));
  if (options.forged) packet.back() ^= 1;
  return packet;
}

Bytes RawPeer::Datagram(PacketType type, std::span<const std::uint8_t> payload,
                        const PacketOptions& options) {
  if (type != PacketType::kInitial) return Packet(type, payload, options);
  Bytes padded(payload.begin(), payload.end());
  const std::size_t around = 1 + 4 + 1 + options.destination.value_or(peer_).length() + 1 +
                             options.source.value_or(own_).length() +
                             quic::VarintSize(options.token.size()) + options.token.size() + 2 +
                             options.number_length + quic::kAeadTagSize;
  if (padded.size() + around < quic::kMinInitialDatagramSize)
    padded.resize(quic::kMinInitialDatagramSize - around);
  return Packet(type, padded, options);
}

std::vector<Bytes> RawPeer::HandshakeDatagrams() {
  std::vector<Bytes> datagrams;
  const std::pair<Spaces, PacketType> levels[] = {{Spaces::kInitial, PacketType::kInitial},
                                                  {Spaces::kHandshake, PacketType::kHandshake},
                                                  {Spaces::kApplication, PacketType::kOneRtt}};
  for (const auto& [space, type] : levels) {
    if (!keys(space).write) continue;
    Bytes payload = keys(space).owes_ack ? AckAll(space) : Bytes();
    const Bytes crypto = TakeCrypto(space);
    payload.insert(payload.end(), crypto.begin(), crypto.end());
    if (!payload.empty()) datagrams.push_back(Datagram(type, payload));
  }
  return datagrams;
}

Bytes RawPeer::AckAll(Spaces space) {
  Level& level = keys(space);
  level.owes_ack = false;
  if (level.received.empty()) return {};
  Bytes bytes(1000);
  quic::Writer writer(bytes);
  QUIESCE_CHECK(quic::WriteAckFrame(writer, {.received = level.received.intervals()}) > 0);
  bytes.resize(writer.position());
  return bytes;
}

Bytes RawPeer::TakeCrypto(Spaces space) {
  Level& level = keys(space);
  if (level.crypto_out.empty()) return {};
  const Bytes frame = Encode(
      quic::CryptoFrame{.offset = quic::ByteCount(level.crypto_sent), .data = level.crypto_out});
  level.crypto_sent += level.crypto_out.size();
  level.crypto_out.clear();
  return frame;
}

void RawPeer::Receive(std::span<const std::uint8_t> datagram) {
  Bytes copy(datagram.begin(), datagram.end());
  std::span<std::uint8_t> rest(copy);
  while (!rest.empty()) {
    quic::PacketHeader header;
    if (quic::ParseHeader(rest, {.local_cid_length = own_.length()}, header) !=
            quic::HeaderFault::kNone ||
        header.packet_number_offset == 0) {
      ++unreadable_;
      return;
    }
    const auto packet = rest.first(header.size);
    rest = rest.subspan(header.size);
    const bool starts =
        perspective_ == Perspective::kServer && !peer_known_ && header.type == PacketType::kInitial;
    if (starts) {
      original_ = quic::ConnectionId(header.destination_cid);
      DeriveInitialKeys();
    }
    const quic::ConnectionId source(header.source_cid);
    Level& level = keys(quic::SpaceOf(header.type));
    const auto largest = level.received.empty()
                             ? std::nullopt
                             : std::optional(quic::PacketNumber(level.received.back().end - 1));
    const auto opened =
        level.read ? quic::OpenPacket(*level.read, header, packet, largest) : std::nullopt;
    if (!opened) {
      ++unreadable_;
      continue;
    }
    if (header.type != PacketType::kOneRtt && !std::exchange(peer_known_, true)) peer_ = source;
    if (starts) StartTls();
    level.received.Add(opened->number.value(), opened->number.value() + 1);
    seen_.push_back({.type = header.type,
                     .number = opened->number.value(),
                     .payload = Bytes(opened->payload.begin(), opened->payload.end()),
                     .datagram_size = datagram.size()});
    HandleFrames(seen_.back());
  }
}

void RawPeer::HandleFrames(const Seen& packet) {
  const Spaces space = quic::SpaceOf(packet.type);
  quic::Reader reader(packet.payload);
  while (!reader.empty()) {
    const auto frame = quic::ReadFrame(reader);
    QUIESCE_CHECK(frame.ok());
    if (quic::FindFrameRow(quic::FrameType(*frame))->ack_eliciting) keys(space).owes_ack = true;
    if (const auto* crypto = std::get_if<quic::CryptoFrame>(&*frame)) HandleCrypto(space, *crypto);
  }
}

void RawPeer::HandleCrypto(Spaces space, const quic::CryptoFrame& frame) {
  Level& level = keys(space);
  const std::size_t end = frame.offset.value() + frame.data.size();
  if (level.crypto_in.size() < end) level.crypto_in.resize(end);
  std::ranges::copy(frame.data,
                    level.crypto_in.begin() + static_cast<std::ptrdiff_t>(frame.offset.value()));
  Bytes in_order;
  while (level.crypto_read < level.crypto_in.size() && level.crypto_in[level.crypto_read])
    in_order.push_back(*level.crypto_in[level.crypto_read++]);
  if (in_order.empty()) return;
  (void)tls_->HandleBytes(tls_->read_level(), in_order);
  CollectTls();
}

quic::TransportParameters RawPeer::peer_parameters() const {
  const auto encoded = tls_->peer_transport_parameters();
  QUIESCE_CHECK(encoded.has_value());
  auto decoded = quic::DecodeTransportParameters(*encoded, quic::Opposite(perspective_));
  QUIESCE_CHECK(decoded.ok());
  return *decoded;
}

}  // namespace quiesce::test
