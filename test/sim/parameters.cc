#include "test/sim/parameters.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "quic/base/check.h"

namespace quiesce::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kRequests = 20;
constexpr std::size_t kKibibyte = 1024;

template <typename T, std::size_t n>
T OneOf(Rng& rng, const T (&choices)[n]) {
  return choices[rng.Below(n)];
}

PathParameters DrawPath(Rng rng, bool lossless) {
  PathParameters path;
  path.round_trip = rng.Scaled(microseconds(100), milliseconds(200));
  path.link.delay = path.round_trip / 2;
  path.link.bytes_per_second = rng.Scaled(100'000, 12'500'000);
  path.link.queue_bytes = lossless ? 64 * 1024 * kKibibyte : rng.Scaled(8, 256) * kKibibyte;
  if (rng.Chance(500)) path.reordered = rng.Between(1, 200);
  if (rng.Chance(500)) path.duplicates = rng.Between(1, 100);
  if (lossless) return path;
  if (rng.Chance(700)) path.loss = rng.Between(1, 100);
  path.loss_burst_max = rng.Between(1, 4);
  // Losses in a row count: the whole stays near what `loss` says.
  path.loss = path.loss * 2 / (1 + path.loss_burst_max);
  if (rng.Chance(300)) path.corrupt = rng.Between(1, 50);
  if (rng.Chance(200)) {
    path.outage_at = rng.Scaled(milliseconds(1), seconds(5));
    path.outage = rng.Scaled(milliseconds(10), seconds(5));
  }
  return path;
}

quic::EndpointConfig DrawEndpoint(Rng rng) {
  quic::EndpointConfig config;
  config.connection.handshake_timeout = minutes(2);
  if (rng.Chance(300))
    config.connection.keep_alive_interval = rng.Scaled(milliseconds(100), seconds(14));
  quic::StreamConfig& streams = config.connection.streams;
  streams.max_streams_bidi = OneOf<std::uint64_t>(rng, {3, 10, 100});
  streams.initial_max_stream_data =
      quic::ByteCount(OneOf<std::uint64_t>(rng, {4, 64, 1024}) * kKibibyte);
  streams.stream_window_max = streams.initial_max_stream_data * rng.Between(1, 4);
  streams.initial_max_data = streams.initial_max_stream_data * rng.Between(1, 4);
  streams.connection_window_max = std::max(streams.stream_window_max, streams.initial_max_data);
  streams.max_unsent_per_stream =
      quic::ByteCount(OneOf<std::uint64_t>(rng, {4, 32, 256}) * kKibibyte);
  const auto error = config.Validate();
  QUIESCE_CHECK(!error);
  return config;
}

http3::Config DrawHttp3(Rng rng) {
  http3::Config config;
  config.open_requests_max = OneOf<std::size_t>(rng, {2, 10, 100, 100});
  config.goaway_ack_ptos = static_cast<std::uint32_t>(rng.Between(1, 3));
  config.partial_headers_ptos = static_cast<std::uint32_t>(rng.Between(1, 5));
  config.linger_ptos = static_cast<std::uint32_t>(rng.Between(0, 3));
  config.peer_gone_ptos = static_cast<std::uint32_t>(rng.Between(3, 10));
  QUIESCE_CHECK(config.Validate() == nullptr);
  return config;
}

RequestPlan DrawPlan(Rng& rng, Mood mood, std::uint64_t key, Duration window) {
  RequestPlan plan{.key = key, .at = rng.Between(Duration(0), window)};
  const std::uint64_t roll = rng.Below(100);
  if (roll < 35) {
    plan.work = Work::kAtOnce;
    plan.bytes = rng.Chance(200) ? 0 : rng.Scaled(1, 4 * kKibibyte);
  } else if (roll < 60) {
    plan.work = Work::kLater;
    plan.delay = rng.Scaled(microseconds(100), seconds(2));
    plan.bytes = rng.Scaled(1, 4 * kKibibyte);
  } else if (roll < 75) {
    plan.work = rng.Chance(700) ? Work::kStream : Work::kTrailers;
    plan.bytes = rng.Scaled(kKibibyte, (rng.Chance(50) ? 512 : 48) * kKibibyte);
  } else if (roll < 90) {
    plan.work = Work::kUpload;
    plan.bytes = rng.Scaled(1, (rng.Chance(50) ? 512 : 32) * kKibibyte);
  } else if (roll < 95) {
    plan.work = Work::kFail;
  } else {
    plan.work = Work::kUntilDrain;
  }
  if (mood == Mood::kCooperative) return plan;
  if (rng.Chance(100)) plan.work = Work::kNever;
  if (rng.Chance(100)) plan.cancel_after = rng.Scaled(microseconds(100), seconds(1));
  return plan;
}

void DrawClient(Rng rng, Parameters& parameters, std::uint64_t first_key, std::size_t requests,
                Duration window) {
  ClientOptions client{.seed = rng.Next(), .endpoint = parameters.endpoint};
  client.http3 = parameters.http3;
  client.version = rng.Chance(700) ? quic::Version::kV1 : quic::Version::kV2;
  client.leaves_when_done = rng.Chance(300);
  for (std::size_t i = 0; i < requests; ++i)
    client.plans.push_back(DrawPlan(rng, parameters.mood, first_key + i, window));
  if (rng.Chance(200)) {
    client.read_pause = rng.Scaled(milliseconds(1), milliseconds(200));
    client.read_bytes = rng.Scaled(256, 16 * kKibibyte);
  }
  std::optional<Duration> vanishes;
  if (parameters.mood != Mood::kCooperative && rng.Chance(250))
    vanishes = rng.Between(Duration(0), 2 * window);
  parameters.clients.push_back(std::move(client));
  parameters.client_starts.push_back(rng.Chance(500) ? Duration(0)
                                                     : rng.Between(Duration(0), window));
  parameters.client_vanishes.push_back(vanishes);
  parameters.paths.push_back(DrawPath(rng.Split(), parameters.lossless));
}

void DrawRudeClient(Rng rng, Parameters& parameters, std::uint64_t first_key, Duration window) {
  RudeOptions client{.seed = rng.Next(), .endpoint = parameters.endpoint};
  for (std::uint64_t i = 0; i < 10; ++i) {
    RudeRequest request{.plan = DrawPlan(rng, Mood::kCooperative, first_key + i, 2 * window)};
    // What needs a body, or an end that it waits for, is for clients that know how to ask.
    if (request.plan.work == Work::kUpload || request.plan.work == Work::kFail)
      request.plan.work = Work::kAtOnce;
    const std::uint64_t roll = rng.Below(10);
    if (roll == 0) request.manner = RudeRequest::Manner::kHalfHeaders;
    if (roll == 1) {
      request.manner = RudeRequest::Manner::kTakenBack;
      request.plan.cancel_after = rng.Scaled(microseconds(100), seconds(1));
    }
    client.requests.push_back(request);
  }
  parameters.rude_clients.push_back(std::move(client));
  parameters.paths.push_back(DrawPath(rng.Split(), parameters.lossless));
}

shutdown::DrainPolicy DrawPolicy(Rng rng, Mood mood) {
  shutdown::DrainPolicy policy;
  policy.session = OneOf<http3::ShutdownPolicy>(
      rng, {http3::ShutdownPolicy::kTwoPhase, http3::ShutdownPolicy::kTwoPhase,
            http3::ShutdownPolicy::kSinglePhase, http3::ShutdownPolicy::kFast});
  policy.grace_period = minutes(5);
  if (mood != Mood::kCooperative) {
    if (rng.Chance(100)) policy.session = http3::ShutdownPolicy::kCloseAtOnce;
    policy.grace_period = rng.Scaled(milliseconds(10), seconds(20));
  }
  if (rng.Chance(300)) policy.unready_delay = rng.Scaled(milliseconds(1), seconds(1));
  if (rng.Chance(300))
    policy.spread =
        rng.Between(Duration(0), std::min<Duration>(policy.grace_period / 4, seconds(2)));
  policy.exit = rng.Chance(500) ? shutdown::ExitPolicy::kCloseSocket
                                : shutdown::ExitPolicy::kWaitClosingPeriod;
  QUIESCE_CHECK(!policy.Validate());
  return policy;
}

}  // namespace

Parameters DrawParameters(std::uint64_t seed) {
  Rng rng(seed);
  Parameters parameters;
  parameters.mood =
      OneOf<Mood>(rng, {Mood::kCooperative, Mood::kCooperative, Mood::kCompliant, Mood::kHostile});
  parameters.lossless = rng.Chance(400);
  parameters.successor = rng.Chance(700);
  parameters.endpoint = DrawEndpoint(rng.Split());
  parameters.http3 = DrawHttp3(rng.Split());
  parameters.policy = DrawPolicy(rng.Split(), parameters.mood);
  const Duration window = rng.Scaled(milliseconds(1), seconds(3));
  const std::size_t clients = rng.Between(1, 4);
  for (std::size_t i = 0; i < clients; ++i) {
    DrawClient(rng.Split(), parameters, 1 + i * kRequests, kRequests / clients, window);
  }
  if (parameters.mood == Mood::kHostile) {
    const std::size_t rude = rng.Between(1, 2);
    for (std::size_t i = 0; i < rude; ++i)
      DrawRudeClient(rng.Split(), parameters, 1000 * (i + 1), window);
  }
  // Half of all drains begin at some step, which is where things happen; half at some time.
  const bool by_step = rng.Chance(500);
  parameters.drain_step = by_step ? rng.Scaled(1, 1000) : 0;
  parameters.drain_time = by_step ? 3 * window + seconds(5) : rng.Between(Duration(0), 2 * window);
  if (parameters.mood != Mood::kCooperative && rng.Chance(150))
    parameters.force_after = rng.Scaled(milliseconds(1), seconds(3));
  return parameters;
}

std::string Describe(const Parameters& parameters) {
  constexpr const char* kMoods[] = {"cooperative", "compliant", "hostile"};
  constexpr const char* kPolicies[] = {"two-phase", "single-phase", "fast", "close-at-once"};
  const auto ms = [](Duration duration) { return static_cast<double>(duration.count()) / 1e6; };
  std::ostringstream out;
  out << kMoods[static_cast<std::size_t>(parameters.mood)]
      << (parameters.lossless ? ", lossless" : "") << ", "
      << kPolicies[static_cast<std::size_t>(parameters.policy.session)] << ", grace "
      << ms(parameters.policy.grace_period) << " ms, " << parameters.clients.size() << "+"
      << parameters.rude_clients.size() << " clients, drain at ";
  if (parameters.drain_step > 0)
    out << "step " << parameters.drain_step;
  else
    out << ms(parameters.drain_time) << " ms";
  for (const PathParameters& path : parameters.paths) {
    out << "; RTT " << ms(path.round_trip) << " ms, " << path.link.bytes_per_second / 1000
        << " kB/s, loss " << path.loss << "x" << path.loss_burst_max << " dup " << path.duplicates
        << " corrupt " << path.corrupt << " reorder " << path.reordered;
    if (path.outage_at) out << " outage " << ms(*path.outage_at) << "+" << ms(path.outage) << " ms";
  }
  return out.str();
}

}  // namespace quiesce::sim
