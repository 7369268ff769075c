// The client's half of a drain. Hazards H-nn are those of shutdown.md §4.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/drain_fixture.h"

namespace quiesce::http3 {
namespace {

using std::chrono::seconds;

constexpr auto kRejected = static_cast<std::uint64_t>(ErrorCode::kRequestRejected);

// R4, I9: no new request after any GOAWAY, although the identifier would allow it.
TEST_F(DrainTest, ClientSendsNothingAfterGoaway) {
  (void)pair.Get();
  pair.Exchange();
  Shutdown();
  pair.Exchange();
  const RequestResult refused =
      client.connection.SendRequest(pair.now, {.authority = "a"}, {}, true);
  EXPECT_EQ(refused.refusal, RequestRefusal::kGoawayReceived);
  EXPECT_EQ(client.connection.stats().requests_sent, 1u);
}

// §3.3: requests at or above the identifier fail at once, without waiting for their resets.
TEST_F(DrainTest, ClientFailsRejectedRequestsAtOnce) {
  const quic::StreamId running = pair.Get();
  pair.Exchange();
  Shutdown(ShutdownPolicy::kSinglePhase);
  const quic::StreamId a = pair.Get(), b = pair.Get();
  Deliver(server.transport, Move::Kind::kData, Control(quic::Perspective::kServer));
  for (const quic::StreamId id : {a, b}) {
    ASSERT_NE(client.log.Find<RequestFailed>(id), nullptr);
    EXPECT_EQ(client.log.Find<RequestFailed>(id)->safety, RetrySafety::kNotProcessed);
  }
  EXPECT_EQ(client.log.Find<RequestFailed>(running), nullptr);
  EXPECT_EQ(client.log.Find<GoawayReceived>()->limit, FirstRejectedId::After(running));
}

// H21: a rejection without GOAWAY means the same for this connection.
TEST_F(DrainTest, RejectionWithoutGoawayStopsNewRequests) {
  const quic::StreamId a = pair.Get(), b = pair.Get();
  server.transport.set_send_buffer(Control(quic::Perspective::kServer), 0);
  ToServerOnly();
  server.transport.ResetStream(b, kRejected);
  Deliver(server.transport, Move::Kind::kReset, b);
  EXPECT_EQ(client.log.Find<RequestFailed>(b)->safety, RetrySafety::kNotProcessed);
  EXPECT_EQ(client.connection.SendRequest(pair.now, {.authority = "a"}, {}, true).refusal,
            RequestRefusal::kServerRejects);
  pair.Answer(a);
  pair.Exchange();
  EXPECT_EQ(client.log.Find<Closed>()->cause, EndCause::kDrained);
}

// H8: the server saw the whole response acknowledged and closed; a slow reader still gets all of
// it.
TEST_F(DrainTest, ResponseIsReadAfterTheConnectionHasClosed) {
  const quic::StreamId id = pair.Get();
  const quic::StreamId cut = pair.Get();
  pair.Exchange();
  const qpack::Field trailer[] = {{"x-sum", "1"}};
  ASSERT_EQ(server.connection.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  ASSERT_EQ(server.connection.WriteBody(pair.now, id, Bytes("slowly"), false).accepted, 6u);
  ASSERT_EQ(server.connection.SendTrailers(pair.now, id, trailer), SendStatus::kOk);
  ASSERT_EQ(server.connection.Respond(pair.now, cut, 200, {}, false), SendStatus::kOk);
  ASSERT_EQ(server.connection.WriteBody(pair.now, cut, Bytes("half"), false).accepted, 4u);
  Shutdown();
  pair.Exchange();
  server.connection.ShutdownNow(pair.now);
  pair.Exchange();
  EXPECT_TRUE(client.connection.closed());
  EXPECT_EQ(client.log.Find<RequestFailed>(cut)->safety, RetrySafety::kProcessed);
  EXPECT_EQ(client.log.Find<RequestFailed>(id), nullptr);
  EXPECT_EQ(client.log.Count<Closed>(), 0u) << "it comes last";
  client.connection.ConsumeBody(pair.now, id, 2);
  EXPECT_EQ(client.ReadAll(pair.now, id), "owly");
  EXPECT_EQ(client.log.Count<Trailers>(), 1u);
  EXPECT_EQ(client.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(client.log.Count<Closed>(), 1u);
  EXPECT_EQ(client.connection.live_requests(), 0u);
}

TEST_F(DrainTest, KeptResponseCanBeGivenUp) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  ASSERT_EQ(server.connection.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  ASSERT_EQ(server.connection.WriteBody(pair.now, id, Bytes("unread"), true).accepted, 6u);
  pair.Exchange();
  server.connection.ShutdownNow(pair.now);
  pair.Exchange();
  client.connection.Abort(pair.now, id, ErrorCode::kRequestCancelled);
  client.Pump(pair.now);
  EXPECT_EQ(client.log.Find<RequestFailed>(id)->safety, RetrySafety::kProcessed);
  EXPECT_EQ(client.log.Count<Closed>(), 1u);
}

// R10: RFC 9114 §5.4.
TEST_F(DrainTest, LostConnectionLeavesTheClientInDoubt) {
  const quic::StreamId sent = pair.Get();
  client.transport.Break({.source = quic::CloseSource::kStatelessReset});
  client.Pump(pair.now);
  EXPECT_EQ(client.log.Find<RequestFailed>(sent)->safety, RetrySafety::kMaybeProcessed);
  EXPECT_EQ(client.log.Find<Closed>()->cause, EndCause::kConnectionLost);
}

// What never left this side was not processed.
TEST_F(DrainTest, UnsentRequestIsNotProcessed) {
  client.transport.set_send_buffer(quic::StreamId(0), 0);
  const quic::StreamId unsent = pair.Get();
  client.transport.Break({.source = quic::CloseSource::kIdleTimeout});
  client.Pump(pair.now);
  EXPECT_EQ(client.log.Find<RequestFailed>(unsent)->safety, RetrySafety::kNotProcessed);
}

// Decision 10: a refused connection processed nothing, early data included.
TEST_F(DrainTest, RefusedConnectionProcessedNothing) {
  const quic::StreamId sent = pair.Get();
  client.transport.Break(
      {.source = quic::CloseSource::kPeer,
       .error_code = static_cast<std::uint64_t>(quic::TransportErrorCode::kConnectionRefused)});
  client.Pump(pair.now);
  EXPECT_EQ(client.log.Find<RequestFailed>(sent)->safety, RetrySafety::kNotProcessed);
}

// A server whose identifier is too low (H1 elsewhere) cannot make this client repeat a request
// whose response has begun to arrive.
TEST(DrainClient, ResponseThatHasBegunOutweighsGoaway) {
  RawPeer peer(quic::Perspective::kClient);
  const quic::StreamId control = peer.OpenControl();
  const quic::StreamId begun =
      *peer.subject.connection.SendRequest(peer.now, {.authority = "a"}, {}, true).stream_id;
  const quic::StreamId interim =
      *peer.subject.connection.SendRequest(peer.now, {.authority = "a"}, {}, true).stream_id;
  const quic::StreamId silent =
      *peer.subject.connection.SendRequest(peer.now, {.authority = "a"}, {}, true).stream_id;
  peer.Exchange();
  peer.Write(begun, OkResponse());
  const qpack::Field early[] = {{":status", "103"}};
  peer.Write(interim, HeadersFrame(early));
  peer.Write(control, Frame(0x07, Varint(0)));
  EXPECT_EQ(peer.subject.log.Find<RequestFailed>(begun), nullptr);
  EXPECT_EQ(peer.subject.log.Find<RequestFailed>(interim)->safety, RetrySafety::kMaybeProcessed);
  EXPECT_EQ(peer.subject.log.Find<RequestFailed>(silent)->safety, RetrySafety::kNotProcessed);
  peer.Write(begun, "", true);
  EXPECT_EQ(peer.subject.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(peer.subject.log.Find<Closed>()->cause, EndCause::kDrained);
}

// H2: a second, lower GOAWAY fails more requests.
TEST(DrainClient, LowerGoawayFailsMoreRequests) {
  RawPeer peer(quic::Perspective::kClient);
  const quic::StreamId control = peer.OpenControl();
  std::vector<quic::StreamId> ids;
  for (int i = 0; i < 4; ++i)
    ids.push_back(
        *peer.subject.connection.SendRequest(peer.now, {.authority = "a"}, {}, true).stream_id);
  peer.Exchange();
  peer.Write(control, Frame(0x07, Varint(12)));
  EXPECT_EQ(peer.subject.log.Count<RequestFailed>(), 1u);
  peer.Write(control, Frame(0x07, Varint(4)));
  EXPECT_EQ(peer.subject.log.Count<RequestFailed>(), 3u);
  EXPECT_EQ(peer.subject.log.Find<RequestFailed>(ids[0]), nullptr);
}

// §3.3: the client flushes its own last FIN before it closes.
TEST(DrainClient, WaitsForTheAcknowledgementOfItsRequest) {
  RawPeer peer(quic::Perspective::kClient);
  const quic::StreamId control = peer.OpenControl();
  const quic::StreamId id =
      *peer.subject.connection.SendRequest(peer.now, {.authority = "a"}, {}, true).stream_id;
  for (const Move& move : peer.subject.transport.moves()) peer.subject.transport.Make(move);
  for (const auto& [stream, bytes, fin] :
       {std::tuple(id, OkResponse(), true), std::tuple(control, Frame(0x07, Varint(4)), false)}) {
    (void)peer.transport.Write(stream, Bytes(bytes), fin);
    for (const Move& move : peer.transport.moves())
      if (move.kind == Move::Kind::kData) peer.transport.Make(move);
  }
  peer.subject.Pump(peer.now);
  EXPECT_EQ(peer.subject.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(peer.subject.connection.client_state(), ClientState::kDraining);
  peer.Exchange();
  EXPECT_EQ(peer.subject.log.Find<Closed>()->cause, EndCause::kDrained);
}

TEST_F(DrainTest, ClientShutdownWaitsForItsRequests) {
  const quic::StreamId id = pair.Get();
  client.connection.Shutdown(pair.now, ShutdownPolicy::kTwoPhase, pair.now + seconds(5));
  EXPECT_EQ(GoawaysWritten(client.transport), std::vector<std::uint64_t>{0});
  EXPECT_EQ(client.connection.SendRequest(pair.now, {.authority = "a"}, {}, true).refusal,
            RequestRefusal::kLeaving);
  pair.Exchange();
  pair.Answer(id);
  pair.Exchange();
  EXPECT_EQ(client.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(client.log.Find<Closed>()->cause, EndCause::kDrained);
  EXPECT_EQ(server.log.Find<Closed>()->cause, EndCause::kClosedByPeer);
}

TEST_F(DrainTest, ClientDeadlineCancelsItsRequests) {
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  client.connection.Shutdown(pair.now, ShutdownPolicy::kTwoPhase, pair.now + seconds(5));
  pair.Advance(seconds(5));
  EXPECT_EQ(client.log.Find<RequestFailed>(id)->safety, RetrySafety::kMaybeProcessed);
  EXPECT_EQ(client.log.Find<Closed>()->cause, EndCause::kDeadline);
  pair.Exchange();
  EXPECT_EQ(server.log.Count<RequestCancelled>(), 1u);
}

}  // namespace
}  // namespace quiesce::http3
