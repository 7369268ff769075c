#include "qpack/string_literal.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::qpack {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kNoLimit = kMaxPrefixInt;

Bytes Encode(int prefix_bits, std::string_view text, StringCoding coding) {
  Bytes out;
  AppendStringLiteral(0, prefix_bits, text, coding, out);
  return out;
}

TEST(StringLiteral, PrefersTheShorterCoding) {
  EXPECT_EQ(Encode(8, "no-cache", StringCoding::kShortest),
            (Bytes{0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf}));
  EXPECT_EQ(Encode(8, "X", StringCoding::kShortest), (Bytes{0x01, 'X'}));  // 8 bits: no gain
  EXPECT_EQ(Encode(8, "\x01", StringCoding::kShortest), (Bytes{0x01, 0x01}));
}

// RFC 9204 §4.1.2: the prefix of an N-bit string literal is one flag and N - 1 bits of length.
TEST(StringLiteral, RoundTripsInEveryPrefix) {
  for (int bits = 2; bits <= 8; ++bits) {
    for (const StringCoding coding : {StringCoding::kPlain, StringCoding::kShortest}) {
      for (const std::size_t length : {0, 1, 6, 7, 8, 126, 127, 300}) {
        const std::string text(length, 'e');  // 5 bits
        const Bytes bytes = Encode(bits, text, coding);
        const StringLiteralRead read = ReadStringLiteral(bytes, bits, kNoLimit);
        ASSERT_EQ(read.status, ReadStatus::kOk);
        EXPECT_EQ(read.length, bytes.size());
        EXPECT_EQ(read.literal.huffman, coding == StringCoding::kShortest && length > 1);
        EXPECT_LE(read.literal.decoded_length_min(), length);
        FieldSection section;
        EXPECT_EQ(DecodeStringLiteral(read.literal, section), text);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
          EXPECT_EQ(ReadStringLiteral(std::span(bytes).first(cut), bits, kNoLimit).status,
                    ReadStatus::kIncomplete);
        }
      }
    }
  }
}

// QP-21: refused from the length alone, before any byte of the string has arrived.
TEST(StringLiteral, RefusesLongStringsAtTheirLength) {
  EXPECT_EQ(ReadStringLiteral(Bytes{0x0a}, 8, 10).status, ReadStatus::kIncomplete);
  EXPECT_EQ(ReadStringLiteral(Bytes{0x0b}, 8, 10).status, ReadStatus::kTooLong);
  // 40 bytes of Huffman code are 10 symbols at least, 45 are 12.
  EXPECT_EQ(ReadStringLiteral(Bytes{0x80 | 40}, 8, 10).status, ReadStatus::kIncomplete);
  EXPECT_EQ(ReadStringLiteral(Bytes{0x80 | 45}, 8, 10).status, ReadStatus::kTooLong);
  Bytes huge{0x7f};
  huge.insert(huge.end(), 8, 0xff);
  huge.push_back(0x01);
  EXPECT_EQ(ReadStringLiteral(huge, 8, kNoLimit - 1).status, ReadStatus::kIncomplete);
  EXPECT_EQ(ReadStringLiteral(huge, 8, 1 << 20).status, ReadStatus::kTooLong);
}

TEST(StringLiteral, RefusesBrokenHuffmanCode) {
  const Bytes bytes{0x81, 0xff};
  const StringLiteralRead read = ReadStringLiteral(bytes, 8, kNoLimit);
  ASSERT_EQ(read.status, ReadStatus::kOk);
  FieldSection section;
  EXPECT_EQ(DecodeStringLiteral(read.literal, section), std::nullopt);
}

}  // namespace
}  // namespace quiesce::qpack
