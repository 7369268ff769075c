// An HTTP/3 server without sockets: owns the QUIC endpoint and one HTTP/3 connection for each of
// its connections, hands requests to the handler and answers to the wire. Pure, with the same five
// verbs as everything below it, so that the simulator runs the very code that serves. RFC 9114.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crypto/random.h"
#include "http3/config.h"
#include "http3/connection.h"
#include "http3/server/exchange.h"
#include "http3/server/session_observer.h"
#include "http3/session_state.h"
#include "quic/base/datagram.h"
#include "quic/base/time.h"
#include "quic/endpoint/deadline_queue.h"
#include "quic/endpoint/endpoint.h"

namespace quiesce::http3 {

class ServerCore {
 public:
  // The references outlive the core; `config` was validated.
  ServerCore(const Config& config, std::unique_ptr<quic::Endpoint> endpoint,
             RequestHandler& handler, crypto::Random& random);
  ~ServerCore();
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;

  // Observers are told in the order they were added, and outlive the core. Before the first verb.
  void AddObserver(SessionObserver& observer) { observers_.push_back(&observer); }

  // The verbs; as with quic::Endpoint, PollTransmit follows every other one until it sends nothing.
  void HandleDatagram(quic::Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes);
  void HandleTimeout(quic::Instant now);
  std::size_t PollTransmit(quic::Instant now, quic::TransmitBatch& out);
  std::optional<quic::Instant> NextTimeout() const;

  // Runs `task`, which may call anything on exchanges, and takes up what it caused. How work that
  // was posted to the shard gets in.
  void Run(quic::Instant now, const std::function<void(ServerCore&)>& task);
  // Null when the exchange has its outcome. Only inside Run(), a handler or a listener.
  Exchange* Find(const ExchangeId& id);

  // --- Leaving. The decisions of when are the coordinator's (shutdown/).

  // New connections, and those whose handshake is not complete, are refused from now on.
  void StopAccepting(quic::Instant now);
  // Ids of all sessions that are not closed, in the order they were opened.
  std::vector<SessionId> sessions() const;
  // See Connection::Shutdown and ShutdownNow. No effect on a session that is over.
  void Shutdown(quic::Instant now, SessionId id, ShutdownPolicy policy, quic::Instant deadline);
  void ShutdownNow(quic::Instant now, SessionId id);
  // How a live session stands; nullopt when it is over.
  std::optional<SessionState> session_state(SessionId id) const;
  std::optional<DrainRecord> drain_record(SessionId id) const;
  // Requests that a session has dispatched and whose handler has not finished the response.
  std::vector<const Exchange*> running_exchanges() const;

  std::size_t session_count() const { return sessions_.size(); }
  // QUIC connections that still exist, those in closing and draining included.
  std::size_t connection_count() const { return endpoint_->connection_count(); }
  const quic::Endpoint& endpoint() const { return *endpoint_; }

 private:
  struct Session;

  void Pump();
  bool PumpEndpoint();
  bool PumpSession(Session& session);
  void OpenSession(SessionId id);
  void Register(Session& session);
  static Exchange* FindExchange(Session& session, quic::StreamId stream_id);
  // Events of one session's HTTP/3 connection.
  void Handle(Session& session, RequestHeaders& event);
  void Handle(Session& session, BodyReadable& event);
  void Handle(Session& session, Trailers& event);
  void Handle(Session& session, MessageFinished& event);
  void Handle(Session& session, BodyWritable& event);
  void Handle(Session& session, ResponseDelivered& event);
  void Handle(Session& session, RequestCancelled& event);
  void Handle(Session&, GoawayReceived&) {}
  void Handle(Session&, Closed&) {}
  // A client's.
  void Handle(Session&, ResponseHeaders&) {}
  void Handle(Session&, RequestFailed&) {}
  void Handle(Session&, RequestsAvailable&) {}
  void EndExchange(Session& session, quic::StreamId stream_id, Outcome outcome);
  void EndSession(Session& session, const Closed& closed);
  Session* FindSession(SessionId id) const;
  void MarkDirty(Session& session);

  const Config config_;
  std::unique_ptr<quic::Endpoint> endpoint_;
  RequestHandler& handler_;
  crypto::Random& random_;
  std::vector<SessionObserver*> observers_;
  quic::Instant now_{};
  std::map<std::uint32_t, std::unique_ptr<Session>> sessions_;  // by slot
  quic::DeadlineQueue deadlines_;
  std::uint64_t next_order_ = 0;
  std::vector<SessionId> dirty_;  // sessions that may have events, or another deadline
};

}  // namespace quiesce::http3
