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
inline constexpr int kHuffmanMaxLength = 30;  // bits

extern const std::array<HuffmanCode, 257> kHuffmanCodes;

// What the next kHuffmanLookupBits bits of input say: one or two whole symbols, or (0) the
// beginning of a code that is longer. From the lowest byte: first symbol, second symbol, count,
// bits of them together.
inline constexpr int kHuffmanLookupBits = 12;
extern const std::array<std::uint32_t, 1 << kHuffmanLookupBits> kHuffmanLookup;

// The codes longer than kHuffmanLookupBits. The code is canonical: those of one length are
// consecutive, and follow the shorter ones in numeric order when aligned to the left.
struct HuffmanLongCodes {
  std::uint32_t last;          // the last 32 bits of input that begin with a code of this length
  std::uint32_t first;         // the first code of this length, aligned to the right
  std::uint16_t symbol_index;  // of that code in kHuffmanLongSymbols
  std::uint8_t length;
};
extern const std::array<HuffmanLongCodes, 14> kHuffmanLongCodes;
extern const std::array<std::uint16_t, 173> kHuffmanLongSymbols;

}  // namespace quiesce::qpack
