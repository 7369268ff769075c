#include "quic/wire/cursor.h"

#include <array>

#include "gtest/gtest.h"
#include "quic/wire/test_hex.h"

namespace quiesce::quic {
namespace {

TEST(Reader, ReadsBigEndianIntegers) {
  const auto bytes = FromHex("01 0203 04050607 08090a0b0c0d0e0f");
  Reader reader(bytes);
  EXPECT_EQ(reader.U8(), 0x01u);
  EXPECT_EQ(reader.U16(), 0x0203u);
  EXPECT_EQ(reader.U32(), 0x04050607u);
  EXPECT_EQ(reader.position(), 7u);
  EXPECT_EQ(reader.U64(), 0x08090a0b0c0d0e0fu);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.empty());
}

TEST(Reader, StaysFailedAfterReadingPastTheEnd) {
  const auto bytes = FromHex("010203");
  Reader reader(bytes);
  EXPECT_EQ(reader.U32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U8(), 0u);  // although one byte would have been there
  EXPECT_TRUE(reader.Rest().empty());
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, HandsOutViewsNotCopies) {
  const auto bytes = FromHex("0102030405");
  Reader reader(bytes);
  EXPECT_EQ(reader.Bytes(2).data(), bytes.data());
  EXPECT_EQ(reader.Rest().data(), bytes.data() + 2);
  EXPECT_TRUE(reader.Rest().empty());
  EXPECT_TRUE(reader.Bytes(0).empty());
  EXPECT_TRUE(reader.ok());
}

TEST(Reader, RefusesLengthsBeyondItsBytes) {
  const auto bytes = FromHex("0102");
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    Reader reader(bytes);
    EXPECT_TRUE(reader.Bytes(length).empty());
    EXPECT_FALSE(reader.ok());
  }
}

TEST(Reader, PeeksWithoutTakingAndWithoutFailing) {
  const auto bytes = FromHex("07");
  Reader reader(bytes);
  EXPECT_EQ(reader.Peek(), 7u);
  EXPECT_EQ(reader.U8(), 7u);
  EXPECT_EQ(reader.Peek(), 0u);
  EXPECT_TRUE(reader.ok());
}

TEST(Reader, IsEmptyByDefault) {
  Reader reader;
  EXPECT_TRUE(reader.empty());
  EXPECT_TRUE(reader.ok());
  reader.U8();
  EXPECT_FALSE(reader.ok());
}

TEST(Writer, WritesBigEndianIntegersAndBytes) {
  std::array<std::uint8_t, 20> room{};
  Writer writer(room);
  writer.U8(0x01);
  writer.U16(0x0203);
  writer.U32(0x04050607);
  writer.U64(0x08090a0b0c0d0e0f);
  writer.Bytes(FromHex("f0f1"));
  writer.Zeros(2);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(ToHex(writer.written()), "0102030405060708090a0b0c0d0e0ff0f10000");
  EXPECT_EQ(writer.remaining(), 1u);
}

TEST(Writer, NeverWritesPastItsRoom) {
  std::array<std::uint8_t, 4> room = {9, 9, 9, 9};
  Writer writer{std::span(room).first(2)};
  writer.U8(1);
  writer.U16(0x0202);
  EXPECT_FALSE(writer.ok());
  writer.U8(3);  // although one byte would fit
  writer.Bytes(FromHex("04"));
  EXPECT_TRUE(writer.Reserve(1).empty());
  EXPECT_EQ(ToHex(room), "01090909");
}

TEST(Writer, ReservesBytesForTheCallerToFill) {
  std::array<std::uint8_t, 4> room{};
  Writer writer(room);
  const std::span<std::uint8_t> later = writer.Reserve(2);
  writer.U16(0x0304);
  later[0] = 1;
  later[1] = 2;
  EXPECT_EQ(ToHex(writer.written()), "01020304");
}

TEST(Writer, CopyRemembersAPosition) {
  std::array<std::uint8_t, 2> room{};
  Writer writer(room);
  writer.U8(1);
  const Writer before = writer;
  writer.U32(2);
  ASSERT_FALSE(writer.ok());
  writer = before;
  EXPECT_TRUE(writer.ok());
  writer.U8(3);
  EXPECT_EQ(ToHex(writer.written()), "0103");
}

}  // namespace
}  // namespace quiesce::quic
