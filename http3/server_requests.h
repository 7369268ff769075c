// The requests that a server is answering: from the stream that opens to the response that is
// acknowledged, each with one outcome. RFC 9114 §4.1, §4.1.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "http3/error.h"
#include "http3/goaway.h"
#include "http3/request_ledger.h"
#include "http3/request_stream.h"
#include "qpack/field.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

class ServerRequests {
 public:
  explicit ServerRequests(const RequestContext& context) : context_(context) {}

  // Transport events about client-initiated bidirectional streams. An error is of the connection.
  void HandleOpened(quic::StreamId id);
  [[nodiscard]] Result<void> HandleReadable(quic::StreamId id);
  void HandleReset(quic::StreamId id, std::uint64_t code);
  void HandleStopSending(quic::StreamId id, std::uint64_t code);
  void HandleWritable(quic::StreamId id);
  void HandleSendFinished(quic::StreamId id, bool reset);

  // See Connection.
  SendStatus SendInterim(quic::StreamId id, int status, std::span<const qpack::Field> fields);
  SendStatus Respond(quic::StreamId id, int status, std::span<const qpack::Field> fields, bool end);
  SendStatus SendTrailers(quic::StreamId id, std::span<const qpack::Field> fields);
  BodyResult WriteBody(quic::StreamId id, std::span<const std::uint8_t> bytes, bool end);
  std::span<const std::uint8_t> ReadBody(quic::StreamId id) const;
  [[nodiscard]] Result<void> ConsumeBody(quic::StreamId id, std::size_t count);
  void Abort(quic::StreamId id, ErrorCode code);

  // From here on nothing at or above `cutoff` is dispatched; what has not been is rejected now.
  // Called in the same step in which the GOAWAY that says so is written.
  void Freeze(FirstRejectedId cutoff);
  // Rejects every request that has not been dispatched (RFC 9114 §5.2: also below the cutoff).
  void RejectUndispatched();
  // Resets what is not answered, rejects what was never dispatched, gives everything its outcome.
  void AbortAll();
  // The connection is gone: whatever has no outcome gets AbortedByConnError. Nothing is live
  // afterwards.
  void EndAll();

  const RequestLedger& ledger() const { return ledger_; }
  // The highest stream that the transport has reported, and the highest that was dispatched.
  std::optional<quic::StreamId> highest_reported() const { return highest_reported_; }
  std::optional<quic::StreamId> highest_dispatched() const { return highest_dispatched_; }

 private:
  struct Request {
    Request(const RequestContext& context, quic::StreamId id, RequestRecord opened)
        : stream(context, id), record(opened) {}

    RequestStream stream;
    RequestRecord record;
    std::string method;      // once dispatched
    bool tunnel = false;     // CONNECT: each direction ends by itself (§4.4)
    bool fin_acked = false;  // of a tunnel that still reads
  };

  Request* Find(quic::StreamId id);
  // A dispatched request that has no outcome: the application may act on it.
  Request* FindRunning(quic::StreamId id);
  // Reads on until nothing more can be reported. May remove `request`.
  Result<void> Pump(Request& request);
  Result<Incoming> Next(Request& request);
  void Dispatch(Request& request, RequestHead head, bool fin);
  Result<void> HandleFault(Request& request, const Error& error);
  void RefuseTooLarge(Request& request);
  void Reject(Request& request);
  void CancelByPeer(Request& request, std::uint64_t code);
  // Resets both halves with `code` and gives the request its outcome. May remove it.
  void Terminate(Request& request, Outcome outcome, ErrorCode code);
  void Report(const Request& request, bool by_peer, std::uint64_t code);
  // The response may have come to its end. May remove `request`.
  void NoteResponseEnd(Request& request);
  // The sending half is acknowledged. Removes `request`.
  void Finish(Request& request, bool reset);

  const RequestContext context_;
  RequestLedger ledger_;
  std::map<quic::StreamId, Request> requests_;
  FirstRejectedId cutoff_ = FirstRejectedId::None();
  std::optional<quic::StreamId> highest_reported_;
  std::optional<quic::StreamId> highest_dispatched_;
};

}  // namespace quiesce::http3
