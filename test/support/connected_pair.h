// Two endpoints, a client's and a server's, joined by a wire with a delay and in virtual time. The
// wire is an ordered queue; a filter may look at each datagram, change it, or take it away. For
// lossy and crowded networks there is test/sim.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "quic/endpoint/endpoint.h"
#include "test/support/seeded_random.h"

namespace quiesce::test {

class ConnectedPair {
 public:
  struct Options {
    quic::EndpointConfig client;
    quic::EndpointConfig server;
    quic::Version version = quic::Version::kV1;
    quic::Duration one_way_delay = std::chrono::milliseconds(10);
    std::uint64_t seed = 1;
  };
  enum class Side { kClient, kServer };
  // Returns false to drop the datagram. `from` sent it.
  using Filter = std::function<bool(Side from, std::vector<std::uint8_t>& bytes)>;

  // `client_tls` is the client's half of one handshake; `accept` makes the server's.
  ConnectedPair(const Options& options, std::unique_ptr<crypto::TlsHandshake> client_tls,
                quic::HandshakeFactory accept);

  // Runs until `done`, until nothing is left to happen, or for `limit` of virtual time. Returns
  // whether `done` was reached.
  bool RunUntil(const std::function<bool()>& done, quic::Duration limit = std::chrono::seconds(60));
  void RunFor(quic::Duration duration);

  void SetFilter(Filter filter) { filter_ = std::move(filter); }

  quic::Endpoint& client() { return client_; }
  quic::Endpoint& server() { return server_; }
  quic::Endpoint& endpoint(Side side) { return side == Side::kClient ? client_ : server_; }
  // The one connection, on either side; null when it is over (or not yet accepted).
  quic::Connection* connection(Side side);
  quic::Instant now() const { return now_; }

  // Events seen so far, in order, per side; RunUntil collects them.
  std::vector<quic::Event>& events(Side side) {
    return side == Side::kClient ? client_events_ : server_events_;
  }
  // The last event of one kind, if there was any.
  template <typename T>
  const T* Last(Side side) {
    for (auto it = events(side).rbegin(); it != events(side).rend(); ++it)
      if (const T* event = std::get_if<T>(&*it)) return event;
    return nullptr;
  }
  template <typename T>
  bool Has(Side side) {
    return Last<T>(side) != nullptr;
  }

  // Puts a datagram on the wire as if `from` had sent it.
  void Inject(Side from, std::vector<std::uint8_t> bytes);
  std::uint64_t datagrams_sent(Side from) const {
    return from == Side::kClient ? client_sent_ : server_sent_;
  }

 private:
  struct InFlight {
    quic::Instant arrival;
    Side from;
    std::vector<std::uint8_t> bytes;
  };

  void Pump();
  void Transmit(Side side);
  void CollectEvents(Side side);
  bool Step(quic::Instant limit);

  Options options_;
  SeededRandom random_;
  quic::StatelessResetter resetter_;
  quic::Endpoint client_;
  quic::Endpoint server_;
  quic::Instant now_{std::chrono::seconds(1)};
  quic::TransmitBatch batch_{64 * 1024};
  std::deque<InFlight> wire_;
  Filter filter_;
  quic::ConnectionHandle client_handle_;
  std::optional<quic::ConnectionHandle> server_handle_;
  std::vector<quic::Event> client_events_;
  std::vector<quic::Event> server_events_;
  std::uint64_t client_sent_ = 0;
  std::uint64_t server_sent_ = 0;
};

}  // namespace quiesce::test
