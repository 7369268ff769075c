// A ServerCore and any number of client connections to it, joined by an ordered wire with a delay,
// in virtual time; optionally with the coordinator that takes the server out of service. For lossy
// and crowded networks there is test/sim.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/tls_config.h"
#include "http3/client/client_core.h"
#include "http3/server/server_core.h"
#include "quic/base/datagram.h"
#include "quic/endpoint/endpoint.h"
#include "shutdown/coordinator.h"
#include "test/support/seeded_random.h"

namespace quiesce::test {

// What a client has seen of one answer.
struct Answer {
  int status = 0;  // of the final response; 0 before it
  std::vector<int> interim;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  bool finished = false;
  std::optional<http3::RequestFailed> failed;

  std::string_view field(std::string_view name) const;
};

class ServerWorld {
 public:
  struct Options {
    http3::Config server;
    http3::Config client;
    quic::EndpointConfig endpoint;  // of both
    quic::Duration one_way_delay = std::chrono::milliseconds(10);
    std::uint64_t seed = 1;
  };
  struct Request {
    http3::SessionId session;
    quic::StreamId stream_id;
    friend auto operator<=>(const Request&, const Request&) = default;
  };
  // Returns false to drop a datagram.
  using Filter = std::function<bool(bool from_client, std::vector<std::uint8_t>& bytes)>;

  ServerWorld(http3::RequestHandler& handler, const Options& options);
  explicit ServerWorld(http3::RequestHandler& handler) : ServerWorld(handler, Options{}) {}
  ~ServerWorld();

  // From now on the coordinator's timers run and it is advanced after every verb.
  void Attach(shutdown::Coordinator& coordinator) { coordinator_ = &coordinator; }

  http3::ServerCore& server() { return *server_; }
  http3::ClientCore& client() { return *client_; }
  crypto::Random& random() { return random_; }
  quic::Instant now() const { return now_; }

  // Starts a connection. Each has a client address of its own.
  http3::SessionId Connect();
  // The same, and runs until requests can be sent.
  http3::SessionId Open();
  bool ready(http3::SessionId session) const { return ready_.contains(session); }
  // How a client's session ended; nullptr while it lives.
  const http3::Closed* closed(http3::SessionId session) const;
  std::uint64_t goaways_received(http3::SessionId session);

  // Sends a request; with `end` it is complete, otherwise SendBody() goes on.
  Request Send(http3::SessionId session, std::string_view path, std::string_view method = "GET",
               bool end = true);
  // Every byte is taken, or the test fails.
  void SendBody(const Request& request, std::string_view bytes, bool end);
  void Cancel(const Request& request);
  Answer& answer(const Request& request) { return answers_[request]; }
  // While false, clients leave bodies where they are.
  void SetReading(bool reading) { reading_ = reading; }
  // Reads from now on, and what has arrived of `request` already.
  void ReadAll(const Request& request) {
    reading_ = true;
    ReadBody(request);
  }

  // Runs until `done`, until nothing is left to happen, or for `limit`. Returns whether `done` was
  // reached.
  bool RunUntil(const std::function<bool()>& done, quic::Duration limit = std::chrono::seconds(60));
  void RunFor(quic::Duration duration);
  // Lets both sides take up and send what there is, without time passing.
  void Settle();

  void SetFilter(Filter filter) { filter_ = std::move(filter); }
  // While true, nothing the server sends leaves: a full socket.
  void HoldServer(bool hold) { held_ = hold; }
  std::uint64_t server_datagrams() const { return server_datagrams_; }

 private:
  struct InFlight {
    quic::Instant arrival;
    bool from_client;
    quic::NetworkPath path;  // as the receiver sees it
    std::vector<std::uint8_t> bytes;
  };

  bool Step(quic::Instant limit);
  bool TransmitServer();
  bool TransmitClient();
  void Launch(quic::TransmitBatch& batch, bool from_client);
  void TakeClientEvents();
  void Take(http3::SessionId session, http3::Event& event);
  void ReadBody(const Request& request);

  const Options options_;
  SeededRandom random_;
  std::shared_ptr<const crypto::ServerTlsConfig> server_tls_;
  std::shared_ptr<const crypto::ClientTlsConfig> client_tls_;
  std::unique_ptr<http3::ServerCore> server_;
  std::unique_ptr<http3::ClientCore> client_;
  shutdown::Coordinator* coordinator_ = nullptr;
  quic::Instant now_{std::chrono::seconds(1)};
  quic::TransmitBatch server_batch_{64 * 1500};
  quic::TransmitBatch client_batch_{64 * 1500};
  std::deque<InFlight> wire_;
  Filter filter_;
  bool held_ = false;
  bool reading_ = true;
  std::uint16_t next_port_ = 50'000;
  std::uint64_t server_datagrams_ = 0;
  std::map<http3::SessionId, bool> ready_;
  std::map<http3::SessionId, http3::Closed> closed_;
  std::map<http3::SessionId, std::uint64_t> goaways_;
  std::map<Request, Answer> answers_;
};

}  // namespace quiesce::test
