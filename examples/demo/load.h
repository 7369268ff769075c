// The clients: connections that keep a number of requests in flight each, and remember what became
// of every one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "examples/demo/options.h"
#include "examples/demo/tally.h"
#include "examples/demo/work.h"
#include "http3/client/client.h"
#include "quic/base/address.h"
#include "quic/base/time.h"

namespace quiesce::examples {

class Load {
 public:
  // Trusts the server whose certificate is `certificate_pem` and nobody else. Sends at most
  // `keys_max` requests. nullptr, with one line in `error`, when there is no socket.
  static std::unique_ptr<Load> Create(const DemoOptions& options, std::size_t keys_max,
                                      const std::string& certificate_pem, std::string& error);

  // Opens every connection. False, with `error`, unless all of them stand by `deadline`.
  bool Connect(const quic::SocketAddress& server, quic::Instant deadline, std::string& error);
  // One turn, until `deadline` at most: each answered request is followed by the next, until the
  // server says GOAWAY.
  void RunOnce(quic::Instant deadline);
  // From then on a failure is one of the drain's deadline.
  void SetDrainDeadline(quic::Instant deadline) { drain_deadline_ = deadline; }

  // By key: one for each request that was sent.
  std::span<const Fate> fates() const { return fates_; }
  std::size_t answered() const { return answered_; }
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t open_connections() const { return open_; }

 private:
  struct Session {
    int in_flight = 0;
    bool ready = false;
    bool leaving = false;  // takes no more requests
  };
  struct Request {
    Work work;
    std::size_t received = 0;
    bool good = true;  // so far
  };
  using RequestId = std::pair<http3::SessionId, quic::StreamId>;

  Load(const DemoOptions& options, std::size_t keys_max, std::unique_ptr<http3::Client> client);

  void Handle(const http3::ConnectionEvent& event);
  void HandleEvent(http3::SessionId id, const http3::Event& event);
  void SendRequests(http3::SessionId id, Session& session);
  void ReadBody(const RequestId& id, Request& request);
  void End(const RequestId& id, Fate fate);

  const DemoOptions options_;
  const std::size_t keys_max_;
  const std::unique_ptr<http3::Client> client_;
  std::map<http3::SessionId, Session> sessions_;
  std::map<RequestId, Request> waiting_;
  std::vector<Fate> fates_;
  std::size_t open_ = 0;
  std::size_t ready_ = 0;
  std::size_t answered_ = 0;
  std::string first_failure_;  // of a connection that did not come to stand
  std::optional<quic::Instant> drain_deadline_;
};

}  // namespace quiesce::examples
