// What must hold in every world, whatever the network, the clients and the handlers do
// (shutdown.md §3.6), checked while a server runs and when the world has come to rest. Told about
// the server as an observer of its sessions, compared with the oracle and with what the clients
// saw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http3/server/session_observer.h"
#include "shutdown/drain_report.h"
#include "test/sim/client_node.h"
#include "test/sim/node.h"
#include "test/sim/oracle.h"
#include "test/sim/rude_client.h"
#include "test/sim/server_node.h"
#include "test/sim/world.h"

namespace quiesce::sim {

// What is known of a world beyond what always holds.
struct Expectations {
  // Whatever happens, the server is gone so long after it was told to leave.
  Duration exit_within{};
  // Nobody but compliant clients takes part: no connection may end with an error.
  bool compliant = false;
  // Beyond that nobody vanishes, handlers come to their end, and there is time enough: the drain
  // ends by itself, and every session that ends so has lost no request.
  bool cooperative = false;
  // Beyond that no datagram is lost: no session ends in any other way, and no request is lost.
  bool lossless = false;
  // In a lossless world the server is gone so long after its last response, or after it was told to
  // leave: it waits for nobody's idle timeout.
  Duration idle_within{};
  std::size_t connections_max = 0;  // that clients open to the server
  std::size_t memory_bytes_max = 0;
};

class Invariants final : public http3::SessionObserver, public WorldObserver {
 public:
  Invariants(const Expectations& expectations, const Oracle& oracle)
      : expectations_(expectations), oracle_(oracle) {}

  // Of the server that leaves.
  void OnSessionOpened(Instant now, http3::SessionId id, const quic::SocketAddress& peer) override;
  void OnSessionClosed(Instant now, http3::SessionId id, const http3::DrainRecord& record,
                       const http3::Closed& closed) override;
  void OnRequestStarted(Instant now, const http3::Exchange& exchange) override;
  void OnRequestEnded(Instant now, const http3::Exchange& exchange,
                      http3::Outcome outcome) override;
  // Counts bytes for the amplification limit.
  void OnSent(Instant now, const Transfer& transfer) override;
  void OnDelivered(Instant now, const Transfer& transfer) override;

  // The server whose sessions and datagrams these are.
  void Watch(const ServerNode& server, const quic::SocketAddress& address);
  // After every step.
  void CheckStep(Instant now);
  // When nothing happens any more.
  void CheckEnd(Instant now, const std::vector<const ClientNode*>& clients,
                const std::vector<const RudeClient*>& rude_clients, const ServerNode* successor);

  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Session {
    quic::SocketAddress peer;
    std::optional<quic::StreamId> highest_dispatched;
    std::optional<http3::FirstRejectedId> cutoff;  // as last seen
    std::size_t running = 0;
    bool over = false;
    http3::DrainRecord record;  // once it is over
    std::optional<http3::Closed> closed;
  };
  struct Peer {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    bool validated = false;
  };

  void Expect(bool condition, const std::string& what);
  void CheckCutoff(Session& session, const http3::DrainRecord& record);
  void CheckLedger(const Session& session);
  void CheckReport(const shutdown::DrainReport& report);
  void CheckPromptness();
  void CheckClient(const ClientNode& client);
  void CheckAttempt(const ClientNode& client, const ClientNode::Request& request,
                    const ClientNode::Attempt& attempt);
  void CheckNothingLost(const ClientNode& client, const ClientNode::Request& request,
                        const ClientNode::Attempt& attempt);
  void CheckRudeClient(const RudeClient& client);

  const Expectations expectations_;
  const Oracle& oracle_;
  const ServerNode* server_ = nullptr;
  quic::SocketAddress address_;
  std::map<http3::SessionId, Session> sessions_;
  std::map<std::uint64_t, http3::Outcome> outcomes_;  // by key of the request
  std::map<quic::SocketAddress, Peer> peers_;
  Instant last_ended_{};  // a request
  shutdown::ProcessState last_state_ = shutdown::ProcessState::kRunning;
  std::vector<std::string> violations_;
};

}  // namespace quiesce::sim
