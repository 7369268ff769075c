// One request and its response, as the application sees them. RFC 9114 §4.1. Made by ServerCore
// when the request's header section has arrived, gone when the request has its outcome.
//
// All calls are made on the shard's thread. Whoever wants to answer later, or from another thread,
// keeps the ExchangeId and finds the exchange again through ServerCore::Find, posted to the shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http3/connection.h"
#include "http3/error.h"
#include "http3/events.h"
#include "http3/message.h"
#include "http3/request_ledger.h"
#include "qpack/field.h"
#include "quic/base/address.h"
#include "quic/base/time.h"
#include "quic/endpoint/endpoint.h"

namespace quiesce::http3 {

// Names one exchange for as long as it lives, and nothing afterwards. A value: copy it to other
// threads.
struct ExchangeId {
  quic::ConnectionHandle connection;
  quic::StreamId stream_id;
  friend auto operator<=>(const ExchangeId&, const ExchangeId&) = default;
};

class Exchange;

// What a handler wants to hear about an exchange that it has not finished in HandleRequest. Every
// method has a default that does nothing. Calls on the exchange are allowed from each of them.
class ExchangeListener {
 public:
  virtual ~ExchangeListener() = default;
  // ReadBody() has bytes.
  virtual void OnBodyReadable(Exchange&) {}
  // The request is complete, trailers included, and its body was consumed.
  virtual void OnRequestComplete(Exchange&) {}
  // Write() takes bytes again after it had taken less than it was offered.
  virtual void OnWritable(Exchange&) {}
  // The server is leaving: finish soon. Tunnels and endless responses should end by themselves.
  virtual void OnDrain(Exchange&) {}
  // The request has its outcome. The last call; the exchange refuses every other one from now on.
  virtual void OnEnd(Exchange&, Outcome) {}
};

class Exchange {
 public:
  // `core_now` is the time of the verb that is running; both references outlive the exchange.
  Exchange(Connection& connection, const quic::Instant& core_now, ExchangeId id, RequestHead head,
           bool complete, const quic::SocketAddress& peer);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  ExchangeId id() const { return id_; }
  const RequestHead& request() const { return head_; }
  const quic::SocketAddress& peer_address() const { return peer_; }
  quic::Instant started() const { return started_; }

  // --- The request's body.

  // The next bytes, not taken yet; empty when there are none now. Valid until the next call.
  std::span<const std::uint8_t> ReadBody() const;
  // Takes the first `count` bytes that ReadBody() showed. What is not consumed holds the peer back.
  void ConsumeBody(std::size_t count);
  // The whole request has arrived and was consumed.
  bool request_complete() const { return complete_; }
  // The trailer section; empty when there was none, or not yet.
  std::span<const qpack::Field> trailers() const { return trailers_.fields(); }

  // --- The response: interim ones, then Respond(), or Start(), Write()... and SendTrailers().

  SendStatus SendInterim(int status, std::span<const qpack::Field> fields);
  // The whole response at once; bytes that the connection does not take yet are kept here. Adds
  // content-length unless `fields` has it, or the status has no content.
  SendStatus Respond(int status, std::span<const qpack::Field> fields, std::string_view body = {});
  // The head of a response whose body follows.
  SendStatus Start(int status, std::span<const qpack::Field> fields);
  // Bytes of the body; takes what the connection takes and returns how many. OnWritable follows
  // when that was less than offered. `end` counts only when every byte was taken.
  std::size_t Write(std::span<const std::uint8_t> bytes, bool end);
  SendStatus SendTrailers(std::span<const qpack::Field> fields);
  // Gives up: resets both directions. H3_INTERNAL_ERROR is the usual code.
  void Abort(ErrorCode code);

  // Keeps the exchange open after HandleRequest has returned without a whole response. One that is
  // neither answered nor given a listener nor deferred is answered with 500.
  void SetListener(std::unique_ptr<ExchangeListener> listener) { listener_ = std::move(listener); }
  void Defer() { deferred_ = true; }

  // For logs: the status of the final response (0 before it began) and the bytes of both bodies.
  int status() const { return status_; }
  std::uint64_t response_bytes() const { return response_bytes_; }
  std::uint64_t request_bytes() const { return request_bytes_; }
  bool response_ended() const { return response_ended_; }

 private:
  friend class ServerCore;

  bool IsHandled() const { return status_ != 0 || listener_ != nullptr || deferred_ || ended_; }
  void FlushPending();

  Connection& connection_;
  const quic::Instant& now_;
  ExchangeId id_;
  RequestHead head_;
  quic::SocketAddress peer_;
  quic::Instant started_;
  qpack::FieldSection trailers_;
  std::unique_ptr<ExchangeListener> listener_;
  std::string pending_body_;        // of Respond(), not yet taken
  std::size_t pending_offset_ = 0;  // how much of it was
  bool complete_ = false;
  bool deferred_ = false;
  bool response_ended_ = false;  // the end of the response was handed over
  bool ended_ = false;           // the request has its outcome
  int status_ = 0;
  std::uint64_t response_bytes_ = 0;
  std::uint64_t request_bytes_ = 0;
};

// The application. One per server; HandleRequest is called once for every request.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual void HandleRequest(Exchange& exchange) = 0;
};

}  // namespace quiesce::http3
