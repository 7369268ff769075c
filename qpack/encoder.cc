#include "qpack/encoder.h"

#include "qpack/instructions.h"
#include "qpack/static_table.h"

namespace quiesce::qpack {
namespace {

// RFC 9204 §7.1.3: values worth guessing, whether or not the caller marked them. A cookie is one
// when it is short: long ones are presumed to hold enough entropy that guessing whole values is
// hopeless.
bool IsCredential(const Field& field) {
  constexpr std::size_t kShortCookie = 20;  // bytes
  if (field.name == "authorization" || field.name == "proxy-authorization") return true;
  return field.name == "cookie" && field.value.size() < kShortCookie;
}

Error DecoderStreamError(const char* reason) { return {ErrorCode::kDecoderStreamError, reason}; }

// What a decoder may say to an encoder that never inserts nor refers to the dynamic table.
std::optional<Error> CheckDecoderInstruction(const Instruction& instruction) {
  switch (instruction.type) {
    case InstructionType::kSectionAcknowledgment:  // RFC 9204 §4.4.1
      return DecoderStreamError("Section Acknowledgment without an outstanding section");
    case InstructionType::kInsertCountIncrement:  // RFC 9204 §4.4.3
      return instruction.number == 0
                 ? DecoderStreamError("Insert Count Increment of 0")
                 : DecoderStreamError("Insert Count Increment beyond what was inserted");
    default:  // RFC 9204 §4.4.2: Stream Cancellation, legal for any stream
      return std::nullopt;
  }
}

}  // namespace

Encoder::Encoder(const EncoderConfig& config)
    : config_(config), decoder_stream_(DecoderStreamInstructions()) {}

void Encoder::Encode([[maybe_unused]] std::uint64_t stream_id, std::span<const Field> fields,
                     std::vector<std::uint8_t>& out) {
  const StringCoding coding = config_.huffman ? StringCoding::kShortest : StringCoding::kPlain;
  AppendSectionPrefix({}, out);  // RFC 9204 §4.5.1: Required Insert Count 0, Base 0
  for (const Field& field : fields) {
    // RFC 9204 §4.5.4: a line marked never-indexed is always a literal.
    const bool never_indexed = field.never_indexed || IsCredential(field);
    const StaticMatch match = FindStatic(field.name, field.value);
    const InstructionValues values{.is_static = true,
                                   .never_indexed = never_indexed,
                                   .number = match.index,
                                   .name = field.name,
                                   .value = field.value};
    const InstructionType type = match.kind == StaticMatchKind::kNone
                                     ? InstructionType::kLiteralWithLiteralName
                                 : match.kind == StaticMatchKind::kName || never_indexed
                                     ? InstructionType::kLiteralWithNameReference
                                     : InstructionType::kIndexedFieldLine;
    AppendInstruction(type, values, coding, out);
  }
}

std::optional<Error> Encoder::HandleDecoderStream(std::span<const std::uint8_t> bytes) {
  for (;;) {
    const InstructionRead read = decoder_stream_.Next(bytes, 0);
    if (read.status == ReadStatus::kIncomplete) return std::nullopt;
    if (read.status != ReadStatus::kOk) {
      return DecoderStreamError("integer above 62 bits in a decoder instruction");
    }
    if (const auto error = CheckDecoderInstruction(read.instruction)) return error;
  }
}

}  // namespace quiesce::qpack
