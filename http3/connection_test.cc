#include "http3/connection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

using qpack::Field;

std::string Pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

quic::StreamId Post(H3Pair& pair, std::span<const Field> fields = {}) {
  const RequestResult result = pair.client.connection.SendRequest(
      pair.now, {.method = "POST", .authority = "example.org", .path = "/up"}, fields, false);
  EXPECT_EQ(result.refusal, RequestRefusal::kNone);
  return *result.stream_id;
}

// RFC 9114 §6.2.1, RFC 9204 §4.2, H3-08: control and QPACK streams come first, SETTINGS in front.
TEST(Connection, OpensItsThreeStreamsWithSettingsFirst) {
  H3Pair pair;
  pair.Establish();
  for (H3End* end : {&pair.client, &pair.server}) {
    const auto uni = [&](std::uint64_t n) {
      return end->transport.written(quic::StreamId::Make(
          end->transport.perspective(), quic::StreamDirection::kUnidirectional, n));
    };
    EXPECT_EQ(uni(0).substr(0, 2), std::string_view("\x00\x04", 2));
    EXPECT_EQ(uni(1), "\x02");
    EXPECT_EQ(uni(2), "\x03");
    EXPECT_FALSE(end->connection.closed());
  }
  EXPECT_EQ(pair.client.connection.peer_settings().max_field_section_size, 64u * 1024);
}

// RFC 9114 §7.2.4.2: SETTINGS wait for nothing but the transport.
TEST(Connection, OpensItsStreamsWhenTheTransportAllows) {
  H3Pair pair({.client_limits = {.unidirectional_streams = 0}});
  pair.server.connection.HandleEvent(pair.now, quic::HandshakeCompleted{"h3"});
  EXPECT_TRUE(pair.server.transport.streams().empty());
  pair.client.connection.HandleEvent(pair.now, quic::HandshakeCompleted{"h3"});
  EXPECT_EQ(pair.client.transport.streams().size(), 3u);
}

TEST(Connection, AnswersARequest) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = pair.Get("/index");
  pair.Exchange();
  const auto* request = pair.server.log.Find<RequestHeaders>(id);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->head.path, "/index");
  EXPECT_EQ(request->head.authority, "example.org");
  EXPECT_TRUE(request->fin);
  EXPECT_EQ(pair.server.log.Count<MessageFinished>(), 1u);

  const Field fields[] = {{"content-type", "text/plain"}, {"content-length", "5"}};
  ASSERT_EQ(pair.server.connection.Respond(pair.now, id, 200, fields, false), SendStatus::kOk);
  const BodyResult wrote = pair.server.connection.WriteBody(pair.now, id, Bytes("hello"), true);
  EXPECT_EQ(wrote.status, BodyStatus::kOk);
  EXPECT_EQ(wrote.accepted, 5u);
  pair.Exchange();
  const auto* response = pair.client.log.Find<ResponseHeaders>(id);
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(response->head.fields()[0], fields[0]);
  EXPECT_FALSE(response->fin);
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 0u) << "the body was not read yet";
  EXPECT_EQ(pair.client.ReadAll(pair.now, id), "hello");
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(pair.server.log.Count<ResponseDelivered>(), 1u);
  EXPECT_EQ(pair.server.connection.drain_record().requests.of(Outcome::kCompleted), 1u);
  EXPECT_EQ(pair.server.connection.live_requests(), 0u);
  EXPECT_EQ(pair.client.connection.live_requests(), 0u);
}

TEST(Connection, ResponseWithoutBodyIsOneEvent) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  pair.Answer(id, 404);
  pair.Exchange();
  const auto* response = pair.client.log.Find<ResponseHeaders>(id);
  ASSERT_NE(response, nullptr);
  EXPECT_TRUE(response->fin);
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(pair.client.log.Count<BodyReadable>(), 0u);
}

// Bodies of any length, in any pieces, both ways, through small buffers.
TEST(Connection, CarriesLongBodiesInSmallPieces) {
  const FakeLimits narrow{.send_buffer_bytes = 3000, .receive_window_bytes = 2000, .peek_bytes = 7};
  H3Pair pair({.server_limits = narrow, .client_limits = narrow});
  pair.Establish();
  const std::string upload = Pattern(100'001);
  const std::string download = Pattern(77'777);
  const quic::StreamId id = Post(pair);
  std::string received, returned;
  std::size_t sent = 0, answered = 0;
  bool responded = false, sent_all = false, answered_all = false;
  for (int round = 0;
       round < 2000 && !(sent_all && answered_all && returned.size() == download.size()); ++round) {
    if (!sent_all) {
      const BodyResult wrote =
          pair.client.connection.WriteBody(pair.now, id, Bytes(upload).subspan(sent), true);
      ASSERT_TRUE(wrote.status == BodyStatus::kOk || wrote.status == BodyStatus::kBlocked);
      sent += wrote.accepted;
      sent_all = wrote.status == BodyStatus::kOk;
    }
    pair.Exchange();
    received += pair.server.ReadAll(pair.now, id);
    if (!responded && pair.server.log.Find<RequestHeaders>(id) != nullptr) {
      responded = true;
      ASSERT_EQ(pair.server.connection.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
    }
    if (received.size() == upload.size() && !answered_all) {
      const BodyResult wrote =
          pair.server.connection.WriteBody(pair.now, id, Bytes(download).subspan(answered), true);
      answered += wrote.accepted;
      answered_all = wrote.status == BodyStatus::kOk;
    }
    pair.Exchange();
    returned += pair.client.ReadAll(pair.now, id);
  }
  EXPECT_EQ(received, upload);
  EXPECT_EQ(returned, download);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(pair.server.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(pair.server.log.Count<ResponseDelivered>(), 1u);
  EXPECT_EQ(pair.server.connection.stats().body_bytes_received, upload.size());
  EXPECT_EQ(pair.server.connection.stats().body_bytes_sent, download.size());
}

// Backpressure: what the application does not take stays with the transport and holds its credit.
TEST(Connection, UnreadBodyStaysInTheTransport) {
  H3Pair pair({.server_limits = {.receive_window_bytes = 1000},
               .client_limits = {.send_buffer_bytes = 4000}});
  pair.Establish();
  const quic::StreamId id = Post(pair);
  const std::string body = Pattern(20'000);
  const BodyResult wrote = pair.client.connection.WriteBody(pair.now, id, Bytes(body), true);
  EXPECT_EQ(wrote.status, BodyStatus::kBlocked);
  pair.Exchange();
  EXPECT_LE(pair.server.transport.unread(id), 1000u);
  EXPECT_GT(pair.server.transport.unread(id), 900u);
  EXPECT_EQ(pair.server.log.Count<BodyReadable>(), 1u);
  EXPECT_EQ(pair.client.log.Count<BodyWritable>(), 0u);
  std::string received;
  for (int i = 0; i < 30 && pair.client.log.Count<BodyWritable>() == 0; ++i) {
    received += pair.server.ReadAll(pair.now, id);
    pair.Exchange();
  }
  EXPECT_EQ(pair.client.log.Count<BodyWritable>(), 1u);
  EXPECT_EQ(received, body.substr(0, received.size()));
}

// One DATA frame is taken whole or not at all, so a writer that changes its mind leaves no torn
// frame.
TEST(Connection, BlockedWriterMayEndEarly) {
  H3Pair pair({.client_limits = {.send_buffer_bytes = 100}});
  pair.Establish();
  const quic::StreamId id = Post(pair);
  const std::string body = Pattern(50'000);
  const BodyResult wrote = pair.client.connection.WriteBody(pair.now, id, Bytes(body), true);
  ASSERT_EQ(wrote.status, BodyStatus::kBlocked);
  const Field trailer[] = {{"x-stopped", "yes"}};
  EXPECT_EQ(pair.client.connection.SendTrailers(pair.now, id, trailer), SendStatus::kOk);
  std::string received;
  for (int i = 0; i < 400; ++i) {
    pair.Exchange();
    received += pair.server.ReadAll(pair.now, id);
  }
  EXPECT_EQ(received, body.substr(0, wrote.accepted));
  EXPECT_EQ(pair.server.log.Count<Trailers>(), 1u);
  EXPECT_EQ(pair.server.log.Count<MessageFinished>(), 1u);
}

// RFC 9114 §4.1: interim responses and trailers.
TEST(Connection, PassesInterimResponsesAndTrailersOn) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = Post(pair);
  pair.Exchange();
  Connection& server = pair.server.connection;
  const Field hint[] = {{"link", "</style.css>; rel=preload"}};
  EXPECT_EQ(server.SendInterim(pair.now, id, 103, hint), SendStatus::kOk);
  EXPECT_EQ(server.SendInterim(pair.now, id, 100, {}), SendStatus::kOk);
  EXPECT_EQ(server.SendInterim(pair.now, id, 101, {}), SendStatus::kMalformed);
  EXPECT_EQ(server.SendInterim(pair.now, id, 200, {}), SendStatus::kMalformed);
  EXPECT_EQ(pair.client.connection.WriteBody(pair.now, id, Bytes("data"), false).accepted, 4u);
  const Field checksum[] = {{"x-checksum", "7"}};
  EXPECT_EQ(pair.client.connection.SendTrailers(pair.now, id, checksum), SendStatus::kOk);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Count<ResponseHeaders>(), 2u);
  EXPECT_EQ(pair.client.log.Find<ResponseHeaders>(id)->head.status, 103);
  EXPECT_EQ(pair.server.log.Count<Trailers>(), 0u) << "the body comes before them";
  EXPECT_EQ(pair.server.ReadAll(pair.now, id), "data");
  ASSERT_EQ(pair.server.log.Count<Trailers>(), 1u);
  EXPECT_EQ(pair.server.log.Find<Trailers>(id)->fields[0], checksum[0]);
  EXPECT_EQ(pair.server.log.Count<MessageFinished>(), 1u);

  EXPECT_EQ(server.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  EXPECT_EQ(server.SendTrailers(pair.now, id, checksum), SendStatus::kOk);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Count<ResponseHeaders>(), 3u);
  EXPECT_EQ(pair.client.log.Count<Trailers>(), 1u);
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 1u);
}

// H3-50: RFC 9110 §8.6, §15: a length without content.
TEST(Connection, BodilessResponsesMayDeclareALength) {
  H3Pair pair;
  pair.Establish();
  const Field length[] = {{"content-length", "1234"}};
  const RequestResult head = pair.client.connection.SendRequest(
      pair.now, {.method = "HEAD", .authority = "example.org"}, {}, true);
  const quic::StreamId not_modified = pair.Get();
  pair.Exchange();
  Connection& server = pair.server.connection;
  EXPECT_EQ(server.Respond(pair.now, *head.stream_id, 200, length, false), SendStatus::kOk);
  EXPECT_EQ(server.WriteBody(pair.now, *head.stream_id, Bytes("x"), true).status,
            BodyStatus::kWrongLength);
  EXPECT_EQ(server.WriteBody(pair.now, *head.stream_id, {}, true).status, BodyStatus::kOk);
  EXPECT_EQ(server.Respond(pair.now, not_modified, 304, length, true), SendStatus::kOk);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 2u);
  EXPECT_EQ(pair.client.log.Count<RequestFailed>(), 0u);
}

// RFC 9114 §4.1.2: what a peer would have to call malformed does not leave.
TEST(Connection, RefusesToSendAnythingButTheDeclaredLength) {
  H3Pair pair;
  pair.Establish();
  const Field length[] = {{"content-length", "4"}};
  const quic::StreamId id = Post(pair, length);
  Connection& client = pair.client.connection;
  EXPECT_EQ(client.WriteBody(pair.now, id, Bytes("12345"), true).status, BodyStatus::kWrongLength);
  EXPECT_EQ(client.WriteBody(pair.now, id, Bytes("123"), true).status, BodyStatus::kWrongLength);
  EXPECT_EQ(client.WriteBody(pair.now, id, Bytes("123"), false).status, BodyStatus::kOk);
  EXPECT_EQ(client.SendTrailers(pair.now, id, {}), SendStatus::kOutOfOrder);
  EXPECT_EQ(client.WriteBody(pair.now, id, Bytes("4"), true).status, BodyStatus::kOk);
  EXPECT_EQ(client.WriteBody(pair.now, id, Bytes("5"), true).status, BodyStatus::kOutOfOrder);
  pair.Exchange();
  EXPECT_EQ(pair.server.ReadAll(pair.now, id), "1234");
  EXPECT_EQ(pair.server.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(pair.client.connection.SendRequest(pair.now, {.authority = "a"}, length, true).refusal,
            RequestRefusal::kMalformed);
}

TEST(Connection, RefusesToSendMalformedMessages) {
  H3Pair pair;
  pair.Establish();
  const Field bad_names[][1] = {{{"Upper", "x"}}, {{"connection", "close"}}, {{"x", "a\nb"}}};
  for (const auto& fields : bad_names)
    EXPECT_EQ(
        pair.client.connection.SendRequest(pair.now, {.authority = "a"}, fields, true).refusal,
        RequestRefusal::kMalformed)
        << fields[0].name;
  EXPECT_EQ(pair.client.connection.SendRequest(pair.now, {.authority = ""}, {}, true).refusal,
            RequestRefusal::kMalformed);
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  Connection& server = pair.server.connection;
  for (const auto& fields : bad_names)
    EXPECT_EQ(server.Respond(pair.now, id, 200, fields, true), SendStatus::kMalformed);
  for (const int status : {0, 99, 101, 150, 1000, -5})
    EXPECT_EQ(server.Respond(pair.now, id, status, {}, true), SendStatus::kMalformed) << status;
  EXPECT_EQ(server.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  const Field pseudo[] = {{":status", "200"}};
  EXPECT_EQ(server.SendTrailers(pair.now, id, pseudo), SendStatus::kMalformed);
}

TEST(Connection, KeepsTheOrderOfAMessage) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  Connection& server = pair.server.connection;
  EXPECT_EQ(server.WriteBody(pair.now, id, Bytes("x"), true).status, BodyStatus::kOutOfOrder);
  EXPECT_EQ(server.SendTrailers(pair.now, id, {}), SendStatus::kOutOfOrder);
  EXPECT_EQ(server.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  EXPECT_EQ(server.Respond(pair.now, id, 200, {}, false), SendStatus::kOutOfOrder);
  EXPECT_EQ(server.SendInterim(pair.now, id, 100, {}), SendStatus::kOutOfOrder);
  EXPECT_EQ(server.WriteBody(pair.now, id, {}, true).status, BodyStatus::kOk);
  EXPECT_EQ(server.WriteBody(pair.now, id, {}, true).status, BodyStatus::kOutOfOrder);
  const quic::StreamId unknown(400);
  EXPECT_EQ(server.Respond(pair.now, unknown, 200, {}, true), SendStatus::kClosed);
  EXPECT_EQ(server.WriteBody(pair.now, unknown, {}, true).status, BodyStatus::kClosed);
  EXPECT_TRUE(server.ReadBody(unknown).empty());
}

// H3-55: RFC 9114 §4.2.2.
TEST(Connection, HonoursThePeersFieldSectionLimit) {
  H3Pair pair(
      {.server = {.field_section_bytes_max = 2000}, .client = {.field_section_bytes_max = 1500}});
  pair.Establish();
  const std::string long_value(2000, 'v');
  const Field fields[] = {{"x-long", long_value}};
  Connection& client = pair.client.connection;
  EXPECT_EQ(client.SendRequest(pair.now, {.authority = "a"}, fields, true).refusal,
            RequestRefusal::kTooLarge);
  const quic::StreamId id = pair.Get();
  EXPECT_EQ(id.value(), 0u) << "no stream was spent on the refused request";
  pair.Exchange();
  Connection& server = pair.server.connection;
  EXPECT_EQ(server.SendInterim(pair.now, id, 103, fields), SendStatus::kTooLarge);
  EXPECT_EQ(server.Respond(pair.now, id, 200, fields, true), SendStatus::kTooLarge);
  EXPECT_EQ(server.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  EXPECT_EQ(server.SendTrailers(pair.now, id, fields), SendStatus::kTooLarge);
}

// RFC 9114 §4.1, H3-32: a complete response may come before the request is; the rest is not wanted.
TEST(Connection, EarlyResponseStopsTheRequest) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = Post(pair);
  EXPECT_EQ(pair.client.connection.WriteBody(pair.now, id, Bytes("some"), false).accepted, 4u);
  pair.Exchange();
  pair.Answer(id, 413);
  EXPECT_EQ(pair.server.transport.stop_code(id), static_cast<std::uint64_t>(ErrorCode::kNoError));
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Find<ResponseHeaders>(id)->head.status, 413);
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(pair.client.log.Count<RequestFailed>(), 0u);
  EXPECT_EQ(pair.client.connection.WriteBody(pair.now, id, Bytes("more"), true).status,
            BodyStatus::kClosed);
  EXPECT_EQ(pair.server.log.Count<ResponseDelivered>(), 1u);
  EXPECT_EQ(pair.client.connection.live_requests(), 0u);
  EXPECT_EQ(pair.server.connection.live_requests(), 0u);
}

// RFC 9114 §4.1: a server may answer and read on; the client may go on, or not.
TEST(Connection, ClientGivesUpTheRestOfAnAnsweredRequest) {
  RawPeer peer(quic::Perspective::kClient);
  peer.OpenControl();
  const quic::StreamId id =
      *peer.subject.connection
           .SendRequest(peer.now, {.method = "POST", .authority = "a"}, {}, false)
           .stream_id;
  peer.Exchange();
  peer.Write(id, OkResponse(), true);
  EXPECT_EQ(peer.subject.log.Count<MessageFinished>(), 1u);
  EXPECT_EQ(peer.subject.connection.WriteBody(peer.now, id, Bytes("more"), false).accepted, 4u);
  peer.subject.connection.Abort(peer.now, id, ErrorCode::kNoError);
  peer.Exchange();
  EXPECT_EQ(peer.subject.transport.reset_code(id), static_cast<std::uint64_t>(ErrorCode::kNoError));
  EXPECT_EQ(peer.subject.log.Count<RequestFailed>(), 0u);
  EXPECT_EQ(peer.subject.connection.live_requests(), 0u);
}

// RFC 9114 §4.4: each direction of a tunnel ends by itself.
TEST(Connection, TunnelCarriesDataBothWaysAndHalfCloses) {
  H3Pair pair;
  pair.Establish();
  const RequestResult connect = pair.client.connection.SendRequest(
      pair.now, {.method = "CONNECT", .authority = "example.org:443"}, {}, false);
  ASSERT_TRUE(connect.stream_id);
  const quic::StreamId id = *connect.stream_id;
  pair.Exchange();
  ASSERT_TRUE(pair.server.log.Find<RequestHeaders>(id)->head.is_connect());
  Connection& server = pair.server.connection;
  EXPECT_EQ(server.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  EXPECT_EQ(server.WriteBody(pair.now, id, Bytes("bye"), true).status, BodyStatus::kOk);
  pair.Exchange();
  EXPECT_EQ(pair.client.ReadAll(pair.now, id), "bye");
  EXPECT_FALSE(pair.server.transport.stop_code(id)) << "the other direction is still open";
  EXPECT_EQ(pair.client.connection.WriteBody(pair.now, id, Bytes("last words"), true).accepted,
            10u);
  pair.Exchange();
  EXPECT_EQ(pair.server.ReadAll(pair.now, id), "last words");
  pair.Exchange();
  EXPECT_EQ(pair.server.log.Count<ResponseDelivered>(), 1u);
  EXPECT_EQ(server.live_requests(), 0u);
}

TEST(Connection, TunnelThatIsCancelledAfterItsHalfCloseEnds) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id =
      *pair.client.connection
           .SendRequest(pair.now, {.method = "CONNECT", .authority = "a:1"}, {}, false)
           .stream_id;
  pair.Exchange();
  EXPECT_EQ(pair.server.connection.Respond(pair.now, id, 200, {}, true), SendStatus::kOk);
  pair.Exchange();
  EXPECT_EQ(pair.server.connection.live_requests(), 1u);
  pair.client.connection.Abort(pair.now, id, ErrorCode::kConnectError);
  pair.client.transport.ResetStream(id, static_cast<std::uint64_t>(ErrorCode::kConnectError));
  pair.Exchange();
  EXPECT_EQ(pair.server.connection.live_requests(), 0u);
  EXPECT_EQ(pair.server.log.Count<RequestCancelled>(), 1u);
}

// H3-54: RFC 9114 §4.2.2.
TEST(Connection, AnswersTooLargeHeadersWith431) {
  H3Pair pair({.server = {.field_section_bytes_max = 1024}});
  // The client has not seen the limit.
  pair.client.connection.HandleEvent(pair.now, quic::HandshakeCompleted{"h3"});
  const std::string long_value(3000, 'v');
  const Field fields[] = {{"x-long", long_value}};
  const RequestResult result =
      pair.client.connection.SendRequest(pair.now, {.authority = "a"}, fields, false);
  ASSERT_TRUE(result.stream_id);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Find<ResponseHeaders>(*result.stream_id)->head.status, 431);
  EXPECT_EQ(pair.server.log.Count<RequestHeaders>(), 0u);
  const LedgerTotals totals = pair.server.connection.drain_record().requests;
  EXPECT_EQ(totals.of(Outcome::kFailed), 1u);
  EXPECT_EQ(totals.dispatched, 0u);
  EXPECT_EQ(pair.server.connection.live_requests(), 0u);
  EXPECT_FALSE(pair.server.connection.closed());
}

// RFC 9114 §4.1.1, R8: over the limit a request is rejected, which the client may repeat elsewhere.
TEST(Connection, RejectsRequestsAboveTheOpenLimit) {
  H3Pair pair({.server = {.open_requests_max = 2}});
  pair.Establish();
  const quic::StreamId a = pair.Get(), b = pair.Get(), c = pair.Get();
  pair.Exchange();
  EXPECT_EQ(pair.server.log.Count<RequestHeaders>(), 2u);
  const auto* failed = pair.client.log.Find<RequestFailed>(c);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->safety, RetrySafety::kNotProcessed);
  EXPECT_EQ(failed->code, static_cast<std::uint64_t>(ErrorCode::kRequestRejected));
  pair.Answer(a);
  pair.Answer(b);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Count<MessageFinished>(), 2u);
}

TEST(Connection, SecondRequestWaitsForStreamCredit) {
  H3Pair pair({.server_limits = {.request_streams = 1}});
  pair.Establish();
  const quic::StreamId id = pair.Get();
  EXPECT_EQ(pair.client.connection.SendRequest(pair.now, {.authority = "a"}, {}, true).refusal,
            RequestRefusal::kNoStreamCredit);
  pair.Exchange();
  pair.Answer(id);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Count<RequestsAvailable>(), 1u);
  EXPECT_EQ(pair.Get().value(), 4u);
}

// H3-33: RFC 9114 §4.1.1: the client cancels.
TEST(Connection, ClientCancelsARunningRequest) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = Post(pair);
  pair.Exchange();
  pair.client.connection.Abort(pair.now, id, ErrorCode::kRequestCancelled);
  pair.Exchange();
  const auto* failed = pair.client.log.Find<RequestFailed>(id);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->safety, RetrySafety::kMaybeProcessed);
  const auto* cancelled = pair.server.log.Find<RequestCancelled>(id);
  ASSERT_NE(cancelled, nullptr);
  EXPECT_TRUE(cancelled->by_peer);
  EXPECT_EQ(cancelled->outcome, Outcome::kCancelledByPeer);
  EXPECT_EQ(cancelled->code, static_cast<std::uint64_t>(ErrorCode::kRequestCancelled));
  EXPECT_EQ(pair.server.log.Count<RequestCancelled>(), 1u) << "told once";
  EXPECT_EQ(pair.server.connection.Respond(pair.now, id, 200, {}, true), SendStatus::kClosed);
  EXPECT_EQ(pair.server.connection.live_requests(), 0u);
  EXPECT_EQ(pair.client.connection.live_requests(), 0u);
}

// H3-35: STOP_SENDING for the response, also after its end was written.
TEST(Connection, StoppedResponseIsCancelledByPeer) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  pair.Answer(id);
  pair.client.connection.Abort(pair.now, id, ErrorCode::kRequestCancelled);
  pair.ToServer();
  EXPECT_EQ(pair.server.log.Count<RequestCancelled>(), 1u);
  pair.Exchange();
  EXPECT_EQ(pair.server.log.Count<ResponseDelivered>(), 0u);
  EXPECT_EQ(pair.server.connection.drain_record().requests.of(Outcome::kCancelledByPeer), 1u);
  EXPECT_EQ(pair.server.connection.live_requests(), 0u);
}

// The server gives up. R7: never with H3_REQUEST_REJECTED, the application has seen it.
TEST(Connection, HandlerCannotRejectWhatItHasSeen) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId a = pair.Get(), b = pair.Get();
  pair.Exchange();
  pair.server.connection.Abort(pair.now, a, ErrorCode::kRequestRejected);
  pair.server.connection.Abort(pair.now, b, ErrorCode::kInternalError);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Find<RequestFailed>(a)->code,
            static_cast<std::uint64_t>(ErrorCode::kRequestCancelled));
  EXPECT_EQ(pair.client.log.Find<RequestFailed>(a)->safety, RetrySafety::kMaybeProcessed);
  EXPECT_EQ(pair.client.log.Find<RequestFailed>(b)->code,
            static_cast<std::uint64_t>(ErrorCode::kInternalError));
  EXPECT_EQ(pair.server.connection.drain_record().requests.of(Outcome::kFailed), 2u);
}

// Responses that had begun are evidence that the server acted.
TEST(Connection, ResetAfterTheResponseBeganIsProcessed) {
  H3Pair pair;
  pair.Establish();
  const quic::StreamId id = pair.Get();
  pair.Exchange();
  EXPECT_EQ(pair.server.connection.Respond(pair.now, id, 200, {}, false), SendStatus::kOk);
  pair.Exchange();
  pair.server.connection.Abort(pair.now, id, ErrorCode::kInternalError);
  pair.Exchange();
  EXPECT_EQ(pair.client.log.Find<RequestFailed>(id)->safety, RetrySafety::kProcessed);
}

TEST(Connection, ExtendedConnectNeedsTheServersSetting) {
  const RequestLine line{
      .method = "CONNECT", .authority = "a", .path = "/chat", .protocol = "websocket"};
  H3Pair without;
  without.Establish();
  EXPECT_EQ(without.client.connection.SendRequest(without.now, line, {}, false).refusal,
            RequestRefusal::kMalformed);
  H3Pair with({.server = {.extended_connect = true}});
  with.Establish();
  const RequestResult result = with.client.connection.SendRequest(with.now, line, {}, false);
  ASSERT_TRUE(result.stream_id);
  with.Exchange();
  EXPECT_EQ(with.server.log.Find<RequestHeaders>(*result.stream_id)->head.protocol, "websocket");
}

// Same inputs, same bytes out.
TEST(Connection, IsDeterministic) {
  std::string written[2];
  for (std::string& out : written) {
    H3Pair pair;
    pair.Establish();
    const quic::StreamId id = pair.Get();
    pair.Exchange();
    pair.Answer(id);
    pair.Exchange();
    for (const quic::StreamId stream : pair.server.transport.streams())
      out += pair.server.transport.written(stream);
  }
  EXPECT_EQ(written[0], written[1]);
}

}  // namespace
}  // namespace quiesce::http3
