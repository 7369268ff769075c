#include "test/support/raw_pair.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quiesce::test {
namespace {

using quic::Perspective;
using quic::SocketAddress;

constexpr std::array<std::uint8_t, 4> kPeerIp{192, 0, 2, 1};
constexpr std::array<std::uint8_t, 4> kOurIp{192, 0, 2, 2};
constexpr std::array<std::uint8_t, 16> kCidKey{1, 2, 3};
constexpr std::array<std::uint8_t, 32> kResetKey{4, 5, 6};

}  // namespace

RawPair::RawPair(const Options& options)
    : options_(options), random_(options.seed), resetter_(crypto::Secret(kResetKey)) {
  const bool server = options_.tested == Perspective::kServer;
  const auto tls = [this](Perspective perspective) {
    return perspective == Perspective::kClient ? NewFakeClient(options_.tls, random_)
                                               : NewFakeServer(options_.tls, random_);
  };
  const auto tested_tls = [this, tls] {
    auto made = tls(options_.tested);
    return options_.wrap_tls ? options_.wrap_tls(std::move(made)) : std::move(made);
  };
  endpoint_ = std::make_unique<quic::Endpoint>(
      options_.config, quic::CidGenerator({}, crypto::Secret(kCidKey), resetter_, random_),
      resetter_, server ? quic::HandshakeFactory(tested_tls) : nullptr, random_);

  std::array<std::uint8_t, 20> cid{};
  random_.FillPublic(cid);
  std::array<std::uint8_t, 8> original{};
  random_.FillPublic(original);
  const Perspective peer = quic::Opposite(options_.tested);
  peer_ = std::make_unique<RawPeer>(
      peer, options_.version, quic::ConnectionId(std::span(cid).first(options_.peer_cid_length)),
      server ? quic::ConnectionId(original) : quic::ConnectionId(), tls(peer));
  if (options_.parameters) peer_->SetParameterHook(options_.parameters);
  if (server) {
    peer_->Start();
  } else {
    handle_ =
        endpoint_->Connect(now_, InfoFrom(PeerAddress()).path, options_.version, tested_tls());
  }
}

SocketAddress RawPair::PeerAddress() { return SocketAddress::Ipv4(kPeerIp, 50'000); }

quic::DatagramInfo RawPair::InfoFrom(const SocketAddress& address) const {
  return {.path = {.local = SocketAddress::Ipv4(kOurIp, 443), .peer = address}};
}

quic::Connection* RawPair::connection() { return handle_ ? endpoint_->Find(*handle_) : nullptr; }

bool RawPair::Handshake() {
  Exchange();
  for (int round = 0; round < 20; ++round) {
    SendHandshake();
    if (options_.tested == Perspective::kClient && peer_->complete())
      SendFrames(quic::PacketType::kOneRtt, quic::HandshakeDoneFrame{});
    if (peer_->complete() && Last<quic::HandshakeConfirmed>() != nullptr) {
      SendHandshake();
      return true;
    }
    RunFor(std::chrono::milliseconds(1));
  }
  return false;
}

void RawPair::SendHandshake() {
  for (Bytes& datagram : peer_->HandshakeDatagrams()) SendDatagram(std::move(datagram));
}

void RawPair::Acknowledge() {
  const Bytes ack = peer_->AckAll(quic::PacketNumberSpace::kApplication);
  if (!ack.empty()) Send(quic::PacketType::kOneRtt, ack);
}

void RawPair::Send(quic::PacketType type, std::span<const std::uint8_t> payload,
                   const PacketOptions& options) {
  SendDatagram(peer_->Datagram(type, payload, options));
}

void RawPair::SendDatagram(Bytes datagram) { SendDatagramFrom(PeerAddress(), std::move(datagram)); }

void RawPair::SendDatagramFrom(const SocketAddress& address, Bytes datagram) {
  bytes_received_ += datagram.size();
  endpoint_->HandleDatagram(now_, InfoFrom(address), datagram);
  Exchange();
}

void RawPair::Exchange() {
  CollectEvents();
  while (endpoint_->PollTransmit(now_, batch_) > 0) {
    for (const auto& datagram : batch_.datagrams()) {
      bytes_sent_ += datagram.bytes.size();
      sent_.push_back({datagram.info.path.peer, {datagram.bytes.begin(), datagram.bytes.end()}});
      if (!peer_is_deaf) peer_->Receive(datagram.bytes);
    }
    batch_.Clear();
  }
  CollectEvents();
}

void RawPair::CollectEvents() {
  while (auto event = endpoint_->PollEvent()) {
    if (std::holds_alternative<quic::ConnectionAccepted>(event->event)) {
      ++accepted_;
      handle_ = event->connection;
    } else {
      events_.push_back(std::move(std::get<quic::Event>(event->event)));
    }
  }
}

void RawPair::RunFor(quic::Duration duration) {
  const quic::Instant end = now_ + duration;
  Exchange();
  int wake_ups = 0;
  while (const auto next = endpoint_->NextTimeout()) {
    if (*next > end) break;
    QUIESCE_CHECK(++wake_ups < 100'000);  // a deadline that does not move
    now_ = std::max(now_, *next);
    endpoint_->HandleTimeout(now_);
    Exchange();
  }
  now_ = end;
}

std::vector<RawPair::Close> RawPair::closes() const {
  std::vector<Close> closes;
  for (const RawPeer::Seen& packet : peer_->seen()) {
    quic::Reader reader(packet.payload);
    while (!reader.empty()) {
      const auto frame = quic::ReadFrame(reader);
      QUIESCE_CHECK(frame.ok());
      if (const auto* close = std::get_if<quic::ConnectionCloseFrame>(&*frame)) {
        closes.push_back({.packet = packet.type,
                          .is_application = close->is_application,
                          .error_code = close->error_code,
                          .frame_type = close->frame_type,
                          .reason = std::string(close->reason)});
      }
    }
  }
  return closes;
}

std::optional<RawPair::Close> RawPair::close() const {
  std::optional<Close> highest;
  for (const Close& close : closes())
    if (!highest || close.packet >= highest->packet) highest = close;
  return highest;
}

}  // namespace quiesce::test
