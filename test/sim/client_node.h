// A client as a host: the real http3::ClientCore, a list of requests to send, and the fate of each.
// It obeys the protocol and retries, on a second server, what it was told was not processed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http3/client/client_core.h"
#include "http3/config.h"
#include "http3/events.h"
#include "quic/base/address.h"
#include "quic/base/types.h"
#include "quic/endpoint/endpoint_config.h"
#include "test/sim/endpoint_node.h"
#include "test/sim/node.h"
#include "test/sim/request_plan.h"
#include "test/sim/timers.h"

namespace quiesce::sim {

struct ClientOptions {
  std::uint64_t seed = 1;
  quic::SocketAddress address;
  // In the order in which they are tried; the second is for what the first did not process.
  std::vector<quic::SocketAddress> servers;
  quic::EndpointConfig endpoint;
  http3::Config http3;
  quic::Version version = quic::Version::kV1;
  Instant start;  // connects
  std::vector<RequestPlan> plans;
  // From then on it neither hears nor sends.
  std::optional<Instant> vanish_at;
  // Reads `read_bytes` of a body every `read_pause`; without a pause, everything at once.
  std::optional<Duration> read_pause;
  std::size_t read_bytes = 4'096;
  // Leaves the first server when nothing is left to ask, instead of waiting to be told to.
  bool leaves_when_done = false;
};

// What became of one request on one server.
enum class Fate : std::uint8_t {
  kPending,
  kNotSent,         // the connection could not, or could no longer, be used for it
  kCompleted,       // the whole response arrived, and was the right one
  kNotProcessed,    // http3::RetrySafety
  kMaybeProcessed,  // "
  kProcessed,       // "
};
inline constexpr std::size_t kFates = 6;

std::string_view ToString(Fate fate);

class ClientNode final : public Node {
 public:
  struct Attempt {
    std::size_t server = 0;
    std::optional<quic::StreamId> stream;  // once it was sent
    Fate fate = Fate::kPending;
    std::uint64_t code = 0;  // of the failure
    std::string reason;
  };
  struct Request {
    RequestPlan plan;
    std::vector<Attempt> attempts;  // at most one for each server
    bool cancelled = false;         // this client gave it up
    // Of the current attempt.
    int status = 0;
    std::size_t received = 0;  // bytes of the body, all of them right
    std::size_t sent = 0;
    bool interim = false;   // a response came before the final one
    bool trailers = false;  // and something behind its body
    bool reading = false;   // slowly: the next read is planned

    bool pending() const { return attempts.empty() || attempts.back().fate == Fate::kPending; }
  };
  struct Session {
    enum class State : std::uint8_t { kNone, kConnecting, kReady, kOver };
    State state = State::kNone;
    http3::SessionId id;
    std::optional<http3::FirstRejectedId> goaway;  // the last one
    std::optional<http3::Closed> closed;
  };

  explicit ClientNode(const ClientOptions& options);

  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;
  void HandleTimeout(Instant now) override;
  std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) override;
  std::optional<Instant> NextTimeout() const override;

  const ClientOptions& options() const { return options_; }
  bool vanished() const { return vanished_; }
  const std::vector<Request>& requests() const { return requests_; }
  const Session& session(std::size_t server) const { return sessions_[server]; }
  std::size_t connection_count() const { return core_.connection_count(); }
  // What this side or the other did that it must not; empty while all is well.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void Connect(Instant now, std::size_t server);
  // Begins, or goes on with, a request on the server that is its turn.
  void Send(Instant now, Request& request);
  void SendWaiting(Instant now, std::size_t server);
  void WriteBody(Instant now, Request& request);
  void ReadBody(Instant now, Request& request, std::size_t bytes_max);
  void Cancel(Instant now, Request& request);
  void End(Instant now, Request& request, Fate fate, std::uint64_t code, std::string_view reason);
  void LeaveIfDone(Instant now);

  bool TakeEvents(Instant now);
  Request* Find(std::size_t server, quic::StreamId id);
  template <typename E>
  Request* FindOf(std::size_t server, const E& event);
  void Handle(Instant now, std::size_t server, const http3::SessionReady& event);
  void Handle(Instant now, std::size_t server, const http3::ResponseHeaders& event);
  void Handle(Instant now, std::size_t server, const http3::BodyReadable& event);
  void Handle(Instant now, std::size_t server, const http3::Trailers& event);
  void Handle(Instant now, std::size_t server, const http3::MessageFinished& event);
  void Handle(Instant now, std::size_t server, const http3::BodyWritable& event);
  void Handle(Instant now, std::size_t server, const http3::RequestFailed& event);
  void Handle(Instant now, std::size_t server, const http3::GoawayReceived& event);
  void Handle(Instant now, std::size_t server, const http3::RequestsAvailable& event);
  void Handle(Instant now, std::size_t server, const http3::Closed& event);
  // No plan leads to any of the others.
  template <typename E>
  void Handle(Instant, std::size_t, const E&) {
    faults_.push_back("an event that no request of this client has");
  }
  bool IsResponseRight(const Request& request) const;

  const ClientOptions options_;
  EndpointParts parts_;
  http3::ClientCore core_;
  Timers timers_;
  std::vector<Session> sessions_;  // one for each server
  std::vector<Request> requests_;
  bool vanished_ = false;
  std::vector<std::string> faults_;
};

}  // namespace quiesce::sim
