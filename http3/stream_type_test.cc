#include "http3/stream_type.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using Bytes = std::vector<std::uint8_t>;
using quic::Perspective;

// The name of the type, or of the error.
std::string Read(const Bytes& bytes, Perspective sender) {
  StreamTypeReader reader(sender);
  for (const std::uint8_t& byte : bytes) {  // H3-07: in one-byte pieces
    std::span<const std::uint8_t> piece(&byte, 1);
    const Result<std::optional<StreamType>> type = reader.Read(piece);
    if (!type.ok()) {
      return std::string(ToString(type.error().code)) +
             (type.error().scope == ErrorScope::kStream ? " on the stream" : "");
    }
    if (*type) return std::string(ToString(**type));
  }
  return "incomplete";
}

// RFC 9114 §6.2, RFC 9204 §4.2.
TEST(StreamType, ReadsKnownTypes) {
  EXPECT_EQ(Read({0x00}, Perspective::kClient), "control");
  EXPECT_EQ(Read({0x01}, Perspective::kServer), "push");
  EXPECT_EQ(Read({0x02}, Perspective::kClient), "qpack_encoder");
  EXPECT_EQ(Read({0x03}, Perspective::kClient), "qpack_decoder");
  EXPECT_EQ(Read({0x40, 0x03}, Perspective::kServer), "qpack_decoder");
  EXPECT_EQ(Read({0xc0, 0, 0, 0, 0, 0, 0, 0x00}, Perspective::kServer), "control");  // H3-07
}

TEST(StreamType, LeavesWhatFollows) {
  const Bytes bytes{0x00, 0x04, 0x00};
  std::span<const std::uint8_t> rest = bytes;
  StreamTypeReader reader(Perspective::kClient);
  const auto type = reader.Read(rest);
  ASSERT_TRUE(type.ok());
  EXPECT_EQ(*type, StreamType::kControl);
  EXPECT_EQ(rest.data(), &bytes[1]);
}

// H3-06, RFC 9114 §6.2: never a connection error.
TEST(StreamType, UnknownTypesConcernOnlyTheirStream) {
  for (const Bytes& bytes : {Bytes{0x04}, Bytes{0x21}, Bytes{0x40, 0x54},
                             Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}) {
    EXPECT_EQ(Read(bytes, Perspective::kClient), "H3_STREAM_CREATION_ERROR on the stream");
  }
}

// H3-04, RFC 9114 §6.2.2.
TEST(StreamType, RefusesAPushStreamFromAClient) {
  EXPECT_EQ(Read({0x01}, Perspective::kClient), "H3_STREAM_CREATION_ERROR");
}

// H3-07: closed or reset before the type is complete.
TEST(StreamType, WaitsForTheWholeType) {
  EXPECT_EQ(Read({}, Perspective::kClient), "incomplete");
  EXPECT_EQ(Read({0xc0, 0, 0, 0}, Perspective::kClient), "incomplete");
}

TEST(StreamType, WritesWhatItReads) {
  Bytes bytes;
  AppendStreamType(StreamType::kQpackDecoder, bytes);
  EXPECT_EQ(Read(bytes, Perspective::kServer), "qpack_decoder");
}

}  // namespace
}  // namespace quiesce::http3
