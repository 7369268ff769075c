// One HTTP/3 connection, both roles: transport events and application calls in; requests, responses
// and the moment to leave out. RFC 9114. Pure: no clock, no socket, no thread; the same inputs give
// the same outputs.
//
// The class is a conductor. Requests live in server_requests or client_requests, the critical
// streams in control_stream, peer_streams and qpack_streams, the decisions of a drain in
// server_session or client_session; none of them knows another.
//
// After every call: take the events (PollEvent until nullopt), then look at NextTimeout().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/random.h"
#include "http3/client_requests.h"
#include "http3/client_session.h"
#include "http3/config.h"
#include "http3/control_stream.h"
#include "http3/events.h"
#include "http3/peer_streams.h"
#include "http3/qpack_streams.h"
#include "http3/request_stream.h"
#include "http3/server_requests.h"
#include "http3/server_session.h"
#include "http3/stats.h"
#include "qpack/field.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/connection/events.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

class Connection {
 public:
  // The role is the transport's. The references outlive the connection; `random` is drawn from
  // once, for greasing. `config` must be valid (Config::Validate).
  Connection(quic::Transport& transport, const Config& config, crypto::Random& random);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Everything that the transport's PollEvent gives, in order. The control and QPACK streams open
  // with the first event at which the transport lets them.
  void HandleEvent(quic::Instant now, const quic::Event& event);
  void HandleTimeout(quic::Instant now);
  std::optional<quic::Instant> NextTimeout() const;
  std::optional<Event> PollEvent();

  // --- Leaving (shutdown.md §3.2, §3.3).

  // Begins to leave, or hurries: a second call moves the deadline forward, never back, and
  // kCloseAtOnce ends the wait. At `deadline` whatever is unfinished is cut off as by
  // ShutdownNow().
  void Shutdown(quic::Instant now, ShutdownPolicy policy, quic::Instant deadline);
  // Resets what is unfinished with H3_REQUEST_CANCELLED (what was never dispatched with
  // H3_REQUEST_REJECTED), says GOAWAY unless the cutoff was said, and closes with H3_NO_ERROR.
  // Legal in every state; without effect when closed.
  void ShutdownNow(quic::Instant now);

  // --- Server.

  // Sends an interim response, `status` 100 to 199 but not 101.
  [[nodiscard]] SendStatus SendInterim(quic::Instant now, quic::StreamId id, int status,
                                       std::span<const qpack::Field> fields);
  // Sends the head of the final response, `status` 200 to 999. With `end` it is the whole response.
  // A response that ends before the request does stops the rest of it with H3_NO_ERROR (RFC 9114
  // §4.1).
  [[nodiscard]] SendStatus Respond(quic::Instant now, quic::StreamId id, int status,
                                   std::span<const qpack::Field> fields, bool end);

  // --- Client.

  // Opens a stream and sends the head of a request; with `end`, all of it.
  [[nodiscard]] RequestResult SendRequest(quic::Instant now, const RequestLine& line,
                                          std::span<const qpack::Field> fields, bool end);

  // --- Both: the body, the trailers, the way out of one request.

  // The next bytes of the peer's body, not taken yet; empty when there are none now. Valid until
  // the next call on this connection or its transport. Bytes not consumed hold the peer's flow
  // control.
  std::span<const std::uint8_t> ReadBody(quic::StreamId id) const;
  // Takes the first `count` bytes that ReadBody() showed, at most all of them.
  void ConsumeBody(quic::Instant now, quic::StreamId id, std::size_t count);
  // Sends a part of the body; with `end`, which counts only when every byte was taken, the last
  // one.
  [[nodiscard]] BodyResult WriteBody(quic::Instant now, quic::StreamId id,
                                     std::span<const std::uint8_t> bytes, bool end);
  // Sends the trailer section, which ends the message.
  [[nodiscard]] SendStatus SendTrailers(quic::Instant now, quic::StreamId id,
                                        std::span<const qpack::Field> fields);
  // Gives a request up in both directions with `code`. A server's RequestCancelled or a client's
  // RequestFailed follows. H3_REQUEST_REJECTED becomes H3_REQUEST_CANCELLED: what an application
  // has seen was processed, and a client may not use the code (RFC 9114 §4.1.1).
  void Abort(quic::Instant now, quic::StreamId id, ErrorCode code);

  // --- Facts.

  quic::Perspective perspective() const {
    return is_server() ? quic::Perspective::kServer : quic::Perspective::kClient;
  }
  // Each of one role.
  SessionState server_state() const { return server_->state(); }
  ClientState client_state() const { return client_->state(); }
  bool closed() const { return end_.has_value(); }
  // Requests that are not yet answered, or whose answer is not yet acknowledged.
  std::size_t live_requests() const;
  const Settings& peer_settings() const { return peer_settings_; }
  bool peer_settings_received() const { return peer_settings_received_; }
  const Stats& stats() const { return stats_; }
  DrainRecord drain_record() const;

 private:
  bool is_server() const { return server_.has_value(); }

  // Transport events by what they concern. An error is of the connection.
  Result<void> Handle(const quic::StreamOpened& event);
  Result<void> Handle(const quic::StreamReadable& event);
  Result<void> Handle(const quic::StreamReset& event);
  Result<void> Handle(const quic::StopSendingReceived& event);
  Result<void> Handle(const quic::StreamWritable& event);
  Result<void> Handle(const quic::StreamPrefixAcked& event);
  Result<void> Handle(const quic::StreamSendFinished& event);
  Result<void> Handle(const quic::StreamsAvailable& event);
  Result<void> Handle(const quic::HandshakeCompleted&) { return {}; }
  Result<void> Handle(const quic::HandshakeConfirmed&) { return {}; }
  Result<void> Handle(const quic::SessionSaved&) { return {}; }
  Result<void> Handle(const quic::ConnectionClosed&) { return {}; }
  Result<void> Handle(const Settings& settings);
  Result<void> Handle(const GoawayFrame& goaway);
  void HandleClosed(quic::Instant now, const quic::ConnectionClosed& event);
  // Closed comes last: after the responses that are still being read.
  void ReportClosed();

  void OpenCriticalStreams();
  // The end of every call: lets the session move on, or the connection fail.
  void Settle(quic::Instant now, Result<void> result = {});
  SessionFacts ServerFacts() const;
  ClientFacts CurrentClientFacts() const;
  void Perform(const SessionActions& actions);
  void Perform(const ClientActions& actions);
  void Fail(quic::Instant now, const Error& error);
  void WriteGoaway(std::uint64_t id);
  void Close(EndCause cause, ErrorCode code, std::string_view reason);

  quic::Transport& transport_;
  const Config config_;
  LoadMeter meter_{config_};
  Stats stats_;
  Settings peer_settings_;
  bool peer_settings_received_ = false;
  std::deque<Event> events_;
  ControlStream control_;
  QpackStreams qpack_;
  PeerStreams peer_streams_;
  ReceivedGoaways received_goaways_;
  // One role or the other.
  std::optional<ServerSession> server_;
  std::optional<ServerRequests> server_requests_;
  std::optional<ClientSession> client_;
  std::optional<ClientRequests> client_requests_;
  quic::Instant last_heard_{};
  std::optional<EndCause> end_;
  std::optional<Closed> closed_;  // to be reported
};

}  // namespace quiesce::http3
