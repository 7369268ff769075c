#include "http3/integer_reader.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

using Bytes = std::vector<std::uint8_t>;

// V-01, RFC 9000 Appendix A.1; H3-07: in pieces of every size.
TEST(IntegerReader, ReadsIntegersInPieces) {
  const Bytes bytes{0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c, 0x9d,
                    0x7f, 0x3e, 0x7d, 0x7b, 0xbd, 0x25, 0x40, 0x25};
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    IntegerReader reader;
    std::vector<std::uint64_t> values;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      std::span<const std::uint8_t> piece =
          std::span(bytes).subspan(at, std::min(step, bytes.size() - at));
      while (const auto value = reader.Read(piece)) values.push_back(*value);
      EXPECT_TRUE(piece.empty());
    }
    EXPECT_EQ(values, (std::vector<std::uint64_t>{151288809941952652, 494878333, 15293, 37, 37}));
    EXPECT_FALSE(reader.in_progress());
  }
}

TEST(IntegerReader, KnowsThatAnIntegerHasBegun) {
  IntegerReader reader;
  const Bytes bytes{0x40};
  std::span<const std::uint8_t> piece = bytes;
  EXPECT_EQ(reader.Read(piece), std::nullopt);
  EXPECT_TRUE(reader.in_progress());
}

TEST(IntegerReader, AppendsTheShortestForm) {
  Bytes out;
  for (const std::uint64_t value : {37ull, 15293ull, 494878333ull, 151288809941952652ull}) {
    AppendInteger(value, out);
  }
  EXPECT_EQ(out, (Bytes{0x25, 0x7b, 0xbd, 0x9d, 0x7f, 0x3e, 0x7d, 0xc2, 0x19, 0x7c, 0x5e, 0xff,
                        0x14, 0xe8, 0x8c}));
}

}  // namespace
}  // namespace quiesce::http3
