// Whoever must know of every session and every request: the registry of a shutdown, an access log,
// an oracle in a test. Calls come on the shard's thread.
#pragma once

#include <cstdint>

#include "http3/events.h"
#include "http3/request_ledger.h"
#include "http3/server/exchange.h"
#include "http3/stats.h"
#include "quic/base/address.h"
#include "quic/base/time.h"
#include "quic/endpoint/endpoint.h"

namespace quiesce::http3 {

using SessionId = quic::ConnectionHandle;

class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  // A connection was accepted; its handshake has only begun. Called before anything else can see
  // the session: no request of it was dispatched, no other observer method names it.
  virtual void OnSessionOpened(quic::Instant, SessionId, const quic::SocketAddress& /*peer*/) {}
  // The session is over and its last request has its outcome; once per session. `record` says how
  // it went. Packets of the QUIC closing period may still leave.
  virtual void OnSessionClosed(quic::Instant, SessionId, const DrainRecord& /*record*/,
                               const Closed& /*closed*/) {}
  // A request is about to be handed to the handler, and has its outcome. Requests that are rejected
  // before that appear in `record` only.
  virtual void OnRequestStarted(quic::Instant, const Exchange&) {}
  virtual void OnRequestEnded(quic::Instant, const Exchange&, Outcome) {}
};

}  // namespace quiesce::http3
