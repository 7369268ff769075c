// The Huffman code of RFC 7541 Appendix B, as tables. huffman_table.cc is written by
// generate_huffman_table.py from testdata/rfc7541_huffman.csv.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quiesce::qpack {

struct HuffmanCode {
  std::uint32_t bits;   // aligned to the least significant bit
  std::uint8_t length;  // in bits, 5 to 30
};

inline constexpr std::size_t kHuffmanEos = 256;
inline constexpr int kHuffmanMinLength = 5;
inline constexpr int kHuffmanMaxLength = 30;

extern const std::array<HuffmanCode, 257> kHuffmanCodes;

// What the next kHuffmanLookupBits bits of input say: one or two whole symbols, or (count 0) the
// beginning of a code that is longer.
inline constexpr int kHuffmanLookupBits = 12;
struct HuffmanLookup {
  std::array<std::uint8_t, 2> symbols;
  std::uint8_t count;   // 0, 1 or 2
  std::uint8_t length;  // bits of those symbols together
};
extern const std::array<HuffmanLookup, 1 << kHuffmanLookupBits> kHuffmanLookup;

// The codes longer than kHuffmanLookupBits. The code is canonical: codes of one length are
// consecutive, and follow the shorter ones in numeric order when aligned to the left.
struct HuffmanLongCodes {
  std::uint32_t end;    // first left-aligned 32-bit window past this length; 0 stands for 2^32
  std::uint32_t first;  // first code of this length, aligned to the right
  std::uint16_t symbol_index;  // of that code in kHuffmanLongSymbols
  std::uint8_t length;
};
inline constexpr std::size_t kHuffmanLongLengths = 15;
inline constexpr std::size_t kHuffmanLongSymbolCount = 181;
extern const std::array<HuffmanLongCodes, kHuffmanLongLengths> kHuffmanLongCodes;
extern const std::array<std::uint16_t, kHuffmanLongSymbolCount> kHuffmanLongSymbols;

}  // namespace quiesce::qpack
