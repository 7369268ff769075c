// Everything that QPACK puts on the wire, as data: each instruction is one row of opcode, mask and
// typed fields. One reader and one writer serve all of them. RFC 9204 §4.3, §4.4, §4.5.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "qpack/prefix_int.h"
#include "qpack/string_literal.h"

namespace quiesce::qpack {

enum class InstructionType : std::uint8_t {
  // Encoder stream, §4.3.
  kSetDynamicTableCapacity,
  kInsertWithNameReference,
  kInsertWithLiteralName,
  kDuplicate,
  // Decoder stream, §4.4.
  kSectionAcknowledgment,
  kStreamCancellation,
  kInsertCountIncrement,
  // Field line representations, §4.5.2 to §4.5.6.
  kIndexedFieldLine,
  kIndexedFieldLinePostBase,
  kLiteralWithNameReference,
  kLiteralWithPostBaseNameReference,
  kLiteralWithLiteralName,
};

// Where a field of a row goes in `Instruction`.
enum class Slot : std::uint8_t {
  kEnd,           // no further field
  kStaticBit,     // is_static; `bits` is the bit's mask in the first byte
  kNeverIndexed,  // never_indexed; likewise
  kNumber,        // number; `bits` is the size of the prefix
  kName,          // name; likewise
  kValue,         // value; likewise
};

struct InstructionField {
  Slot slot = Slot::kEnd;
  std::uint8_t bits = 0;
};

struct InstructionRow {
  InstructionType type;
  std::string_view name;  // as in the RFC
  std::uint8_t opcode;
  std::uint8_t mask;  // which bits of the first byte are the opcode
  std::array<InstructionField, 4> fields;
};

std::span<const InstructionRow> EncoderStreamInstructions();
std::span<const InstructionRow> DecoderStreamInstructions();
std::span<const InstructionRow> FieldLineRepresentations();

// One instruction as it was read: strings still as on the wire, views into the input.
struct Instruction {
  InstructionType type{};
  bool is_static = false;
  bool never_indexed = false;
  std::uint64_t number = 0;  // index, capacity, stream ID or increment
  StringLiteral name{};
  StringLiteral value{};
};

struct InstructionRead {
  ReadStatus status = ReadStatus::kIncomplete;
  Instruction instruction{};  // whole with kOk; otherwise what stands before the fault or the end
  bool has_number =
      false;  // instruction.number was read: a bad index shows before its string is here
  std::size_t length = 0;  // bytes read, with kOk
};

// Reads the instruction at the front of `bytes`. No state: a caller that gets kIncomplete offers
// the same bytes again with more behind them; the work for that does not depend on string lengths.
// kInvalid: an integer above 62 bits. kTooLong: a string that decodes to more than
// `max_string_length`.
InstructionRead ReadInstruction(std::span<const InstructionRow> language,
                                std::span<const std::uint8_t> bytes,
                                std::uint64_t max_string_length);

// One instruction to write: strings as text. Slots that the row does not have are ignored.
struct InstructionValues {
  bool is_static = false;
  bool never_indexed = false;
  std::uint64_t number = 0;
  std::string_view name{};
  std::string_view value{};
};

void AppendInstruction(InstructionType type, const InstructionValues& values, StringCoding coding,
                       std::vector<std::uint8_t>& out);

// RFC 9204 §4.5.1: what stands before the field lines, as encoded.
struct SectionPrefix {
  std::uint64_t encoded_insert_count = 0;
  bool sign = false;
  std::uint64_t delta_base = 0;
};

struct SectionPrefixRead {
  ReadStatus status = ReadStatus::kIncomplete;
  SectionPrefix prefix{};
  std::size_t length = 0;
};

SectionPrefixRead ReadSectionPrefix(std::span<const std::uint8_t> bytes);
void AppendSectionPrefix(const SectionPrefix& prefix, std::vector<std::uint8_t>& out);

}  // namespace quiesce::qpack
