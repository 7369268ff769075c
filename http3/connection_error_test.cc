// What a peer can do wrong, and the code that it gets. Rows H3-nn are those of
// conformance/http3.md.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

using qpack::Field;
constexpr auto kBidi = quic::StreamDirection::kBidirectional;
constexpr auto kUni = quic::StreamDirection::kUnidirectional;
constexpr auto kClient = quic::Perspective::kClient;
constexpr auto kServer = quic::Perspective::kServer;

std::string Data(std::string_view payload) { return Frame(0x00, payload); }
std::string Settings(std::string_view payload = "") { return Frame(0x04, payload); }
std::string Post(std::string_view length) {
  const Field fields[] = {{":method", "POST"},
                          {":scheme", "https"},
                          {":authority", "a"},
                          {":path", "/"},
                          {"content-length", length}};
  return HeadersFrame(fields);
}
std::string Trailer() {
  const Field fields[] = {{"x-checksum", "1"}};
  return HeadersFrame(fields);
}
std::string Response(std::string_view status) {
  const Field fields[] = {{":status", status}};
  return HeadersFrame(fields);
}
std::string Response(std::string_view status, std::string_view length) {
  const Field fields[] = {{":status", status}, {"content-length", length}};
  return HeadersFrame(fields);
}

// --- Unidirectional streams.

struct UniCase {
  const char* name;
  quic::Perspective subject;
  std::string bytes;  // of one stream of the peer's
  bool fin;
  std::optional<ErrorCode> code;
};

const UniCase kUniCases[] = {
    // H3-01: RFC 9114 §6.2.1.
    {"no settings: goaway", kClient, Varint(0) + Frame(0x07, Varint(0)), false,
     ErrorCode::kMissingSettings},
    {"no settings: data", kServer, Varint(0) + Data(""), false, ErrorCode::kMissingSettings},
    {"no settings: headers", kServer, Varint(0) + GetRequest(), false, ErrorCode::kMissingSettings},
    {"no settings: unknown", kServer, Varint(0) + Frame(0x21, ""), false,
     ErrorCode::kMissingSettings},
    {"no settings: end", kServer, Varint(0), true, ErrorCode::kClosedCriticalStream},
    // H3-03.
    {"control ends", kServer, Varint(0) + Settings(), true, ErrorCode::kClosedCriticalStream},
    {"control ends inside a frame", kServer, Varint(0) + Settings() + "\x07", true,
     ErrorCode::kClosedCriticalStream},
    {"encoder ends", kServer, Varint(2), true, ErrorCode::kClosedCriticalStream},
    {"decoder ends", kClient, Varint(3), true, ErrorCode::kClosedCriticalStream},
    // H3-04, H3-24: §6.2.2, §4.6.
    {"push from a client", kServer, Varint(1) + Varint(0), false, ErrorCode::kStreamCreationError},
    {"push without MAX_PUSH_ID", kClient, Varint(1) + Varint(0), false, ErrorCode::kIdError},
    // H3-06, H3-07: §6.2.
    {"unknown type", kServer, Varint(0x21) + "whatever", false, std::nullopt},
    {"unknown type with an end", kClient, Varint(0x1f * 7 + 0x21), true, std::nullopt},
    {"end before the type", kServer, "", true, std::nullopt},
    {"end inside the type", kServer, "\x40", true, std::nullopt},
    {"long form of the type", kServer, std::string("\xc0\0\0\0\0\0\0\0", 8) + Settings(), false,
     std::nullopt},
    // H3-09: §7.1.
    {"goaway too short", kClient, Varint(0) + Settings() + Frame(0x07, ""), false,
     ErrorCode::kFrameError},
    {"goaway too long", kServer, Varint(0) + Settings() + Frame(0x07, Varint(0) + "x"), false,
     ErrorCode::kFrameError},
    {"max_push_id too long", kServer, Varint(0) + Settings() + Frame(0x0d, Varint(0) + "x"), false,
     ErrorCode::kFrameError},
    {"settings cut", kServer, Varint(0) + Settings("\x06"), false, ErrorCode::kFrameError},
    // H3-12: §9.
    {"unknown frame", kServer, Varint(0) + Settings() + Frame(0x21, "grease"), false, std::nullopt},
    {"priority update", kServer, Varint(0) + Settings() + Frame(0xf0700, Varint(0) + "u=1"), false,
     std::nullopt},
    // H3-13: §7.2.8.
    {"http/2 ping", kServer, Varint(0) + Settings() + Frame(0x06, ""), false,
     ErrorCode::kFrameUnexpected},
    // H3-15.
    {"data on control", kServer, Varint(0) + Settings() + Data("x"), false,
     ErrorCode::kFrameUnexpected},
    {"headers on control", kClient, Varint(0) + Settings() + OkResponse(), false,
     ErrorCode::kFrameUnexpected},
    // H3-16.
    {"settings twice", kServer, Varint(0) + Settings() + Settings(), false,
     ErrorCode::kFrameUnexpected},
    // H3-17, H3-18.
    {"setting twice", kServer, Varint(0) + Settings(std::string("\x06\x01\x06\x01", 4)), false,
     ErrorCode::kSettingsError},
    {"http/2 setting", kServer, Varint(0) + Settings(std::string("\x04\x01", 2)), false,
     ErrorCode::kSettingsError},
    // H3-22, H3-23: §7.2.5.
    {"push promise on control from a client", kServer,
     Varint(0) + Settings() + Frame(0x05, Varint(0)), false, ErrorCode::kFrameUnexpected},
    {"push promise on control from a server", kClient,
     Varint(0) + Settings() + Frame(0x05, Varint(0)), false, ErrorCode::kFrameUnexpected},
    // H3-25: §7.2.7.
    {"max_push_id falls", kServer,
     Varint(0) + Settings() + Frame(0x0d, Varint(9)) + Frame(0x0d, Varint(8)), false,
     ErrorCode::kIdError},
    {"max_push_id stays", kServer,
     Varint(0) + Settings() + Frame(0x0d, Varint(9)) + Frame(0x0d, Varint(9)), false, std::nullopt},
    {"max_push_id from a server", kClient, Varint(0) + Settings() + Frame(0x0d, Varint(1)), false,
     ErrorCode::kFrameUnexpected},
    // H3-26: §7.2.3.
    {"cancel_push to a server", kServer,
     Varint(0) + Settings() + Frame(0x0d, Varint(9)) + Frame(0x03, Varint(0)), false,
     ErrorCode::kIdError},
    {"cancel_push to a client", kClient, Varint(0) + Settings() + Frame(0x03, Varint(0)), false,
     ErrorCode::kIdError},
    // H3-27, H3-28: §7.2.6, §5.2.
    {"goaway that names a push stream", kClient, Varint(0) + Settings() + Frame(0x07, Varint(3)),
     false, ErrorCode::kIdError},
    {"goaway rises", kClient,
     Varint(0) + Settings() + Frame(0x07, Varint(8)) + Frame(0x07, Varint(12)), false,
     ErrorCode::kIdError},
    {"goaway of a client rises", kServer,
     Varint(0) + Settings() + Frame(0x07, Varint(1)) + Frame(0x07, Varint(2)), false,
     ErrorCode::kIdError},
    {"goaway of a client", kServer, Varint(0) + Settings() + Frame(0x07, Varint(7)), false,
     std::nullopt},
    // RFC 9204 §4.3, §4.4.
    {"capacity above the one offered", kServer, Varint(2) + "\x3f\x01", false,
     ErrorCode::kQpackEncoderStreamError},
    {"acknowledgment of nothing", kServer, Varint(3) + "\x80", false,
     ErrorCode::kQpackDecoderStreamError},
};

// A client with nothing to do would leave at the first GOAWAY.
void KeepBusy(RawPeer& peer) {
  if (peer.subject.connection.perspective() != kClient) return;
  (void)peer.subject.connection.SendRequest(peer.now, {.authority = "a"}, {}, true);
}

TEST(ConnectionError, UnidirectionalStreams) {
  for (const UniCase& row : kUniCases) {
    SCOPED_TRACE(row.name);
    RawPeer peer(row.subject);
    KeepBusy(peer);
    peer.Open(kUni, row.bytes, row.fin);
    EXPECT_EQ(peer.close_code(), row.code);
  }
}

// The same bytes one at a time: nothing may depend on how they are cut.
TEST(ConnectionError, UnidirectionalStreamsByteByByte) {
  for (const UniCase& row : kUniCases) {
    SCOPED_TRACE(row.name);
    RawPeer peer(row.subject);
    KeepBusy(peer);
    const quic::StreamId id = *peer.transport.OpenStream(kUni);
    for (std::size_t i = 0; i < row.bytes.size() && !peer.transport.ended(); ++i) {
      if (peer.transport.reset_code(id)) break;  // not wanted, and told so
      peer.Write(id, row.bytes.substr(i, 1));
    }
    if (row.fin && !peer.transport.reset_code(id)) peer.Write(id, "", true);
    EXPECT_EQ(peer.close_code(), row.code);
  }
}

// H3-06: unknown types are not read on, and nothing is kept of them.
TEST(ConnectionError, UnknownStreamTypeIsStopped) {
  RawPeer peer(kServer);
  const quic::StreamId id = peer.Open(kUni, Varint(0x40) + std::string(1000, 'x'));
  EXPECT_EQ(peer.subject.transport.stop_code(id),
            static_cast<std::uint64_t>(ErrorCode::kStreamCreationError));
  EXPECT_EQ(peer.subject.transport.unread(id), 0u);
}

// H3-02, QP-14, SEC-34: a second one of each, also when the first is gone.
TEST(ConnectionError, SecondCriticalStream) {
  for (const std::uint64_t type : {0u, 2u, 3u}) {
    RawPeer peer(kServer);
    const std::string start = Varint(type) + (type == 0 ? Settings() : "");
    peer.Open(kUni, start);
    EXPECT_EQ(peer.close_code(), std::nullopt);
    peer.Open(kUni, start);
    EXPECT_EQ(peer.close_code(), ErrorCode::kStreamCreationError) << type;
  }
}

// H3-03, RFC 9204 §4.2.
TEST(ConnectionError, ResetOfACriticalStream) {
  for (const std::uint64_t type : {0u, 2u, 3u}) {
    RawPeer peer(kClient);
    const quic::StreamId id = peer.Open(kUni, Varint(type) + (type == 0 ? Settings() : ""));
    peer.transport.ResetStream(id, static_cast<std::uint64_t>(ErrorCode::kNoError));
    peer.Exchange();
    EXPECT_EQ(peer.close_code(), ErrorCode::kClosedCriticalStream) << type;
  }
}

TEST(ConnectionError, StopSendingOfOurCriticalStreams) {
  for (const std::uint64_t n : {0u, 1u, 2u}) {
    RawPeer peer(kServer);
    peer.Exchange();
    peer.transport.StopSending(quic::StreamId::Make(kServer, kUni, n), 0);
    peer.Exchange();
    EXPECT_EQ(peer.close_code(), ErrorCode::kClosedCriticalStream) << n;
  }
}

// H3-07: a stream that is reset before its type is known.
TEST(ConnectionError, ResetBeforeTheTypeIsTolerated) {
  RawPeer peer(kServer);
  const quic::StreamId id = peer.Open(kUni, "\x40");
  peer.transport.ResetStream(id, 7);
  peer.Exchange();
  EXPECT_EQ(peer.close_code(), std::nullopt);
}

// H3-05: RFC 9114 §6.1.
TEST(ConnectionError, BidirectionalStreamFromAServer) {
  RawPeer peer(kClient);
  peer.Open(kBidi, "x");
  EXPECT_EQ(peer.close_code(), ErrorCode::kStreamCreationError);
}

// --- Request streams.

struct RequestCase {
  const char* name;
  std::string bytes;
  bool fin;
  std::optional<ErrorCode> connection;
  std::optional<ErrorCode> stream;  // reset by the server
  int dispatched = 0;
};

const RequestCase kRequestCases[] = {
    {"complete", GetRequest(), true, {}, {}, 1},
    // H3-10: §7.1.
    {"end inside a frame header",
     GetRequest() + std::string("\x00\x40", 2),
     true,
     ErrorCode::kFrameError,
     {},
     1},
    {"end inside headers", GetRequest().substr(0, 5), true, ErrorCode::kFrameError, {}, 0},
    {"end inside data",
     GetRequest() + Data("abc").substr(0, 3),
     true,
     ErrorCode::kFrameError,
     {},
     0},
    // H3-12: §9.
    {"unknown frames everywhere",
     Frame(0x21, "a") + GetRequest() + Frame(0x40, "") + Data("x") + Frame(0x21, "b") + Trailer() +
         Frame(0x5f, std::string(300, 'c')),
     true,
     {},
     {},
     1},
    // H3-13.
    {"http/2 frame",
     GetRequest() + Frame(0x02, "xxxxx"),
     false,
     ErrorCode::kFrameUnexpected,
     {},
     0},
    // H3-14: §4.1.
    {"data first", Data("x"), false, ErrorCode::kFrameUnexpected, {}, 0},
    {"empty data first", Data(""), false, ErrorCode::kFrameUnexpected, {}, 0},
    {"data after trailers",
     GetRequest() + Trailer() + Data("x"),
     false,
     ErrorCode::kFrameUnexpected,
     {},
     1},
    {"headers after trailers",
     GetRequest() + Trailer() + Trailer(),
     false,
     ErrorCode::kFrameUnexpected,
     {},
     1},
    // H3-16, H3-22, H3-25, H3-26, H3-27.
    {"settings", Settings(), false, ErrorCode::kFrameUnexpected, {}, 0},
    {"push promise",
     GetRequest() + Frame(0x05, Varint(0)),
     false,
     ErrorCode::kFrameUnexpected,
     {},
     0},
    {"max_push_id", Frame(0x0d, Varint(0)), false, ErrorCode::kFrameUnexpected, {}, 0},
    {"cancel_push", Frame(0x03, Varint(0)), false, ErrorCode::kFrameUnexpected, {}, 0},
    {"goaway", Frame(0x07, Varint(0)), false, ErrorCode::kFrameUnexpected, {}, 0},
    // H3-31: §4.1.
    {"end without headers", "", true, {}, ErrorCode::kRequestIncomplete, 0},
    {"end after unknown frames", Frame(0x21, "a"), true, {}, ErrorCode::kRequestIncomplete, 0},
    // H3-48: §4.1.2; what is known to be wrong is not passed on.
    {"content-length and end", Post("3"), true, {}, ErrorCode::kMessageError, 0},
    {"content-length too small", Post("2") + Data("abc"), false, {}, ErrorCode::kMessageError, 0},
    {"content-length zero with data",
     Post("0") + Data("a"),
     false,
     {},
     ErrorCode::kMessageError,
     0},
    {"content-length fits", Post("4") + Data("ab") + Data("cd"), true, {}, {}, 1},
    {"empty data frames and end", GetRequest() + Data("") + Data(""), true, {}, {}, 1},
    // RFC 9204 §2.2.3.
    {"reference to the dynamic table",
     Frame(0x01, std::string("\x02\x00\x80", 3)),
     false,
     ErrorCode::kQpackDecompressionFailed,
     {},
     0},
    {"empty section", Frame(0x01, ""), false, ErrorCode::kQpackDecompressionFailed, {}, 0},
    // §4.3.
    {"response pseudo-field", Response("200"), true, {}, ErrorCode::kMessageError, 0},
};

// Reads whatever bodies can be read.
void ReadBodies(H3End& end, quic::Instant now) {
  std::vector<quic::StreamId> ids;
  for (const Event& event : end.log.all())
    if (const auto* body = std::get_if<BodyReadable>(&event)) ids.push_back(body->stream_id);
  for (const quic::StreamId id : ids) (void)end.ReadAll(now, id);
}

void ExpectRequestOutcome(const RequestCase& row, RawPeer& peer, quic::StreamId id) {
  EXPECT_EQ(peer.close_code(), row.connection);
  const auto reset = peer.subject.transport.reset_code(id);
  EXPECT_EQ(reset,
            row.stream ? std::optional(static_cast<std::uint64_t>(*row.stream)) : std::nullopt);
  const LedgerTotals totals = peer.subject.connection.drain_record().requests;
  EXPECT_EQ(totals.opened, 1u);
  if (row.stream) {
    EXPECT_EQ(totals.of(Outcome::kFailed), 1u);
  }
  if (row.connection) {
    EXPECT_EQ(totals.of(Outcome::kAbortedByConnError), 1u);
  }
}

TEST(ConnectionError, RequestStreams) {
  for (const RequestCase& row : kRequestCases) {
    SCOPED_TRACE(row.name);
    RawPeer peer(kServer);
    peer.OpenControl();
    const quic::StreamId id = peer.Open(kBidi, row.bytes, row.fin);
    const LedgerTotals totals = peer.subject.connection.drain_record().requests;
    if (!row.connection) {
      EXPECT_EQ(static_cast<int>(totals.dispatched), row.dispatched);
    }
    ReadBodies(peer.subject, peer.now);
    ExpectRequestOutcome(row, peer, id);
  }
}

// One byte at a time, and the end by itself. The head is passed on before the fault behind it
// arrives, so only the reaction is the same.
TEST(ConnectionError, RequestStreamsByteByByte) {
  for (const RequestCase& row : kRequestCases) {
    SCOPED_TRACE(row.name);
    RawPeer peer(kServer);
    peer.OpenControl();
    const quic::StreamId id = *peer.transport.OpenStream(kBidi);
    const auto gone = [&] { return peer.transport.ended() || peer.transport.reset_code(id); };
    for (std::size_t i = 0; i < row.bytes.size() && !gone(); ++i) {
      peer.Write(id, row.bytes.substr(i, 1));
      ReadBodies(peer.subject, peer.now);
    }
    if (row.fin && !gone()) peer.Write(id, "", true);
    ReadBodies(peer.subject, peer.now);
    ExpectRequestOutcome(row, peer, id);
  }
}

// H3-11: RFC 9114 §7.1: an abrupt end may come anywhere.
TEST(ConnectionError, ResetInsideAFrameIsNoConnectionError) {
  for (std::size_t cut = 1; cut < GetRequest().size(); ++cut) {
    RawPeer peer(kServer);
    const quic::StreamId id = peer.Open(kBidi, GetRequest().substr(0, cut));
    peer.transport.ResetStream(id, static_cast<std::uint64_t>(ErrorCode::kRequestCancelled));
    peer.Exchange();
    EXPECT_EQ(peer.close_code(), std::nullopt);
    // RFC 9114 §4.1.1: nothing was processed, and the client may know it.
    EXPECT_EQ(peer.subject.transport.reset_code(id),
              static_cast<std::uint64_t>(ErrorCode::kRequestRejected));
    EXPECT_EQ(peer.subject.connection.drain_record().requests.of(Outcome::kCancelledByPeer), 1u);
    EXPECT_EQ(peer.subject.connection.live_requests(), 0u);
  }
}

// H3-48: a body that turns out too short after its head was passed on.
TEST(ConnectionError, ShortBodyCancelsTheRunningRequest) {
  RawPeer peer(kServer);
  const quic::StreamId id = peer.Open(kBidi, Post("10") + Data("abc"));
  EXPECT_EQ(peer.subject.ReadAll(peer.now, id), "abc");
  peer.Write(id, "", true);
  const auto* cancelled = peer.subject.log.Find<RequestCancelled>(id);
  ASSERT_NE(cancelled, nullptr);
  EXPECT_FALSE(cancelled->by_peer);
  EXPECT_EQ(cancelled->outcome, Outcome::kFailed);
  EXPECT_EQ(cancelled->code, static_cast<std::uint64_t>(ErrorCode::kMessageError));
  EXPECT_EQ(peer.subject.log.Count<MessageFinished>(), 0u);
}

// --- Responses.

struct ResponseCase {
  const char* name;
  std::string_view method;
  std::string bytes;
  bool fin;
  std::optional<ErrorCode> connection;
  std::optional<ErrorCode> stream;
};

const ResponseCase kResponseCases[] = {
    {"complete", "GET", OkResponse() + Data("x") + Trailer(), true, {}, {}},
    // H3-14, H3-52: §4.1.
    {"data first", "GET", Data("x"), false, ErrorCode::kFrameUnexpected, {}},
    {"data after interim",
     "GET",
     Response("100") + Data("x"),
     false,
     ErrorCode::kFrameUnexpected,
     {}},
    {"interim, interim, final",
     "GET",
     Response("100") + Response("103") + OkResponse(),
     true,
     {},
     {}},
    {"interim and end", "GET", Response("100"), true, {}, ErrorCode::kMessageError},
    {"end at once", "GET", "", true, {}, ErrorCode::kMessageError},
    {"switching protocols", "GET", Response("101"), false, {}, ErrorCode::kMessageError},
    {"second final response",
     "GET",
     OkResponse() + OkResponse(),
     false,
     {},
     ErrorCode::kMessageError},
    {"interim after final",
     "GET",
     OkResponse() + Response("103"),
     false,
     {},
     ErrorCode::kMessageError},
    {"headers thrice",
     "GET",
     OkResponse() + Trailer() + Trailer(),
     false,
     ErrorCode::kFrameUnexpected,
     {}},
    // H3-43: §4.3.2.
    {"no status", "GET", Trailer(), false, {}, ErrorCode::kMessageError},
    {"bad status", "GET", Response("20"), false, {}, ErrorCode::kMessageError},
    // H3-48, H3-50, H3-51: §4.1.2.
    {"short body", "GET", Response("200", "5") + Data("abc"), true, {}, ErrorCode::kMessageError},
    {"long body", "GET", Response("200", "2") + Data("abc"), true, {}, ErrorCode::kMessageError},
    {"head with length", "HEAD", Response("200", "5"), true, {}, {}},
    {"head with body",
     "HEAD",
     Response("200", "1") + Data("a"),
     true,
     {},
     ErrorCode::kMessageError},
    {"204 with body", "GET", Response("204") + Data("a"), true, {}, ErrorCode::kMessageError},
    {"304 with body", "GET", Response("304", "1") + Data("a"), true, {}, ErrorCode::kMessageError},
    // H3-23: §7.2.5.
    {"push promise", "GET", Frame(0x05, Varint(0) + Section({})), false, ErrorCode::kIdError, {}},
    // H3-56: §4.4.
    {"headers in a tunnel",
     "CONNECT",
     OkResponse() + Data("x") + Trailer(),
     false,
     ErrorCode::kFrameUnexpected,
     {}},
    {"push promise in a tunnel",
     "CONNECT",
     OkResponse() + Frame(0x05, Varint(0) + Section({})),
     false,
     ErrorCode::kFrameUnexpected,
     {}},
    {"refused tunnel with trailers",
     "CONNECT",
     Response("502") + Data("x") + Trailer(),
     true,
     {},
     {}},
    // H3-10.
    {"end inside data",
     "GET",
     OkResponse() + Data("abc").substr(0, 3),
     true,
     ErrorCode::kFrameError,
     {}},
};

TEST(ConnectionError, Responses) {
  for (const ResponseCase& row : kResponseCases) {
    SCOPED_TRACE(row.name);
    RawPeer peer(kClient);
    peer.OpenControl();
    const RequestResult result = peer.subject.connection.SendRequest(
        peer.now, {.method = row.method, .authority = "a:1"}, {}, row.method != "CONNECT");
    ASSERT_TRUE(result.stream_id);
    peer.Exchange();
    peer.Write(*result.stream_id, row.bytes, row.fin);
    (void)peer.subject.ReadAll(peer.now, *result.stream_id);
    EXPECT_EQ(peer.close_code(), row.connection);
    const auto* failed = peer.subject.log.Find<RequestFailed>(*result.stream_id);
    EXPECT_EQ(failed != nullptr, row.connection.has_value() || row.stream.has_value());
    if (row.stream && failed != nullptr) {
      EXPECT_EQ(failed->code, static_cast<std::uint64_t>(*row.stream));
      EXPECT_EQ(failed->safety, RetrySafety::kProcessed);
    }
    // One end for each request.
    EXPECT_EQ(peer.subject.log.Count<MessageFinished>() + peer.subject.log.Count<RequestFailed>(),
              1u);
  }
}

// H3-56: the request of a tunnel.
TEST(ConnectionError, HeadersInsideATunnelFromAClient) {
  RawPeer peer(kServer);
  const Field connect[] = {{":method", "CONNECT"}, {":authority", "a:1"}};
  peer.Open(kBidi, HeadersFrame(connect) + Trailer());
  EXPECT_EQ(peer.close_code(), ErrorCode::kFrameUnexpected);
}

// H9, R11: the close for an error tells the client which requests were not processed.
TEST(ConnectionError, CloseForAnErrorSaysGoaway) {
  RawPeer peer(kServer);
  peer.Open(kBidi, GetRequest(), true);
  peer.Open(kBidi, GetRequest().substr(0, 3));
  peer.Open(kBidi, Data("first"));
  EXPECT_EQ(peer.close_code(), ErrorCode::kFrameUnexpected);
  EXPECT_EQ(GoawaysWritten(peer.subject.transport), std::vector<std::uint64_t>{4});
  const auto* closed = peer.subject.log.Find<Closed>();
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(closed->cause, EndCause::kConnectionError);
  EXPECT_FALSE(closed->reason.empty());
}

}  // namespace
}  // namespace quiesce::http3
