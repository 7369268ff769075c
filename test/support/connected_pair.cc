#include "test/support/connected_pair.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quiesce::test {
namespace {

using quic::SocketAddress;

constexpr std::array<std::uint8_t, 4> kClientIp{192, 0, 2, 1};
constexpr std::array<std::uint8_t, 4> kServerIp{192, 0, 2, 2};
constexpr std::array<std::uint8_t, 16> kCidKey{1, 2, 3};
constexpr std::array<std::uint8_t, 32> kResetKey{4, 5, 6};

quic::NetworkPath PathOf(ConnectedPair::Side side) {
  const SocketAddress client = SocketAddress::Ipv4(kClientIp, 50'000);
  const SocketAddress server = SocketAddress::Ipv4(kServerIp, 443);
  return side == ConnectedPair::Side::kClient ? quic::NetworkPath{client, server}
                                              : quic::NetworkPath{server, client};
}

ConnectedPair::Side Other(ConnectedPair::Side side) {
  return side == ConnectedPair::Side::kClient ? ConnectedPair::Side::kServer
                                              : ConnectedPair::Side::kClient;
}

}  // namespace

ConnectedPair::ConnectedPair(const Options& options,
                             std::unique_ptr<crypto::TlsHandshake> client_tls,
                             quic::HandshakeFactory accept)
    : options_(options),
      random_(options.seed),
      resetter_(crypto::Secret(kResetKey)),
      client_(options_.client, quic::CidGenerator({}, crypto::Secret(kCidKey), resetter_, random_),
              resetter_, nullptr, random_),
      server_(options_.server, quic::CidGenerator({}, crypto::Secret(kCidKey), resetter_, random_),
              resetter_, std::move(accept), random_) {
  client_handle_ =
      client_.Connect(now_, PathOf(Side::kClient), options.version, std::move(client_tls));
}

quic::Connection* ConnectedPair::connection(Side side) {
  if (side == Side::kClient) return client_.Find(client_handle_);
  return server_handle_ ? server_.Find(*server_handle_) : nullptr;
}

bool ConnectedPair::RunUntil(const std::function<bool()>& done, quic::Duration limit) {
  const quic::Instant end = now_ + limit;
  Pump();
  while (!done()) {
    if (!Step(end)) return false;
    Pump();
  }
  return true;
}

void ConnectedPair::RunFor(quic::Duration duration) {
  const quic::Instant end = now_ + duration;
  RunUntil([] { return false; }, duration);
  now_ = std::max(now_, end);
}

void ConnectedPair::Inject(Side from, std::vector<std::uint8_t> bytes) {
  wire_.push_back({now_ + options_.one_way_delay, from, std::move(bytes)});
}

// Moves to the next thing that happens. False when that lies beyond `limit` or there is none.
bool ConnectedPair::Step(quic::Instant limit) {
  std::optional<quic::Instant> next;
  const auto consider = [&next](std::optional<quic::Instant> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  if (!wire_.empty()) consider(wire_.front().arrival);
  consider(client_.NextTimeout());
  consider(server_.NextTimeout());
  if (!next || *next > limit) return false;
  now_ = std::max(now_, *next);
  while (!wire_.empty() && wire_.front().arrival <= now_) {
    InFlight datagram = std::move(wire_.front());
    wire_.pop_front();
    const Side to = Other(datagram.from);
    endpoint(to).HandleDatagram(now_, {.path = PathOf(to)}, datagram.bytes);
  }
  client_.HandleTimeout(now_);
  server_.HandleTimeout(now_);
  return true;
}

void ConnectedPair::Pump() {
  for (const Side side : {Side::kClient, Side::kServer}) {
    CollectEvents(side);
    Transmit(side);
    CollectEvents(side);
  }
}

void ConnectedPair::Transmit(Side side) {
  while (endpoint(side).PollTransmit(now_, batch_) > 0) {
    for (const auto& datagram : batch_.datagrams()) {
      ++(side == Side::kClient ? client_sent_ : server_sent_);
      std::vector<std::uint8_t> bytes(datagram.bytes.begin(), datagram.bytes.end());
      if (!filter_ || filter_(side, bytes)) Inject(side, std::move(bytes));
    }
    batch_.Clear();
  }
}

void ConnectedPair::CollectEvents(Side side) {
  while (auto event = endpoint(side).PollEvent()) {
    if (side == Side::kServer) server_handle_ = event->connection;
    if (auto* of_connection = std::get_if<quic::Event>(&event->event))
      events(side).push_back(std::move(*of_connection));
  }
}

}  // namespace quiesce::test
