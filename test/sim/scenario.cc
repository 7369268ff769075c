#include "test/sim/scenario.h"

#include <array>
#include <memory>
#include <utility>

#include "quic/base/check.h"
#include "quic/connection/closer.h"
#include "test/sim/client_node.h"
#include "test/sim/impairments.h"
#include "test/sim/invariants.h"
#include "test/sim/link.h"
#include "test/sim/oracle.h"
#include "test/sim/parameters.h"
#include "test/sim/rude_client.h"
#include "test/sim/server_node.h"

namespace quiesce::sim {
namespace {

quic::SocketAddress Address(std::uint8_t last) {
  const std::array<std::uint8_t, 4> ip{192, 0, 2, last};
  return quic::SocketAddress::Ipv4(ip, 4433);
}

constexpr std::uint8_t kServer = 1;
constexpr std::uint8_t kSuccessor = 2;
constexpr std::uint8_t kFirstClient = 10;
// What a drain may take beyond the last response, with every timer that is not a round trip.
constexpr Duration kIdleWithin = std::chrono::seconds(2);
constexpr Duration kSuccessorStays = std::chrono::seconds(20);

std::vector<std::unique_ptr<Node>> MakeStages(const PathParameters& path, Instant start, Rng rng) {
  std::vector<std::unique_ptr<Node>> stages;
  if (path.outage_at) {
    const Instant from = start + *path.outage_at;
    stages.push_back(std::make_unique<Outage>(rng.Split(), from, from + path.outage));
  }
  if (path.loss > 0)
    stages.push_back(std::make_unique<Loss>(rng.Split(), path.loss, path.loss_burst_max));
  if (path.corrupt > 0) stages.push_back(std::make_unique<Corrupt>(rng.Split(), path.corrupt));
  if (path.duplicates > 0)
    stages.push_back(std::make_unique<Duplicate>(rng.Split(), path.duplicates));
  stages.push_back(std::make_unique<Link>(path.link));
  if (path.reordered > 0) {
    stages.push_back(std::make_unique<Reorder>(rng.Split(), path.reordered, 2 * path.round_trip));
  }
  return stages;
}

// What a client may measure when everything that it asks for waits in front of its bottleneck.
Duration RoundTripUnderLoad(const ClientOptions& client, const PathParameters& path) {
  std::uint64_t bytes = 0;
  for (const RequestPlan& plan : client.plans) bytes += plan.bytes;
  return path.round_trip + Duration(bytes * 1'000'000'000 / path.link.bytes_per_second);
}

class Scenario final : public WorldObserver {
 public:
  Scenario(std::uint64_t seed, WorldObserver* timeline)
      : seed_(seed),
        parameters_(DrawParameters(seed)),
        rng_(~seed),
        world_({.steps_max = 300'000, .notes = timeline != nullptr}),
        invariants_(ExpectationsOf(parameters_), oracle_) {
    world_.AddObserver(*this);
    world_.AddObserver(invariants_);
    if (timeline != nullptr) world_.AddObserver(*timeline);
    BuildServers();
    BuildClients();
  }

  Outcome Run() {
    const unsigned long broken_before = quic::broken_invariants();
    const Instant start = world_.now();
    server_->DrainAt(start + parameters_.drain_time);
    if (parameters_.force_after)
      server_->ForceAt(start + parameters_.drain_time + *parameters_.force_after);
    // A rolling restart goes on; it is also what ends the last responses.
    if (successor_) successor_->DrainAt(start + parameters_.drain_time + kSuccessorStays);
    while (world_.Step()) {
      invariants_.CheckStep(world_.now());
      if (world_.steps() != parameters_.drain_step) continue;
      server_->DrainAt(world_.now());
      if (parameters_.force_after) server_->ForceAt(world_.now() + *parameters_.force_after);
    }
    Outcome outcome = Collect();
    // A release build goes on after one.
    if (quic::broken_invariants() > broken_before)
      outcome.violations.push_back("an internal invariant is broken");
    return outcome;
  }

 private:
  static Expectations ExpectationsOf(const Parameters& parameters) {
    Expectations expectations;
    const shutdown::DrainPolicy& policy = parameters.policy;
    const Duration closing_period = policy.exit == shutdown::ExitPolicy::kWaitClosingPeriod
                                        ? quic::Closer::kPeriodMax
                                        : Duration(0);
    expectations.exit_within =
        policy.unready_delay + policy.grace_period + policy.flush_timeout + closing_period;
    expectations.compliant = parameters.mood != Mood::kHostile;
    expectations.cooperative = parameters.mood == Mood::kCooperative;
    expectations.lossless = expectations.cooperative && parameters.lossless;
    expectations.idle_within = kIdleWithin + policy.spread + policy.unready_delay + closing_period;
    for (std::size_t i = 0; i < parameters.clients.size(); ++i)
      expectations.idle_within +=
          20 * RoundTripUnderLoad(parameters.clients[i], parameters.paths[i]);
    expectations.connections_max = parameters.paths.size();
    // A changed byte in the connection ID of an Initial makes another connection of it.
    for (const PathParameters& path : parameters.paths)
      if (path.corrupt > 0) expectations.connections_max += 20;
    const quic::StreamConfig& streams = parameters.endpoint.connection.streams;
    expectations.memory_bytes_max =
        expectations.connections_max *
        (64 * 1024 + streams.connection_window_max.value() + streams.max_send_buffer.value());
    return expectations;
  }

  std::unique_ptr<ServerNode> MakeServer(std::size_t number, http3::SessionObserver& observer) {
    return std::make_unique<ServerNode>(ServerOptions{.number = number,
                                                      .seed = rng_.Next(),
                                                      .endpoint = parameters_.endpoint,
                                                      .http3 = parameters_.http3,
                                                      .policy = parameters_.policy},
                                        oracle_, observer);
  }

  void BuildServers() {
    server_ = MakeServer(0, invariants_);
    invariants_.Watch(*server_, Address(kServer));
    world_.AddHost("server", Address(kServer), *server_);
    if (!parameters_.successor) return;
    successor_ = MakeServer(1, unobserved_);
    world_.AddHost("successor", Address(kSuccessor), *successor_);
  }

  void BuildClients() {
    const Instant start = world_.now();
    std::uint8_t next = kFirstClient;
    std::size_t path = 0;
    for (std::size_t i = 0; i < parameters_.clients.size(); ++i) {
      ClientOptions options = parameters_.clients[i];
      options.address = Address(next++);
      options.servers.push_back(Address(kServer));
      if (successor_) options.servers.push_back(Address(kSuccessor));
      options.start = start + parameters_.client_starts[i];
      if (const auto after = parameters_.client_vanishes[i])
        options.vanish_at = options.start + *after;
      clients_.push_back(std::make_unique<ClientNode>(options));
      world_.AddHost("client " + std::to_string(i), options.address, *clients_.back());
      for (const quic::SocketAddress& server : options.servers)
        Connect(options.address, server, parameters_.paths[path]);
      ++path;
    }
    for (RudeOptions options : parameters_.rude_clients) {
      options.address = Address(next++);
      options.server = Address(kServer);
      options.start = start;
      rude_clients_.push_back(std::make_unique<RudeClient>(options));
      world_.AddHost("rude client " + std::to_string(rude_clients_.size() - 1), options.address,
                     *rude_clients_.back());
      Connect(options.address, options.server, parameters_.paths[path++]);
    }
  }

  void Connect(const quic::SocketAddress& a, const quic::SocketAddress& b,
               const PathParameters& path) {
    world_.AddPath(a, b, MakeStages(path, world_.now(), rng_.Split()));
    world_.AddPath(b, a, MakeStages(path, world_.now(), rng_.Split()));
  }

  Outcome Collect() {
    std::vector<const ClientNode*> clients;
    std::vector<const RudeClient*> rude_clients;
    for (const auto& client : clients_) clients.push_back(client.get());
    for (const auto& client : rude_clients_) rude_clients.push_back(client.get());
    if (world_.fault().empty())
      invariants_.CheckEnd(world_.now(), clients, rude_clients, successor_.get());
    Outcome outcome{.seed = seed_,
                    .violations = invariants_.violations(),
                    .trace_hash = world_.trace_hash(),
                    .steps = world_.steps(),
                    .datagrams = datagrams_,
                    .description = Describe(parameters_)};
    if (!world_.fault().empty()) outcome.violations.push_back(world_.fault());
    for (const ClientNode* client : clients) {
      for (const ClientNode::Request& request : client->requests()) {
        ++outcome.requests;
        if (request.attempts.empty()) continue;
        const Fate fate = request.attempts.back().fate;
        outcome.completed += fate == Fate::kCompleted ? 1 : 0;
        outcome.not_processed += fate == Fate::kNotProcessed || fate == Fate::kNotSent ? 1 : 0;
      }
    }
    return outcome;
  }

  void OnSent(Instant, const Transfer&) override { ++datagrams_; }

  const std::uint64_t seed_;
  const Parameters parameters_;
  Rng rng_;
  World world_;
  Oracle oracle_;
  Invariants invariants_;
  http3::SessionObserver unobserved_;
  std::uint64_t datagrams_ = 0;
  std::unique_ptr<ServerNode> server_;
  std::unique_ptr<ServerNode> successor_;
  std::vector<std::unique_ptr<ClientNode>> clients_;
  std::vector<std::unique_ptr<RudeClient>> rude_clients_;
};

}  // namespace

Outcome RunWorld(std::uint64_t seed, WorldObserver* timeline) {
  return Scenario(seed, timeline).Run();
}

}  // namespace quiesce::sim
