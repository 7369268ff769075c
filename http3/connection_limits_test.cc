// What a peer may cost, and when it is too much. RFC 9114 §10.5. Rows SEC-nn are those of
// conformance/security.md.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

constexpr auto kBidi = quic::StreamDirection::kBidirectional;
constexpr auto kServer = quic::Perspective::kServer;

// SEC-35: frames without meaning cost their sender the connection, streamed or many.
TEST(ConnectionLimits, IgnoredFramesAreBounded) {
  for (const bool large : {true, false}) {
    RawPeer peer(kServer, {.ignored_bytes_max = 5000});
    const quic::StreamId id = peer.Open(kBidi, Varint(0x21) + Varint(large ? quic::kMaxVarint : 0));
    for (int i = 0; i < 100 && !peer.close_code(); ++i) {
      std::string bytes(large ? 100 : 0, 'x');
      for (int n = 0; !large && n < 50; ++n) bytes += Frame(0x21, "");
      peer.Write(id, bytes);
      EXPECT_EQ(peer.subject.transport.unread(id), 0u);
    }
    EXPECT_EQ(peer.close_code(), ErrorCode::kExcessiveLoad);
  }
}

TEST(ConnectionLimits, ControlFramesWithoutMeaningAreBounded) {
  RawPeer peer(kServer, {.ignored_bytes_max = 2000});
  const quic::StreamId id = peer.OpenControl();
  for (int i = 0; i < 1000 && !peer.close_code(); ++i) peer.Write(id, Frame(0x0d, Varint(5)));
  EXPECT_EQ(peer.close_code(), ErrorCode::kExcessiveLoad);
}

TEST(ConnectionLimits, PaddedRequestsAreLegitimate) {
  RawPeer peer(kServer, {.open_requests_max = 1000, .ignored_bytes_max = 2000});
  for (int i = 0; i < 50; ++i) {
    const quic::StreamId id =
        peer.Open(kBidi, Frame(0x21, std::string(500, 'p')) + GetRequest(), true);
    ASSERT_EQ(peer.subject.connection.Respond(peer.now, id, 200, {}, true), SendStatus::kOk);
    peer.Exchange();
  }
  EXPECT_EQ(peer.close_code(), std::nullopt);
}

// SEC-38: opened and cancelled at once, again and again; and malformed, again and again.
TEST(ConnectionLimits, UnansweredRequestsAreBounded) {
  for (const bool malformed : {true, false}) {
    RawPeer peer(kServer, {.unanswered_requests_max = 20});
    int sent = 0;
    for (; sent < 60 && !peer.close_code(); ++sent) {
      const quic::StreamId id =
          peer.Open(kBidi, malformed ? OkResponse() : GetRequest().substr(0, 4));
      if (!malformed) peer.transport.ResetStream(id, 0x10c);
      peer.Exchange();
    }
    EXPECT_EQ(peer.close_code(), ErrorCode::kExcessiveLoad);
    EXPECT_EQ(sent, 21);
  }
}

// SEC-29: many unfinished header sections share one budget; the stream that passes it is turned
// away.
TEST(ConnectionLimits, UnfinishedSectionsShareOneBudget) {
  RawPeer peer(kServer, {.field_section_bytes_max = 10'000, .partial_sections_bytes_max = 25'000});
  const std::string part = Varint(1) + Varint(9'000) + std::string(8'000, 'x');
  std::vector<quic::StreamId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(peer.Open(kBidi, part));
  EXPECT_EQ(peer.close_code(), std::nullopt);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(peer.subject.transport.reset_code(ids[i])) << i;
  EXPECT_EQ(peer.subject.transport.reset_code(ids[3]),
            static_cast<std::uint64_t>(ErrorCode::kRequestRejected));
  // What was given up is given back.
  peer.transport.ResetStream(ids[0], 0);
  peer.Exchange();
  const quic::StreamId next = peer.Open(kBidi, part);
  EXPECT_FALSE(peer.subject.transport.reset_code(next));
}

}  // namespace
}  // namespace quiesce::http3
