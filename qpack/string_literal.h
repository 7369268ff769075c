// String literals: a Huffman flag, a length, bytes. RFC 9204 §4.1.2, RFC 7541 §5.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "qpack/field.h"
#include "qpack/prefix_int.h"

namespace quiesce::qpack {

// A literal as it stands on the wire, not yet decoded.
struct StringLiteral {
  bool huffman = false;
  std::span<const std::uint8_t> bytes{};

  // What it decodes to: the least that it can be, exact when plain.
  std::size_t decoded_length_min() const;
};

struct StringLiteralRead {
  ReadStatus status = ReadStatus::kIncomplete;
  StringLiteral literal{};  // with kOk
  std::size_t length = 0;   // bytes read, header included, with kOk
};

// Reads an "N-bit prefix string literal" (2 to 8 bits, the flag is the highest of them). kInvalid
// as soon as the length is known when it must decode to more than `max_decoded_length` bytes, so
// that nobody waits for, or stores, a string that will be refused.
StringLiteralRead ReadStringLiteral(std::span<const std::uint8_t> bytes, int prefix_bits,
                                    std::uint64_t max_decoded_length);

// The text of a literal, stored in `section`; plain text is copied. nullopt when the Huffman code
// is broken (huffman.h).
std::optional<std::string_view> DecodeStringLiteral(const StringLiteral& literal,
                                                    FieldSection& section);

enum class StringCoding : std::uint8_t {
  kShortest,  // Huffman when that is shorter
  kPlain,
};

// Appends `text`; `first_byte` holds the bits above the prefix.
void AppendStringLiteral(std::uint8_t first_byte, int prefix_bits, std::string_view text,
                         StringCoding coding, std::vector<std::uint8_t>& out);

}  // namespace quiesce::qpack
