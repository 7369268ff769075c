#include "qpack/instructions.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace quiesce::qpack {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes FromHex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::string Text(const StringLiteral& literal) {
  FieldSection section;
  return std::string(DecodeStringLiteral(literal, section).value_or("broken"));
}

std::span<const InstructionRow> Language(int i) {
  return i == 0   ? EncoderStreamInstructions()
         : i == 1 ? DecoderStreamInstructions()
                  : FieldLineRepresentations();
}

TEST(Instructions, EveryFirstByteMatchesExactlyOneRow) {
  for (int language = 0; language < 3; ++language) {
    for (int byte = 0; byte < 256; ++byte) {
      int matches = 0;
      for (const InstructionRow& row : Language(language))
        matches += (byte & row.mask) == row.opcode;
      EXPECT_EQ(matches, 1) << "language " << language << ", byte " << byte;
    }
  }
}

TEST(Instructions, FieldsFillTheFirstByteBesideTheOpcode) {
  for (int language = 0; language < 3; ++language) {
    for (const InstructionRow& row : Language(language)) {
      std::uint8_t bits = row.mask;
      for (const InstructionField& field : row.fields) {
        const bool flag = field.slot == Slot::kStaticBit || field.slot == Slot::kNeverIndexed;
        bits |= flag ? field.bits : static_cast<std::uint8_t>((1u << field.bits) - 1);
        if (!flag) break;
      }
      EXPECT_EQ(bits, 0xff) << row.name;
      EXPECT_EQ(row.opcode & ~row.mask, 0) << row.name;
    }
  }
}

bool Has(const InstructionRow& row, Slot slot) {
  for (const InstructionField& field : row.fields) {
    if (field.slot == slot) return true;
  }
  return false;
}

// Walks the table: every row, with every flag, small and large numbers and strings; cut at each
// byte.
TEST(Instructions, EveryRowRoundTrips) {
  const std::string lengths[] = {"", "a", "custom-key", std::string(300, '~'), "\x01\xff"};
  for (int language = 0; language < 3; ++language) {
    for (const InstructionRow& row : Language(language)) {
      for (int variant = 0; variant < 80; ++variant) {
        const InstructionValues values{
            .is_static = (variant & 1) != 0,
            .never_indexed = (variant & 2) != 0,
            .number = variant % 5 == 0 ? std::uint64_t{1} << (variant % 62)
                                       : static_cast<std::uint64_t>(variant),
            .name = lengths[variant % 5],
            .value = lengths[(variant / 5) % 5],
        };
        const StringCoding coding =
            variant % 3 == 0 ? StringCoding::kPlain : StringCoding::kShortest;
        Bytes bytes;
        AppendInstruction(row.type, values, coding, bytes);
        const InstructionRead read = ReadInstruction(Language(language), bytes, 1000);
        ASSERT_EQ(read.status, ReadStatus::kOk) << row.name;
        EXPECT_EQ(read.length, bytes.size());
        const Instruction& got = read.instruction;
        EXPECT_EQ(got.type, row.type);
        if (Has(row, Slot::kStaticBit)) {
          EXPECT_EQ(got.is_static, values.is_static);
        }
        if (Has(row, Slot::kNeverIndexed)) {
          EXPECT_EQ(got.never_indexed, values.never_indexed);
        }
        if (Has(row, Slot::kNumber)) {
          EXPECT_EQ(got.number, values.number);
        }
        if (Has(row, Slot::kName)) {
          EXPECT_EQ(Text(got.name), values.name);
        }
        if (Has(row, Slot::kValue)) {
          EXPECT_EQ(Text(got.value), values.value);
        }
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
          ASSERT_EQ(ReadInstruction(Language(language), std::span(bytes).first(cut), 1000).status,
                    ReadStatus::kIncomplete);
        }
      }
    }
  }
}

struct Step {
  const char* section;
  int language;
  std::string_view hex;
  std::vector<std::tuple<InstructionType, std::uint64_t, std::string, std::string>> instructions;
};

// V-10, QP-01: the wire form of every instruction in RFC 9204 Appendix B, read and written again.
TEST(Instructions, Rfc9204AppendixB) {
  using enum InstructionType;
  const Step steps[] = {
      {"B.2 encoder",
       0,
       "3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468",
       {{kSetDynamicTableCapacity, 220, "", ""},
        {kInsertWithNameReference, 0, "", "www.example.com"},
        {kInsertWithNameReference, 1, "", "/sample/path"}}},
      {"B.2 section",
       2,
       "1011",
       {{kIndexedFieldLinePostBase, 0, "", ""}, {kIndexedFieldLinePostBase, 1, "", ""}}},
      {"B.2 decoder", 1, "84", {{kSectionAcknowledgment, 4, "", ""}}},
      {"B.3 encoder",
       0,
       "4a637573746f6d2d6b65790c637573746f6d2d76616c7565",
       {{kInsertWithLiteralName, 0, "custom-key", "custom-value"}}},
      {"B.3 decoder", 1, "01", {{kInsertCountIncrement, 1, "", ""}}},
      {"B.4 encoder", 0, "02", {{kDuplicate, 2, "", ""}}},
      {"B.4 section",
       2,
       "80c181",
       {{kIndexedFieldLine, 0, "", ""},
        {kIndexedFieldLine, 1, "", ""},
        {kIndexedFieldLine, 1, "", ""}}},
      {"B.4 decoder", 1, "48", {{kStreamCancellation, 8, "", ""}}},
      {"B.5 encoder",
       0,
       "810d637573746f6d2d76616c756532",
       {{kInsertWithNameReference, 1, "", "custom-value2"}}},
  };
  for (const Step& step : steps) {
    SCOPED_TRACE(step.section);
    const Bytes bytes = FromHex(step.hex);
    std::span<const std::uint8_t> rest = bytes;
    Bytes again;
    for (const auto& [type, number, name, value] : step.instructions) {
      const InstructionRead read = ReadInstruction(Language(step.language), rest, 220);
      ASSERT_EQ(read.status, ReadStatus::kOk);
      EXPECT_EQ(read.instruction.type, type);
      EXPECT_EQ(read.instruction.number, number);
      EXPECT_EQ(Text(read.instruction.name), name);
      EXPECT_EQ(Text(read.instruction.value), value);
      AppendInstruction(
          type,
          {.is_static = read.instruction.is_static, .number = number, .name = name, .value = value},
          StringCoding::kPlain, again);
      rest = rest.subspan(read.length);
    }
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(again, bytes);
  }
}

TEST(Instructions, ReportsLongStringsAndInvalidIntegers) {
  const auto read = [](std::string_view hex, int language) {
    return ReadInstruction(Language(language), FromHex(hex), 10).status;
  };
  EXPECT_EQ(read("c00b", 0), ReadStatus::kTooLong);  // value of an insertion
  EXPECT_EQ(read("4b", 0), ReadStatus::kTooLong);    // its name
  EXPECT_EQ(read("2704", 2), ReadStatus::kTooLong);  // name of a field line, 7 + 4
  EXPECT_EQ(read("3fffffffffffffffffff7f", 0), ReadStatus::kInvalid);
  EXPECT_EQ(read("3fffffffffffffffffffff", 1), ReadStatus::kInvalid);
}

TEST(Instructions, SectionPrefixRoundTrips) {
  for (const SectionPrefix& prefix :
       {SectionPrefix{}, SectionPrefix{3, true, 1}, SectionPrefix{300, false, 5000},
        SectionPrefix{kMaxPrefixInt, true, kMaxPrefixInt}}) {
    Bytes bytes;
    AppendSectionPrefix(prefix, bytes);
    const SectionPrefixRead read = ReadSectionPrefix(bytes);
    ASSERT_EQ(read.status, ReadStatus::kOk);
    EXPECT_EQ(read.length, bytes.size());
    EXPECT_EQ(read.prefix.encoded_insert_count, prefix.encoded_insert_count);
    EXPECT_EQ(read.prefix.sign, prefix.sign);
    EXPECT_EQ(read.prefix.delta_base, prefix.delta_base);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_EQ(ReadSectionPrefix(std::span(bytes).first(cut)).status, ReadStatus::kIncomplete);
    }
  }
  Bytes b2;
  AppendSectionPrefix({3, true, 1}, b2);
  EXPECT_EQ(b2, FromHex("0381"));  // RFC 9204 Appendix B.2
}

}  // namespace
}  // namespace quiesce::qpack
