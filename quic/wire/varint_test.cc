#include "quic/wire/varint.h"

#include <array>

#include "gtest/gtest.h"
#include "quic/wire/test_hex.h"

namespace quiesce::quic {
namespace {

std::string Encoded(std::uint64_t value) {
  std::array<std::uint8_t, 8> room{};
  Writer writer(room);
  WriteVarint(writer, value);
  EXPECT_TRUE(writer.ok());
  return ToHex(writer.written());
}

// RFC 9000 §A.1.
TEST(Varint, ReadsTheSamplesOfTheRfc) {
  const struct {
    const char* hex;
    std::uint64_t value;
  } kSamples[] = {
      {"c2197c5eff14e88c", 151'288'809'941'952'652},
      {"9d7f3e7d", 494'878'333},
      {"7bbd", 15'293},
      {"25", 37},
      {"4025", 37},  // longer than necessary, and legal
  };
  for (const auto& sample : kSamples) {
    const auto bytes = FromHex(sample.hex);
    Reader reader(bytes);
    EXPECT_EQ(ReadVarint(reader), sample.value) << sample.hex;
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.empty());
  }
  EXPECT_EQ(Encoded(151'288'809'941'952'652), "c2197c5eff14e88c");
  EXPECT_EQ(Encoded(494'878'333), "9d7f3e7d");
  EXPECT_EQ(Encoded(15'293), "7bbd");
  EXPECT_EQ(Encoded(37), "25");
}

// RFC 9000 §16, Table 4.
TEST(Varint, UsesTheShortestEncodingAtEachLimit) {
  const struct {
    std::uint64_t value;
    const char* hex;
  } kLimits[] = {
      {0, "00"},
      {63, "3f"},
      {64, "4040"},
      {16383, "7fff"},
      {16384, "80004000"},
      {1073741823, "bfffffff"},
      {1073741824, "c000000040000000"},
      {4611686018427387903, "ffffffffffffffff"},
  };
  for (const auto& limit : kLimits) {
    EXPECT_EQ(Encoded(limit.value), limit.hex);
    const auto bytes = FromHex(limit.hex);
    EXPECT_EQ(VarintSize(limit.value), bytes.size());
    EXPECT_EQ(VarintSizeFromFirstByte(bytes[0]), bytes.size());
    Reader reader(bytes);
    EXPECT_EQ(ReadVarint(reader), limit.value);
  }
}

TEST(Varint, FailsOnEveryTruncation) {
  for (const char* hex : {"25", "7bbd", "9d7f3e7d", "c2197c5eff14e88c"}) {
    const auto bytes = FromHex(hex);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Reader reader{std::span(bytes).first(size)};
      EXPECT_EQ(ReadVarint(reader), 0u);
      EXPECT_FALSE(reader.ok()) << hex << " cut to " << size;
    }
  }
}

TEST(Varint, FailsTheWriterWithoutRoom) {
  std::array<std::uint8_t, 1> room{};
  Writer writer(room);
  WriteVarint(writer, 64);
  EXPECT_FALSE(writer.ok());
}

// The definition of LengthPrefixedRoom(), against a search through all lengths.
TEST(Varint, FindsTheLongestPrefixedLength) {
  for (std::size_t room = 0; room < 17000; room += room < 200 || room > 16300 ? 1 : 97) {
    std::size_t longest = 0;
    for (std::size_t length = room > 10 ? room - 10 : 0; length <= room; ++length) {
      if (VarintSize(length) + length <= room) longest = length;
    }
    ASSERT_EQ(LengthPrefixedRoom(room), longest) << room;
  }
}

}  // namespace
}  // namespace quiesce::quic
