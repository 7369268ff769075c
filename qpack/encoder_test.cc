#include "qpack/encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "qpack/decoder.h"

namespace quiesce::qpack {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Encode(std::initializer_list<Field> fields, EncoderConfig config = {}) {
  Encoder encoder(config);
  Bytes out;
  encoder.Encode(0, std::span(fields.begin(), fields.size()), out);
  return out;
}

// V-10, QP-01: RFC 9204 Appendix B.1, whose string is not Huffman-coded.
TEST(Encoder, Rfc9204AppendixB1) {
  EXPECT_EQ(Encode({{":path", "/index.html"}}, {.huffman = false}),
            (Bytes{0x00, 0x00, 0x51, 0x0b, 0x2f, 0x69, 0x6e, 0x64, 0x65, 0x78, 0x2e, 0x68, 0x74,
                   0x6d, 0x6c}));
}

// QP-02: an exact match is one reference.
TEST(Encoder, PrefersExactStaticMatches) {
  EXPECT_EQ(Encode({{":method", "GET"}, {":status", "204"}}),
            (Bytes{0x00, 0x00, 0xc0 | 17, 0xc0 | 0x3f, 64 - 63}));
}

TEST(Encoder, RefersToStaticNames) {
  EXPECT_EQ(Encode({{"etag", "1"}}), (Bytes{0x00, 0x00, 0x50 | 7, 0x01, '1'}));
  EXPECT_EQ(Encode({{"server", "1"}}), (Bytes{0x00, 0x00, 0x50 | 15, 92 - 15, 0x01, '1'}));
}

TEST(Encoder, WritesUnknownNamesAsLiterals) {
  EXPECT_EQ(Encode({{"x", "1"}}), (Bytes{0x00, 0x00, 0x21, 'x', 0x01, '1'}));
}

TEST(Encoder, EmptySectionIsItsPrefix) { EXPECT_EQ(Encode({}), (Bytes{0x00, 0x00})); }

TEST(Encoder, AppendsBehindWhatIsThere) {
  Encoder encoder;
  Bytes out{0x01, 0x02};
  const Field field{":method", "GET"};
  encoder.Encode(4, std::span(&field, 1), out);
  EXPECT_EQ(out, (Bytes{0x01, 0x02, 0x00, 0x00, 0xd1}));
}

// QP-24, RFC 9204 §4.5.4, §7.1.3: a literal even where the static table has the whole line.
TEST(Encoder, NeverIndexesMarkedLines) {
  EXPECT_EQ(Encode({{":method", "GET", true}}, {.huffman = false}),
            (Bytes{0x00, 0x00, 0x70 | 15, 17 - 15, 0x03, 'G', 'E', 'T'}));
  EXPECT_EQ(Encode({{"x", "1", true}}), (Bytes{0x00, 0x00, 0x31, 'x', 0x01, '1'}));
}

// QP-24: credentials are never indexed even when the caller did not mark them.
TEST(Encoder, NeverIndexesCredentials) {
  Encoder encoder;
  const std::string long_cookie(40, 'c');
  const Field fields[] = {{"authorization", ""},        {"authorization", "Basic QQ=="},
                          {"proxy-authorization", "x"}, {"cookie", "sid=1"},
                          {"cookie", long_cookie},      {"accept", "*/*"}};
  Bytes bytes;
  encoder.Encode(0, fields, bytes);
  FieldSection section;
  ASSERT_EQ(Decoder().Decode(0, bytes, section).status, DecodeStatus::kDecoded);
  ASSERT_EQ(section.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(section[i].name, fields[i].name);
    EXPECT_EQ(section[i].value, fields[i].value);
    EXPECT_EQ(section[i].never_indexed, i < 4) << section[i].name << section[i].value;
  }
}

// QP-24: the mark survives decoding and encoding again.
TEST(Encoder, KeepsTheMarkThroughReencoding) {
  const Bytes bytes = Encode({{"x", "secret", true}, {"etag", "public"}});
  FieldSection section;
  ASSERT_EQ(Decoder().Decode(0, bytes, section).status, DecodeStatus::kDecoded);
  Bytes again;
  Encoder().Encode(0, section.fields(), again);
  EXPECT_EQ(again, bytes);
}

std::optional<Error> HandleDecoderStream(const Bytes& bytes) {
  return Encoder().HandleDecoderStream(bytes);
}

// QP-15, RFC 9204 §4.4.1.
TEST(Encoder, RefusesAcknowledgmentOfNothing) {
  const auto error = HandleDecoderStream({0x84});
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kDecoderStreamError);
}

// QP-16, RFC 9204 §4.4.2: legal for any stream, any number of times.
TEST(Encoder, IgnoresCancellations) {
  EXPECT_EQ(HandleDecoderStream({0x48, 0x48, 0x40, 0x7f, 0x80, 0x01}), std::nullopt);
}

// QP-17, H3S-Q04, RFC 9204 §4.4.3.
TEST(Encoder, RefusesInsertCountIncrements) {
  for (const Bytes& bytes :
       {Bytes{0x00}, Bytes{0x01}, Bytes{0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f},
        Bytes{0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}}) {
    const auto error = HandleDecoderStream(bytes);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->code, ErrorCode::kDecoderStreamError);
  }
}

TEST(Encoder, ReadsTheDecoderStreamByteByByte) {
  Encoder encoder;
  for (const std::uint8_t byte : {0x7f, 0x80, 0x80, 0x01, 0x48, 0x3f, 0x80}) {
    EXPECT_EQ(encoder.HandleDecoderStream(std::span(&byte, 1)), std::nullopt);
  }
  const std::uint8_t last = 0x01;
  EXPECT_TRUE(encoder.HandleDecoderStream(std::span(&last, 1)).has_value());
}

}  // namespace

}  // namespace quiesce::qpack
