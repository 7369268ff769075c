// How a client's session leaves: after the server's GOAWAY, after a rejection, or by its own wish.
// As server_session: facts in, actions out. RFC 9114 §5.2; shutdown.md §3.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "http3/client_requests.h"
#include "http3/config.h"
#include "http3/session_state.h"
#include "quic/base/time.h"

namespace quiesce::http3 {

struct ClientFacts {
  std::size_t active = 0;          // ClientRequests::active()
  std::size_t unacknowledged = 0;  // ClientRequests::unacknowledged()
};

struct ClientActions {
  bool goaway = false;            // GOAWAY with push ID 0: no push is accepted
  std::optional<EndCause> close;  // cancel what is unfinished and close

  bool empty() const { return !goaway && !close; }
};

class ClientSession {
 public:
  // See Connection::Shutdown. A client has nothing to announce in two phases: it stops by itself.
  ClientActions Shutdown(quic::Instant now, ShutdownPolicy policy, quic::Instant deadline,
                         const ClientFacts& facts);
  ClientActions ShutdownNow();
  // Both before any request is looked at: no new one can slip in between.
  void HandleGoaway();
  void HandleRequestRejected();
  ClientActions Step(quic::Instant now, const ClientFacts& facts);
  void HandleConnectionError();
  void HandleConnectionEnded();

  // Why no request may be sent; kNone while one may.
  RequestRefusal refusal() const;
  std::optional<quic::Instant> NextTimeout() const { return deadline_; }
  ClientState state() const { return machine_.state(); }

 private:
  void StopSending(ClientEvent event, RequestRefusal why);
  ClientActions End(ClientEvent event, EndCause cause);

  ClientMachine machine_{ClientState::kActive};
  RequestRefusal why_ = RequestRefusal::kNone;
  bool said_goaway_ = false;
  std::optional<quic::Instant> deadline_;
};

}  // namespace quiesce::http3
