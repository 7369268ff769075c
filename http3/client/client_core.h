// HTTP/3 connections to any number of servers, without sockets: owns a QUIC endpoint and one HTTP/3
// connection for each of its connections. Pure, with the same verbs as everything below it. RFC
// 9114.
//
//   SessionId session = core.Connect(now, path, version, NewClientHandshake(...));
//   ... SessionReady arrives from PollEvent() ...
//   RequestResult request = core.Find(session)->SendRequest(now, line, fields, /*end=*/true);
//   ... ResponseHeaders, BodyReadable, MessageFinished or RequestFailed arrive ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "crypto/random.h"
#include "crypto/tls_handshake.h"
#include "http3/client/session_cache.h"
#include "http3/config.h"
#include "http3/connection.h"
#include "http3/events.h"
#include "quic/base/address.h"
#include "quic/base/datagram.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/endpoint/deadline_queue.h"
#include "quic/endpoint/endpoint.h"

namespace quiesce::http3 {

using SessionId = quic::ConnectionHandle;

// The handshake is complete: requests can be sent. RFC 9001 §4.1.1.
struct SessionReady {
  std::string alpn;
  bool resumed = false;  // an earlier session, RFC 9001 §4.5
};

struct ConnectionEvent {
  SessionId session;
  std::variant<SessionReady, Event> event;  // Closed is the last one of a session
};

class ClientCore {
 public:
  // The references outlive the core; `config` was validated.
  ClientCore(const Config& config, std::unique_ptr<quic::Endpoint> endpoint,
             crypto::Random& random);
  ~ClientCore();
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  // Sessions that can be resumed go here, by the origin given to Connect. The cache outlives the
  // core.
  void SetSessionCache(SessionCache* cache) { session_cache_ = cache; }

  // `origin`: see SessionCache; empty = nothing of this connection is kept.
  SessionId Connect(quic::Instant now, const quic::NetworkPath& path, quic::Version version,
                    std::unique_ptr<crypto::TlsHandshake> tls, std::string origin = {});

  // The HTTP/3 connection, for calls on it; null once it is over. What the calls cause leaves with
  // the next PollTransmit.
  Connection* Find(SessionId id);

  // The verbs; PollTransmit follows every other one, and every call on a connection, until it sends
  // nothing.
  void HandleDatagram(quic::Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes);
  void HandleTimeout(quic::Instant now);
  std::size_t PollTransmit(quic::Instant now, quic::TransmitBatch& out);
  std::optional<quic::Instant> NextTimeout() const;
  // Oldest first within a session.
  std::optional<ConnectionEvent> PollEvent(quic::Instant now);

  std::size_t session_count() const { return sessions_.size(); }
  // QUIC connections that still exist, those in closing and draining included.
  std::size_t connection_count() const { return endpoint_->connection_count(); }
  const quic::Connection* transport(SessionId id) { return endpoint_->Find(id); }

 private:
  struct Session;

  Session* FindSession(SessionId id) const;
  Session* NewestInSlot(std::uint32_t slot) const;
  void SetDeadline(const Session& session);
  void MarkDirty(Session& session);
  void TakeTransportEvents(quic::Instant now);
  void KeepSession(const Session& session, quic::SavedSession saved);

  const Config config_;
  std::unique_ptr<quic::Endpoint> endpoint_;
  crypto::Random& random_;
  SessionCache* session_cache_ = nullptr;
  // A session outlives its QUIC connection while a response is still being read; the slot may serve
  // another by then.
  std::map<SessionId, std::unique_ptr<Session>> sessions_;
  quic::DeadlineQueue deadlines_;      // of the newest session in each slot
  std::deque<SessionId> dirty_;        // sessions that may have events, or another deadline
  std::deque<ConnectionEvent> ready_;  // SessionReady events
};

}  // namespace quiesce::http3
