#include "qpack/prefix_int.h"

#include <gtest/gtest.h>

namespace quiesce::qpack {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Encode(std::uint8_t first_byte, int prefix_bits, std::uint64_t value) {
  Bytes out;
  AppendPrefixInt(first_byte, prefix_bits, value, out);
  return out;
}

// RFC 7541 Appendix C.1.
TEST(PrefixInt, WritesTheExamplesOfRfc7541) {
  EXPECT_EQ(Encode(0, 5, 10), (Bytes{0x0a}));
  EXPECT_EQ(Encode(0, 5, 1337), (Bytes{0x1f, 0x9a, 0x0a}));
  EXPECT_EQ(Encode(0, 8, 42), (Bytes{0x2a}));
  EXPECT_EQ(Encode(0xe0, 5, 10), (Bytes{0xea}));  // the bits above the prefix are kept
}

// QP-03, RFC 9204 §4.1.1.
TEST(PrefixInt, RoundTripsBoundariesOfEveryPrefix) {
  for (int bits = 1; bits <= 8; ++bits) {
    const std::uint64_t mask = (1u << bits) - 1;
    const std::uint8_t above = static_cast<std::uint8_t>(~mask);
    for (const std::uint64_t value :
         {std::uint64_t{0}, mask - 1, mask, mask + 1, mask + 127, mask + 128, mask + 16383,
          mask + 16384, std::uint64_t{1} << 32, kMaxPrefixInt - 1, kMaxPrefixInt}) {
      const Bytes bytes = Encode(above, bits, value);
      EXPECT_EQ(bytes[0] & above, above);
      const PrefixInt read = ReadPrefixInt(bytes, bits);
      EXPECT_EQ(read.status, ReadStatus::kOk) << bits << " bits, " << value;
      EXPECT_EQ(read.value, value);
      EXPECT_EQ(read.length, bytes.size());
      for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_EQ(ReadPrefixInt(std::span(bytes).first(cut), bits).status, ReadStatus::kIncomplete);
      }
    }
  }
}

TEST(PrefixInt, LeavesFollowingBytesAlone) {
  const PrefixInt read = ReadPrefixInt(Bytes{0x1f, 0x9a, 0x0a, 0xff}, 5);
  EXPECT_EQ(read.value, 1337u);
  EXPECT_EQ(read.length, 3u);
}

// QP-03: 2^62 and above.
TEST(PrefixInt, RefusesMoreThan62Bits) {
  for (int bits = 1; bits <= 8; ++bits) {
    EXPECT_EQ(ReadPrefixInt(Encode(0, bits, kMaxPrefixInt + 1), bits).status, ReadStatus::kInvalid);
  }
  const Bytes most{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
  EXPECT_EQ(ReadPrefixInt(most, 8).status, ReadStatus::kInvalid);
}

// QP-03: endless 0x80 continuation. RFC 7541 §5.1: excessive octet length is an error.
TEST(PrefixInt, RefusesTheTenthByteThatGoesOn) {
  Bytes bytes{0xff};
  for (std::size_t i = 1; i < kMaxPrefixIntLength; ++i) {
    EXPECT_EQ(ReadPrefixInt(bytes, 8).status, ReadStatus::kIncomplete);
    bytes.push_back(0x80);
  }
  EXPECT_EQ(ReadPrefixInt(bytes, 8).status, ReadStatus::kInvalid);
  bytes.back() = 0x00;  // padded with zero groups, but ends in time
  EXPECT_EQ(ReadPrefixInt(bytes, 8).value, 255u);
}

}  // namespace
}  // namespace quiesce::qpack
