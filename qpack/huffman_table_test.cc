#include "qpack/huffman_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace quiesce::qpack {
namespace {

// RFC 7541 Appendix B, as text.
TEST(HuffmanTable, EqualsTheCodeInTheRfc) {
  std::ifstream file("qpack/testdata/rfc7541_huffman.csv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "symbol,code_hex,length_bits");
  std::size_t symbols = 0;
  for (; std::getline(file, line); ++symbols) {
    const std::size_t comma = line.find(','), second = line.find(',', comma + 1);
    ASSERT_EQ(std::stoul(line), symbols);
    const HuffmanCode& code = kHuffmanCodes.at(symbols);
    EXPECT_EQ(code.bits, std::stoul(line.substr(comma + 1), nullptr, 16)) << line;
    EXPECT_EQ(code.length, std::stoul(line.substr(second + 1))) << line;
  }
  EXPECT_EQ(symbols, 257u);
}

// The symbol whose code begins `window` (32 bits), found the slow way.
std::size_t FirstSymbol(std::uint32_t window) {
  for (std::size_t symbol = 0; symbol < kHuffmanCodes.size(); ++symbol) {
    const HuffmanCode& code = kHuffmanCodes[symbol];
    if (window >> (32 - code.length) == code.bits) return symbol;
  }
  return kHuffmanCodes.size();
}

TEST(HuffmanTable, LookupHoldsUpToTwoWholeSymbols) {
  for (std::uint32_t i = 0; i < kHuffmanLookup.size(); ++i) {
    const std::uint32_t window = i << (32 - kHuffmanLookupBits);
    const std::size_t first = FirstSymbol(window);
    const int first_length = kHuffmanCodes[first].length;
    std::uint32_t expected = 0;
    if (first_length <= kHuffmanLookupBits) {
      const std::size_t second = FirstSymbol(window << first_length);
      const int both = first_length + kHuffmanCodes[second].length;
      expected = both <= kHuffmanLookupBits
                     ? static_cast<std::uint32_t>(both << 24 | 2 << 16 | second << 8 | first)
                     : static_cast<std::uint32_t>(first_length << 24 | 1 << 16 | first);
    }
    ASSERT_EQ(kHuffmanLookup[i], expected) << i;
  }
}

TEST(HuffmanTable, LongCodesCoverEveryLongSymbol) {
  std::size_t covered = 0;
  for (std::size_t row = 0; row < kHuffmanLongCodes.size(); ++row) {
    const HuffmanLongCodes& codes = kHuffmanLongCodes[row];
    const std::size_t end = row + 1 < kHuffmanLongCodes.size()
                                ? kHuffmanLongCodes[row + 1].symbol_index
                                : kHuffmanLongSymbols.size();
    for (std::size_t i = codes.symbol_index; i < end; ++i, ++covered) {
      const HuffmanCode& code = kHuffmanCodes[kHuffmanLongSymbols[i]];
      EXPECT_EQ(code.length, codes.length);
      EXPECT_EQ(code.bits, codes.first + (i - codes.symbol_index));
    }
    const HuffmanCode& last = kHuffmanCodes[kHuffmanLongSymbols[end - 1]];
    EXPECT_EQ(codes.last, static_cast<std::uint32_t>(
                              ((std::uint64_t{last.bits} + 1) << (32 - last.length)) - 1));
  }
  EXPECT_EQ(covered, kHuffmanLongSymbols.size());
  EXPECT_EQ(kHuffmanLongCodes.back().last, 0xffffffffu);
}

}  // namespace
}  // namespace quiesce::qpack
