#include "qpack/instruction_stream.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::qpack {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::string Describe(const Instruction& instruction) {
  FieldSection section;
  std::string text = std::to_string(static_cast<int>(instruction.type)) + ":" +
                     std::to_string(instruction.number) + ":";
  text += DecodeStringLiteral(instruction.name, section).value_or("broken");
  text += "=";
  text += DecodeStringLiteral(instruction.value, section).value_or("broken");
  return text;
}

// All instructions in `bytes`, handed over in pieces of `step`.
std::vector<std::string> ReadInSteps(std::span<const std::uint8_t> bytes, std::size_t step) {
  InstructionStream stream(EncoderStreamInstructions());
  std::vector<std::string> seen;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::span<const std::uint8_t> piece = bytes.subspan(at, std::min(step, bytes.size() - at));
    for (;;) {
      const InstructionRead read = stream.Next(piece, 500);
      if (read.status != ReadStatus::kOk) {
        EXPECT_EQ(read.status, ReadStatus::kIncomplete);
        EXPECT_TRUE(piece.empty());
        break;
      }
      seen.push_back(Describe(read.instruction));
    }
  }
  EXPECT_EQ(stream.buffered_bytes(), 0u);
  return seen;
}

TEST(InstructionStream, CutsTheSameInstructionsHoweverBytesArrive) {
  Bytes bytes;
  std::vector<std::string> expected;
  for (const std::size_t length : {0, 1, 30, 400, 2, 150}) {
    const std::string name(length, 'n'), value(length / 2, '~');
    AppendInstruction(InstructionType::kInsertWithLiteralName, {.name = name, .value = value},
                      length % 3 == 0 ? StringCoding::kPlain : StringCoding::kShortest, bytes);
    AppendInstruction(InstructionType::kDuplicate, {.number = length}, StringCoding::kPlain, bytes);
    expected.push_back("2:0:" + name + "=" + value);
    expected.push_back("3:" + std::to_string(length) + ":=");
  }
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    ASSERT_EQ(ReadInSteps(bytes, step), expected) << "pieces of " << step;
  }
}

TEST(InstructionStream, KeepsNoMoreThanOneInstruction) {
  Bytes bytes;
  AppendInstruction(InstructionType::kInsertWithNameReference,
                    {.is_static = true, .value = std::string(100, 'v')}, StringCoding::kPlain,
                    bytes);
  const std::size_t length = bytes.size();
  bytes.resize(length + 10000, 0x00);  // ten thousand Duplicates behind it
  InstructionStream stream(EncoderStreamInstructions());
  std::span<const std::uint8_t> first = std::span(bytes).first(40),
                                rest = std::span(bytes).subspan(40);
  EXPECT_EQ(stream.Next(first, 500).status, ReadStatus::kIncomplete);
  EXPECT_EQ(stream.buffered_bytes(), 40u);
  EXPECT_EQ(stream.Next(rest, 500).status, ReadStatus::kOk);
  EXPECT_EQ(rest.size(), 10000u);
  EXPECT_LE(stream.buffered_bytes(), 2 * length);
  EXPECT_EQ(stream.Next(rest, 500).instruction.type, InstructionType::kDuplicate);
  EXPECT_EQ(stream.buffered_bytes(), 0u);
}

// QP-21: nothing of a string above the limit is stored.
TEST(InstructionStream, ReportsALongStringBeforeItArrives) {
  InstructionStream stream(EncoderStreamInstructions());
  std::span<const std::uint8_t> piece;
  const Bytes name_reference{0xc0}, length{0x7f, 0xff, 0xff, 0x03};
  piece = name_reference;
  EXPECT_EQ(stream.Next(piece, 500).status, ReadStatus::kIncomplete);
  piece = length;
  EXPECT_EQ(stream.Next(piece, 500).status, ReadStatus::kTooLong);
}

}  // namespace
}  // namespace quiesce::qpack
