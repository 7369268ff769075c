#include "qpack/string_literal.h"

#include "qpack/huffman.h"

namespace quiesce::qpack {
namespace {

std::uint64_t DecodedLengthMin(bool huffman, std::uint64_t encoded_length) {
  return huffman ? HuffmanDecodedLengthMin(encoded_length) : encoded_length;
}

}  // namespace

std::size_t StringLiteral::decoded_length_min() const {
  return DecodedLengthMin(huffman, bytes.size());
}

StringLiteralRead ReadStringLiteral(std::span<const std::uint8_t> bytes, int prefix_bits,
                                    std::uint64_t max_decoded_length) {
  StringLiteralRead read;
  const PrefixInt length = ReadPrefixInt(bytes, prefix_bits - 1);
  read.status = length.status;
  if (read.status != ReadStatus::kOk) return read;
  read.literal.huffman = (bytes[0] >> (prefix_bits - 1) & 1) != 0;
  const std::span<const std::uint8_t> rest = bytes.subspan(length.length);
  if (DecodedLengthMin(read.literal.huffman, length.value) > max_decoded_length) {
    read.status = ReadStatus::kTooLong;
  } else if (rest.size() < length.value) {
    read.status = ReadStatus::kIncomplete;
  } else {
    read.literal.bytes = rest.first(static_cast<std::size_t>(length.value));
    read.length = length.length + read.literal.bytes.size();
  }
  return read;
}

std::optional<std::string_view> DecodeStringLiteral(const StringLiteral& literal,
                                                    FieldSection& section) {
  if (!literal.huffman) {
    return section.Copy(
        {reinterpret_cast<const char*>(literal.bytes.data()), literal.bytes.size()});
  }
  const std::span<char> room = section.Reserve(HuffmanDecodeRoom(literal.bytes.size()));
  const std::optional<std::size_t> length = HuffmanDecode(literal.bytes, room);
  if (!length) return std::nullopt;
  return section.Commit(*length);
}

void AppendStringLiteral(std::uint8_t first_byte, int prefix_bits, std::string_view text,
                         StringCoding coding, std::vector<std::uint8_t>& out) {
  if (coding == StringCoding::kShortest) {
    const std::size_t encoded_length = HuffmanEncodedLength(text);
    if (encoded_length < text.size()) {
      const std::uint8_t huffman_flag = static_cast<std::uint8_t>(1u << (prefix_bits - 1));
      AppendPrefixInt(first_byte | huffman_flag, prefix_bits - 1, encoded_length, out);
      AppendHuffman(text, encoded_length, out);
      return;
    }
  }
  AppendPrefixInt(first_byte, prefix_bits - 1, text.size(), out);
  out.insert(out.end(), text.begin(), text.end());
}

}  // namespace quiesce::qpack
