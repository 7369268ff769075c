#include "http3/frames.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using Bytes = std::vector<std::uint8_t>;
using quic::Perspective;

template <typename Frame>
std::uint64_t FirstField(const Frame& frame) {
  struct Visitor {
    std::uint64_t value = 0;
    void Varint(std::string_view, const std::uint64_t& field) { value = field; }
  } visitor;
  Frame::Fields(visitor, frame);
  return visitor.value;
}

template <typename Frame>
class SmallFrame : public testing::Test {};
using SmallFrames = testing::Types<CancelPushFrame, GoawayFrame, MaxPushIdFrame>;
TYPED_TEST_SUITE(SmallFrame, SmallFrames);

TYPED_TEST(SmallFrame, RoundTrips) {
  for (const std::uint64_t value : {0ull, 63ull, 64ull, 16384ull, (1ull << 62) - 1}) {
    Bytes bytes;
    AppendFrame(TypeParam{value}, bytes);
    EXPECT_EQ(bytes[0], static_cast<std::uint8_t>(TypeParam::kType));
    ASSERT_EQ(bytes[1], bytes.size() - 2);
    const Result<TypeParam> frame = ReadPayload<TypeParam>(std::span(bytes).subspan(2));
    ASSERT_TRUE(frame.ok());
    EXPECT_EQ(FirstField(*frame), value);
  }
}

// H3-09, RFC 9114 §7.1.
TYPED_TEST(SmallFrame, RefusesPayloadsThatAreNotExactlyItsFields) {
  for (const Bytes& payload : {Bytes{}, Bytes{0x40}, Bytes{0xc0, 0, 0, 0, 0, 0, 0},
                               Bytes{0x01, 0x00}, Bytes{0x40, 0x01, 0x00}}) {
    const Result<TypeParam> frame = ReadPayload<TypeParam>(payload);
    ASSERT_FALSE(frame.ok());
    EXPECT_EQ(frame.error().code, ErrorCode::kFrameError);
    EXPECT_EQ(frame.error().scope, ErrorScope::kConnection);
  }
}

TEST(Frames, AppendsHeaders) {
  Bytes bytes;
  AppendFrameHeader(FrameType::kData, 300, bytes);
  EXPECT_EQ(bytes, (Bytes{0x00, 0x41, 0x2c}));
}

// One line per row: control, request, push, client, server.
std::string Places(std::uint64_t type) {
  std::string places;
  for (const StreamKind stream : {StreamKind::kControl, StreamKind::kRequest, StreamKind::kPush}) {
    for (const Perspective sender : {Perspective::kClient, Perspective::kServer}) {
      const Result<void> place = CheckFramePlace(type, stream, sender);
      places += place.ok() ? 'y' : 'n';
      if (!place.ok()) {
        EXPECT_EQ(place.error().code, ErrorCode::kFrameUnexpected);
        EXPECT_EQ(place.error().scope, ErrorScope::kConnection);
      }
    }
  }
  return places;
}

// RFC 9114 §7, Table 1, and the senders of §7.2.5 and §7.2.7. The columns are control, request and
// push stream, each from a client and from a server.
TEST(Frames, StandWhereTable1Says) {
  const std::pair<std::uint64_t, std::string_view> rows[] = {
      {0x00, "nnyyyy"},  // DATA: H3-15, H3S-H07
      {0x01, "nnyyyy"},  // HEADERS: H3-15, H3S-H08
      {0x03, "yynnnn"},  // CANCEL_PUSH: H3-26, H3S-H11
      {0x04, "yynnnn"},  // SETTINGS: H3-16
      {0x05, "nnnynn"},  // PUSH_PROMISE: H3-22, H3-23, H3-24
      {0x07, "yynnnn"},  // GOAWAY: H3-27
      {0x0d, "ynnnnn"},  // MAX_PUSH_ID: H3-25
      {0x02, "nnnnnn"},  // H3-13, §7.2.8
      {0x06, "nnnnnn"},
      {0x08, "nnnnnn"},
      {0x09, "nnnnnn"},
      {0x0a, "yyyyyy"},  // H3-12, §9: unknown
      {0x21, "yyyyyy"},  // §7.2.8: reserved to be ignored
      {0x1f * 1000 + 0x21, "yyyyyy"},
  };
  for (const auto& [type, places] : rows) EXPECT_EQ(Places(type), places) << type;
  EXPECT_EQ(FrameTable().size(), 11u);
}

TEST(Frames, HaveNames) {
  EXPECT_EQ(ToString(FrameType::kGoaway), "GOAWAY");
  EXPECT_EQ(ToString(static_cast<FrameType>(0x21)), "unknown");
}

}  // namespace
}  // namespace quiesce::http3
