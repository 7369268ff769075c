// Huffman coding of strings. RFC 9204 §4.1.2, RFC 7541 §5.2 and Appendix B.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace quiesce::qpack {

// The bytes that `text` takes when encoded, padding included.
std::size_t HuffmanEncodedLength(std::string_view text);

// Appends `text`, encoded, padded with ones. `encoded_length` is what HuffmanEncodedLength said.
void AppendHuffman(std::string_view text, std::size_t encoded_length,
                   std::vector<std::uint8_t>& out);

// Room that HuffmanDecode needs in the worst case: the shortest code has 5 bits, and the last store
// may write one byte past the text.
constexpr std::size_t HuffmanDecodeRoom(std::size_t encoded_length) {
  return encoded_length / 5 * 8 + encoded_length % 5 * 8 / 5 + 1;
}
// The least that `encoded_length` bytes decode to: the longest code has 30 bits, and up to 7 bits
// may be padding.
constexpr std::size_t HuffmanDecodedLengthMin(std::size_t encoded_length) {
  return encoded_length / 15 * 4 + encoded_length % 15 * 8 / 30;
}

// Decodes into `out`, which has HuffmanDecodeRoom(encoded.size()) bytes, and returns the length.
// nullopt (RFC 7541 §5.2): EOS in the string, more than 7 bits of padding, padding that is not the
// most significant bits of EOS (ones), or a code cut short.
std::optional<std::size_t> HuffmanDecode(std::span<const std::uint8_t> encoded,
                                         std::span<char> out);

}  // namespace quiesce::qpack
