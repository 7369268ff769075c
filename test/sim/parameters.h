// What a world is made of, drawn from its seed: how the network behaves, who takes part, what they
// want, and how the server is told to leave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http3/config.h"
#include "quic/endpoint/endpoint_config.h"
#include "shutdown/policy.h"
#include "test/sim/client_node.h"
#include "test/sim/link.h"
#include "test/sim/node.h"
#include "test/sim/request_plan.h"
#include "test/sim/rng.h"
#include "test/sim/rude_client.h"

namespace quiesce::sim {

// How much can be expected of a world; each one includes the next.
enum class Mood : std::uint8_t {
  kCooperative,  // compliant clients that stay, handlers that end, and time enough
  kCompliant,    // compliant clients that may vanish or change their mind
  kHostile,      // and clients that ignore GOAWAY
};

// One client's way to the servers and back.
struct PathParameters {
  Duration round_trip{};
  LinkOptions link;
  // Of a thousand datagrams, in each direction.
  std::uint64_t loss = 0;
  std::uint64_t loss_burst_max = 1;
  std::uint64_t duplicates = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t reordered = 0;
  // Nothing arrives from then, after the start, for so long.
  std::optional<Duration> outage_at;
  Duration outage{};
};

struct Parameters {
  Mood mood = Mood::kCooperative;
  bool lossless = false;
  shutdown::DrainPolicy policy;
  std::optional<Duration> force_after;  // the wish to drain
  // When the server is told to leave: before this step, or at this time after the start.
  std::uint64_t drain_step = 0;
  Duration drain_time{};
  bool successor = false;
  quic::EndpointConfig endpoint;
  http3::Config http3;
  // By client; `address`, `servers` and absolute times are the world's to fill in.
  std::vector<ClientOptions> clients;
  std::vector<Duration> client_starts;
  std::vector<std::optional<Duration>> client_vanishes;
  std::vector<RudeOptions> rude_clients;
  std::vector<PathParameters> paths;  // of the clients, then of the rude ones
};

Parameters DrawParameters(std::uint64_t seed);

// One line for people.
std::string Describe(const Parameters& parameters);

}  // namespace quiesce::sim
