#include "qpack/decoder.h"

#include <string_view>

#include "qpack/instructions.h"
#include "qpack/static_table.h"

namespace quiesce::qpack {
namespace {

DecodeResult Failed(const char* reason) {
  return {DecodeStatus::kError, {ErrorCode::kDecompressionFailed, reason}};
}
DecodeResult TooLarge() { return {DecodeStatus::kTooLarge, {}}; }
DecodeResult Decoded() { return {DecodeStatus::kDecoded, {}}; }

constexpr const char* kDynamicReference =
    "reference to an entry that the dynamic table does not hold";
constexpr const char* kStaticIndex = "static table index above 98";
constexpr const char* kHuffman = "broken Huffman code";

// Reads the field lines of one section into `section`, never past `budget` expanded bytes.
class SectionReader {
 public:
  SectionReader(FieldSection& section, std::uint64_t budget) : section_(section), budget_(budget) {}

  DecodeResult Read(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      if (budget_ < kFieldOverhead) return TooLarge();
      budget_ -= kFieldOverhead;
      // The whole section is here, so no string can make anybody wait: HandleLine weighs them.
      const InstructionRead read =
          ReadInstruction(FieldLineRepresentations(), bytes, kMaxPrefixInt);
      if (read.status == ReadStatus::kIncomplete) {
        return Failed("field section ends within a field line");
      }
      if (read.status != ReadStatus::kOk) return Failed("integer above 62 bits in a field line");
      if (const DecodeResult result = HandleLine(read.instruction);
          result.status != DecodeStatus::kDecoded) {
        return result;
      }
      bytes = bytes.subspan(read.length);
    }
    return Decoded();
  }

 private:
  DecodeResult HandleLine(const Instruction& line) {
    switch (line.type) {
      case InstructionType::kIndexedFieldLine: {
        if (!line.is_static) return Failed(kDynamicReference);
        const StaticEntry* entry = StaticEntryAt(line.number);
        if (entry == nullptr) return Failed(kStaticIndex);  // RFC 9204 §3.1
        return Add({entry->name, entry->value, false});
      }
      case InstructionType::kLiteralWithNameReference: {
        if (!line.is_static) return Failed(kDynamicReference);
        const StaticEntry* entry = StaticEntryAt(line.number);
        if (entry == nullptr) return Failed(kStaticIndex);
        return AddLiteral(entry->name, line);
      }
      case InstructionType::kLiteralWithLiteralName: {
        if (line.name.decoded_length_min() > budget_) return TooLarge();
        const auto name = DecodeStringLiteral(line.name, section_);
        if (!name) return Failed(kHuffman);
        return AddLiteral(*name, line);
      }
      default:  // post-Base references, RFC 9204 §4.5.3, §4.5.5
        return Failed(kDynamicReference);
    }
  }

  // Weighs the value before it is decoded and stored.
  DecodeResult AddLiteral(std::string_view name, const Instruction& line) {
    if (name.size() + line.value.decoded_length_min() > budget_) return TooLarge();
    const auto value = DecodeStringLiteral(line.value, section_);
    if (!value) return Failed(kHuffman);
    return Add({name, *value, line.never_indexed});
  }

  DecodeResult Add(const Field& field) {
    const std::uint64_t size = field.name.size() + field.value.size();
    if (size > budget_) return TooLarge();
    budget_ -= size;
    section_.AddView(field);
    return Decoded();
  }

  FieldSection& section_;
  std::uint64_t budget_;
};

Error EncoderStreamError(const char* reason) { return {ErrorCode::kEncoderStreamError, reason}; }

// The name that an insertion refers to, as soon as its index is here. RFC 9204 §3.1, §2.2.3.
std::optional<Error> CheckNameReference(const InstructionRead& read) {
  const Instruction& instruction = read.instruction;
  if (instruction.type != InstructionType::kInsertWithNameReference || !read.has_number) {
    return std::nullopt;
  }
  if (!instruction.is_static) return EncoderStreamError(kDynamicReference);
  if (StaticEntryAt(instruction.number) == nullptr) return EncoderStreamError(kStaticIndex);
  return std::nullopt;
}

// What an encoder may say to a decoder that offers it no table.
std::optional<Error> CheckEncoderInstruction(const Instruction& instruction) {
  switch (instruction.type) {
    case InstructionType::kSetDynamicTableCapacity:  // RFC 9204 §4.3.1
      if (instruction.number == 0) return std::nullopt;
      return EncoderStreamError("dynamic table capacity above the one offered");
    case InstructionType::kDuplicate:  // RFC 9204 §2.2.3
      return EncoderStreamError(kDynamicReference);
    default:  // insertions, RFC 9204 §3.2.2
      return EncoderStreamError("entry larger than the dynamic table");
  }
}

}  // namespace

Decoder::Decoder(const DecoderConfig& config)
    : config_(config), encoder_stream_(EncoderStreamInstructions()) {}

DecodeResult Decoder::Decode([[maybe_unused]] std::uint64_t stream_id,
                             std::span<const std::uint8_t> bytes, FieldSection& section) {
  section.Clear();
  const SectionPrefixRead read = ReadSectionPrefix(bytes);
  if (read.status == ReadStatus::kIncomplete) return Failed("field section ends within its prefix");
  if (read.status != ReadStatus::kOk) return Failed("integer above 62 bits in a section prefix");
  // RFC 9204 §4.5.1.1: without a table MaxEntries is 0, and only a count of 0 can be encoded.
  if (read.prefix.encoded_insert_count != 0) return Failed("impossible Required Insert Count");
  // RFC 9204 §4.5.1.2: a negative Base; the Required Insert Count is 0.
  if (read.prefix.sign) return Failed("negative Base");
  return SectionReader(section, config_.max_field_section_size).Read(bytes.subspan(read.length));
}

std::optional<Error> Decoder::HandleEncoderStream(std::span<const std::uint8_t> bytes) {
  for (;;) {
    // Not even an empty entry fits in a table of capacity 0, so no string is waited for.
    const InstructionRead read = encoder_stream_.Next(bytes, 0);
    if (const auto error = CheckNameReference(read)) return error;
    switch (read.status) {
      case ReadStatus::kIncomplete:
        return std::nullopt;
      case ReadStatus::kInvalid:
        return EncoderStreamError("integer above 62 bits in an encoder instruction");
      case ReadStatus::kTooLong:
        return EncoderStreamError("string longer than the dynamic table");
      case ReadStatus::kOk:
        break;
    }
    if (const auto error = CheckEncoderInstruction(read.instruction)) return error;
  }
}

// Without a table nothing is acknowledged, and cancellations may be omitted. RFC 9204 §2.2.2.2.
std::vector<std::uint8_t> Decoder::TakeDecoderStreamBytes() { return {}; }

}  // namespace quiesce::qpack
