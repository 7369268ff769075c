// A client that knows too little HTTP/3 to behave: it does not read GOAWAY, opens requests for as
// long as it is let, leaves some of them half written, and takes others back. What a server owes
// even to this one is checked on it: every stream gets an answer or a reset, and no critical stream
// is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quic/base/address.h"
#include "quic/base/types.h"
#include "quic/endpoint/endpoint.h"
#include "test/sim/endpoint_node.h"
#include "test/sim/request_plan.h"
#include "test/sim/timers.h"

namespace quiesce::sim {

struct RudeRequest {
  enum class Manner : std::uint8_t {
    kWhole,
    kHalfHeaders,  // and never the rest
    kTakenBack,    // whole, then reset in both directions
  };
  RequestPlan plan;  // `cancel_after` is when a request is taken back
  Manner manner = Manner::kWhole;
};

struct RudeOptions {
  std::uint64_t seed = 1;
  quic::SocketAddress address;
  quic::SocketAddress server;
  quic::EndpointConfig endpoint;
  Instant start;
  std::vector<RudeRequest> requests;
};

class RudeClient final : public EndpointNode {
 public:
  struct Stream {
    RudeRequest request;
    bool request_acknowledged = false;          // to its FIN
    bool finished = false;                      // the response came to its FIN
    std::optional<std::uint64_t> reset_code;    // or was reset
    std::optional<std::uint64_t> stopped_code;  // STOP_SENDING
  };

  explicit RudeClient(const RudeOptions& options);

  const RudeOptions& options() const { return options_; }
  const std::map<quic::StreamId, Stream>& streams() const { return streams_; }
  const std::optional<quic::ConnectionClosed>& closed() const { return closed_; }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void OnEvent(Instant now, const quic::EndpointEvent& event) override;
  void Act(Instant now) override { timers_.RunDue(now); }
  std::optional<Instant> NextAct() const override { return timers_.NextTimeout(); }

  void OpenControlStream(quic::Connection& connection);
  void SendDue(quic::Connection& connection);
  void TakeBack(quic::StreamId id);
  void Read(quic::Connection& connection, quic::StreamId id);

  const RudeOptions options_;
  Timers timers_;
  std::optional<quic::ConnectionHandle> connection_;
  bool control_open_ = false;
  std::vector<RudeRequest> due_;
  std::map<quic::StreamId, Stream> streams_;
  std::optional<quic::ConnectionClosed> closed_;
  std::vector<std::string> faults_;
};

}  // namespace quiesce::sim
