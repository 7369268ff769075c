#include "qpack/instructions.h"

#include <cstdlib>

namespace quiesce::qpack {
namespace {

using enum InstructionType;
using enum Slot;

// In the order of InstructionType. Within one language every first byte matches exactly one row.
constexpr std::array<InstructionRow, 12> kRows = {{
    // RFC 9204 §4.3: encoder stream.
    {kSetDynamicTableCapacity, "Set Dynamic Table Capacity", 0x20, 0xe0, {{{kNumber, 5}}}},
    {kInsertWithNameReference,
     "Insert with Name Reference",
     0x80,
     0x80,
     {{{kStaticBit, 0x40}, {kNumber, 6}, {kValue, 8}}}},
    {kInsertWithLiteralName, "Insert with Literal Name", 0x40, 0xc0, {{{kName, 6}, {kValue, 8}}}},
    {kDuplicate, "Duplicate", 0x00, 0xe0, {{{kNumber, 5}}}},
    // §4.4: decoder stream.
    {kSectionAcknowledgment, "Section Acknowledgment", 0x80, 0x80, {{{kNumber, 7}}}},
    {kStreamCancellation, "Stream Cancellation", 0x40, 0xc0, {{{kNumber, 6}}}},
    {kInsertCountIncrement, "Insert Count Increment", 0x00, 0xc0, {{{kNumber, 6}}}},
    // §4.5.2 to §4.5.6: field lines.
    {kIndexedFieldLine, "Indexed Field Line", 0x80, 0x80, {{{kStaticBit, 0x40}, {kNumber, 6}}}},
    {kIndexedFieldLinePostBase,
     "Indexed Field Line with Post-Base Index",
     0x10,
     0xf0,
     {{{kNumber, 4}}}},
    {kLiteralWithNameReference,
     "Literal Field Line with Name Reference",
     0x40,
     0xc0,
     {{{kNeverIndexed, 0x20}, {kStaticBit, 0x10}, {kNumber, 4}, {kValue, 8}}}},
    {kLiteralWithPostBaseNameReference,
     "Literal Field Line with Post-Base Name Reference",
     0x00,
     0xf0,
     {{{kNeverIndexed, 0x08}, {kNumber, 3}, {kValue, 8}}}},
    {kLiteralWithLiteralName,
     "Literal Field Line with Literal Name",
     0x20,
     0xe0,
     {{{kNeverIndexed, 0x10}, {kName, 4}, {kValue, 8}}}},
}};

const InstructionRow& FindRow(std::span<const InstructionRow> language, std::uint8_t first_byte) {
  for (const InstructionRow& row : language) {
    if ((first_byte & row.mask) == row.opcode) return row;
  }
  std::abort();  // the languages cover every byte; a test counts
}

// Reads one string field that begins at `position`, and moves behind it.
ReadStatus ReadString(std::span<const std::uint8_t> bytes, int prefix_bits,
                      std::uint64_t max_length, std::size_t& position, StringLiteral& literal) {
  const StringLiteralRead read =
      ReadStringLiteral(bytes.subspan(position), prefix_bits, max_length);
  literal = read.literal;
  position += read.length;
  return read.status;
}

ReadStatus ReadNumber(std::span<const std::uint8_t> bytes, int prefix_bits, std::size_t& position,
                      std::uint64_t& number) {
  const PrefixInt read = ReadPrefixInt(bytes.subspan(position), prefix_bits);
  number = read.value;
  position += read.length;
  return read.status;
}

}  // namespace

std::span<const InstructionRow> EncoderStreamInstructions() {
  return std::span(kRows).subspan(0, 4);
}
std::span<const InstructionRow> DecoderStreamInstructions() {
  return std::span(kRows).subspan(4, 3);
}
std::span<const InstructionRow> FieldLineRepresentations() {
  return std::span(kRows).subspan(7, 5);
}

InstructionRead ReadInstruction(std::span<const InstructionRow> language,
                                std::span<const std::uint8_t> bytes,
                                std::uint64_t max_string_length) {
  InstructionRead read;
  if (bytes.empty()) return read;
  const InstructionRow& row = FindRow(language, bytes[0]);
  Instruction& out = read.instruction;
  out.type = row.type;
  read.status = ReadStatus::kOk;
  for (const InstructionField& field : row.fields) {
    switch (field.slot) {
      case kEnd:
        break;
      case kStaticBit:
        out.is_static = (bytes[0] & field.bits) != 0;
        break;
      case kNeverIndexed:
        out.never_indexed = (bytes[0] & field.bits) != 0;
        break;
      case kNumber:
        read.status = ReadNumber(bytes, field.bits, read.length, out.number);
        read.has_number = read.status == ReadStatus::kOk;
        break;
      case kName:
        read.status = ReadString(bytes, field.bits, max_string_length, read.length, out.name);
        break;
      case kValue:
        read.status = ReadString(bytes, field.bits, max_string_length, read.length, out.value);
        break;
    }
    if (read.status != ReadStatus::kOk) break;
  }
  return read;
}

void AppendInstruction(InstructionType type, const InstructionValues& values, StringCoding coding,
                       std::vector<std::uint8_t>& out) {
  const InstructionRow& row = kRows[static_cast<std::size_t>(type)];
  std::uint8_t first_byte = row.opcode;  // until the first number or string takes it along
  for (const InstructionField& field : row.fields) {
    switch (field.slot) {
      case kEnd:
        return;
      case kStaticBit:
        if (values.is_static) first_byte |= field.bits;
        continue;
      case kNeverIndexed:
        if (values.never_indexed) first_byte |= field.bits;
        continue;
      case kNumber:
        AppendPrefixInt(first_byte, field.bits, values.number, out);
        break;
      case kName:
        AppendStringLiteral(first_byte, field.bits, values.name, coding, out);
        break;
      case kValue:
        AppendStringLiteral(first_byte, field.bits, values.value, coding, out);
        break;
    }
    first_byte = 0;
  }
}

SectionPrefixRead ReadSectionPrefix(std::span<const std::uint8_t> bytes) {
  SectionPrefixRead read;
  read.status = ReadNumber(bytes, 8, read.length, read.prefix.encoded_insert_count);
  if (read.status != ReadStatus::kOk) return read;
  const std::size_t second = read.length;
  read.status = ReadNumber(bytes, 7, read.length, read.prefix.delta_base);
  if (read.status == ReadStatus::kOk) read.prefix.sign = (bytes[second] & 0x80) != 0;
  return read;
}

void AppendSectionPrefix(const SectionPrefix& prefix, std::vector<std::uint8_t>& out) {
  AppendPrefixInt(0, 8, prefix.encoded_insert_count, out);
  AppendPrefixInt(prefix.sign ? 0x80 : 0, 7, prefix.delta_base, out);
}

}  // namespace quiesce::qpack
