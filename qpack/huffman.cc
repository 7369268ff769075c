#include "qpack/huffman.h"

#include <cstring>

#include "qpack/huffman_table.h"

namespace quiesce::qpack {
namespace {

constexpr int kMaxPaddingBits = 7;  // RFC 7541 §5.2

std::uint64_t LoadBigEndian(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | bytes[i];  // compiles to one load and a swap
  return value;
}

void StoreBigEndian(std::uint32_t value, std::uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// The input as a window of bits: the next one is the highest of `window`, `available` of them are
// valid.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint64_t window() const { return window_; }
  int available() const { return available_; }
  bool more() const { return next_ != end_; }

  // Fills up to 56 bits or more, never all 64, at once while eight bytes are left; false when they
  // are not. Bits past `available` may already be in the window: they are the same ones that the
  // next call puts there.
  bool FillWord() {
    if (end_ - next_ < 8) return false;
    window_ |= LoadBigEndian(next_) >> available_;
    next_ += (63 - available_) >> 3;
    available_ |= 56;
    return true;
  }

  void FillBytes() {
    for (; available_ < 56 && next_ != end_; available_ += 8) {
      window_ |= static_cast<std::uint64_t>(*next_++) << (56 - available_);
    }
  }

  void Drop(int bits) {
    window_ <<= bits;
    available_ -= bits;
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::uint64_t window_ = 0;
  int available_ = 0;
};

struct LongSymbol {
  std::uint16_t symbol;
  std::uint8_t length;
};

// The symbol at the front of a window that kHuffmanLookup does not resolve.
LongSymbol FindLong(std::uint64_t window) {
  const std::uint32_t high = static_cast<std::uint32_t>(window >> 32);
  const HuffmanLongCodes* row = kHuffmanLongCodes.data();
  while (high > row->last) ++row;  // the last row ends at the largest value
  const std::uint32_t code = high >> (32 - row->length);
  return {kHuffmanLongSymbols[row->symbol_index + (code - row->first)], row->length};
}

// Both bytes are stored whatever `count` is: the caller advances by `count`.
void StoreSymbols(std::uint32_t entry, char* out) {
  out[0] = static_cast<char>(entry);
  out[1] = static_cast<char>(entry >> 8);
}

// RFC 7541 §5.2: fewer than eight bits, all of them ones as at the beginning of EOS.
bool IsPadding(const BitReader& bits) {
  if (bits.available() > kMaxPaddingBits) return false;
  const std::uint64_t ones = (std::uint64_t{1} << bits.available()) - 1;
  return bits.available() == 0 || bits.window() >> (64 - bits.available()) == ones;
}

// Decodes the last bytes, where a window may reach past the input: what lies there is taken as
// ones, so that a code found longer than what is available can only be padding, or a code cut
// short.
bool DecodeTail(BitReader& bits, char*& out) {
  for (;;) {
    bits.FillBytes();
    if (bits.available() == 0) return true;
    const std::uint64_t window = bits.window() | (~std::uint64_t{0} >> bits.available());
    const std::uint32_t entry = kHuffmanLookup[window >> (64 - kHuffmanLookupBits)];
    const int length = static_cast<int>(entry >> 24);
    if (entry != 0 && length <= bits.available()) {
      StoreSymbols(entry, out);
      out += (entry >> 16) & 0xff;
      bits.Drop(length);
      continue;
    }
    const LongSymbol one = entry != 0
                               ? LongSymbol{static_cast<std::uint8_t>(entry),
                                            kHuffmanCodes[static_cast<std::uint8_t>(entry)].length}
                               : FindLong(window);
    if (one.length > bits.available()) return IsPadding(bits);
    if (one.symbol == kHuffmanEos) return false;  // RFC 7541 §5.2
    *out++ = static_cast<char>(one.symbol);
    bits.Drop(one.length);
  }
}

}  // namespace

std::size_t HuffmanEncodedLength(std::string_view text) {
  std::size_t bits = 0;
  for (const char c : text) bits += kHuffmanCodes[static_cast<std::uint8_t>(c)].length;
  return (bits + 7) / 8;
}

void AppendHuffman(std::string_view text, std::size_t encoded_length,
                   std::vector<std::uint8_t>& out) {
  const std::size_t start = out.size();
  out.resize(start + encoded_length);
  std::uint8_t* next = out.data() + start;
  std::uint64_t pending = 0;  // aligned to the right
  int pending_bits = 0;       // below 32 before a symbol is added, so below 62 after it
  for (const char c : text) {
    const HuffmanCode code = kHuffmanCodes[static_cast<std::uint8_t>(c)];
    pending = (pending << code.length) | code.bits;
    pending_bits += code.length;
    if (pending_bits >= 32) {
      pending_bits -= 32;
      StoreBigEndian(static_cast<std::uint32_t>(pending >> pending_bits), next);
      next += 4;
    }
  }
  const int padding = -pending_bits & 7;
  pending = (pending << padding) | ((1u << padding) - 1);  // RFC 7541 §5.2: the first bits of EOS
  for (int left = pending_bits + padding; left > 0; left -= 8) {
    *next++ = static_cast<std::uint8_t>(pending >> (left - 8));
  }
}

std::optional<std::size_t> HuffmanDecode(std::span<const std::uint8_t> encoded,
                                         std::span<char> out) {
  BitReader bits(encoded);
  char* next = out.data();
  while (bits.FillWord()) {
    while (bits.available() >= kHuffmanMaxLength) {
      const std::uint32_t entry = kHuffmanLookup[bits.window() >> (64 - kHuffmanLookupBits)];
      if (entry != 0) {
        StoreSymbols(entry, next);
        next += (entry >> 16) & 0xff;
        bits.Drop(static_cast<int>(entry >> 24));
        continue;
      }
      const LongSymbol one = FindLong(bits.window());
      if (one.symbol == kHuffmanEos) return std::nullopt;  // RFC 7541 §5.2
      *next++ = static_cast<char>(one.symbol);
      bits.Drop(one.length);
    }
  }
  if (!DecodeTail(bits, next)) return std::nullopt;
  return static_cast<std::size_t>(next - out.data());
}

}  // namespace quiesce::qpack
