#include "qpack/decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "qpack/instructions.h"

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

// "name=value;" of every line, or the name of what went wrong.
std::string Decode(const Bytes& bytes, DecoderConfig config = {}) {
  FieldSection section;
  const DecodeResult result = Decoder(config).Decode(0, bytes, section);
  if (result.status == DecodeStatus::kTooLarge) return "too large";
  if (result.status == DecodeStatus::kError) return std::string(ToString(result.error.code));
  std::string text;
  for (const Field& field : section) {
    text += std::string(field.name) + (field.never_indexed ? "!=" : "=") +
            std::string(field.value) + ";";
  }
  return text;
}

constexpr const char* kFailed = "QPACK_DECOMPRESSION_FAILED";

Bytes Section(std::initializer_list<std::pair<InstructionType, InstructionValues>> lines) {
  Bytes bytes;
  AppendSectionPrefix({}, bytes);
  for (const auto& [type, values] : lines) {
    AppendInstruction(type, values, StringCoding::kShortest, bytes);
  }
  return bytes;
}

// V-10, QP-01.
TEST(Decoder, Rfc9204AppendixB1) {
  EXPECT_EQ(Decode(FromHex("0000510b2f696e6465782e68746d6c")), ":path=/index.html;");
}

// QP-02.
TEST(Decoder, DecodesEveryKindOfLineWithoutATable) {
  using enum InstructionType;
  const Bytes bytes = Section(
      {{kIndexedFieldLine, {.is_static = true, .number = 98}},
       {kLiteralWithNameReference, {.is_static = true, .number = 0, .value = "host"}},
       {kLiteralWithNameReference,
        {.is_static = true, .never_indexed = true, .number = 84, .value = "secret"}},
       {kLiteralWithLiteralName, {.name = "x-name", .value = ""}},
       {kLiteralWithLiteralName, {.never_indexed = true, .name = "", .value = "nameless"}}});
  EXPECT_EQ(Decode(bytes),
            "x-frame-options=sameorigin;:authority=host;authorization!=secret;x-name=;!=nameless;");
}

TEST(Decoder, AnEmptySectionHasNoLines) { EXPECT_EQ(Decode(FromHex("0000")), ""); }

// RFC 9204 §4.5.1.2: any Base will do where nothing refers to it.
TEST(Decoder, AcceptsAnyBaseWithoutDynamicReferences) {
  EXPECT_EQ(Decode(FromHex("0005d1")), ":method=GET;");
  EXPECT_EQ(Decode(FromHex("007f8001d1")), ":method=GET;");
}

// QP-09, H3S-Q01, RFC 9204 §3.1.
TEST(Decoder, RefusesStaticIndicesPastTheTable) {
  EXPECT_EQ(Decode(FromHex("0000ff23")), "x-frame-options=sameorigin;");
  EXPECT_EQ(Decode(FromHex("0000ff24")), kFailed);
  EXPECT_EQ(Decode(FromHex("00005f540161")), kFailed);  // name reference 99
}

// QP-07, RFC 9204 §2.2.3: there is nothing that a dynamic reference could mean.
TEST(Decoder, RefusesDynamicReferences) {
  EXPECT_EQ(Decode(FromHex("000080")), kFailed);      // indexed
  EXPECT_EQ(Decode(FromHex("000010")), kFailed);      // indexed, post-Base
  EXPECT_EQ(Decode(FromHex("0000400161")), kFailed);  // name reference
  EXPECT_EQ(Decode(FromHex("0000000161")), kFailed);  // name reference, post-Base
}

// QP-18, RFC 9204 §4.5.1.1: MaxEntries 0 and a value other than 0.
TEST(Decoder, RefusesARequiredInsertCount) {
  EXPECT_EQ(Decode(FromHex("0100d1")), kFailed);
  EXPECT_EQ(Decode(FromHex("ff0000d1")), kFailed);
}

// QP-19, RFC 9204 §4.5.1.2.
TEST(Decoder, RefusesANegativeBase) {
  EXPECT_EQ(Decode(FromHex("0080d1")), kFailed);
  EXPECT_EQ(Decode(FromHex("0085d1")), kFailed);
}

// QP-20: cut at each byte; whole lines before the cut make it a shorter section, and legal.
TEST(Decoder, RefusesTruncatedSections) {
  using enum InstructionType;
  const Bytes bytes =
      Section({{kLiteralWithLiteralName, {.name = "custom-name", .value = "custom-value"}}});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_EQ(Decode(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut))),
              cut == 2 ? "" : kFailed)
        << cut;
  }
  EXPECT_EQ(Decode(FromHex("00005f")), kFailed);
  EXPECT_EQ(Decode(FromHex("000051ffffffffffffffff3f")), kFailed);  // a value of 2^62 bytes
}

// QP-03.
TEST(Decoder, RefusesIntegersAbove62Bits) {
  EXPECT_EQ(Decode(FromHex("0000ffffffffffffffffffff7f")), kFailed);
  EXPECT_EQ(Decode(FromHex("ffffffffffffffffff7f00")), kFailed);
  EXPECT_EQ(Decode(FromHex("00007fffffffffffffffffff")), kFailed);
}

// QP-04.
TEST(Decoder, RefusesBrokenHuffmanCode) {
  EXPECT_EQ(Decode(FromHex("00005181ff")), kFailed);
  EXPECT_EQ(Decode(FromHex("000029ff0161")), kFailed);  // in a name
  EXPECT_EQ(Decode(FromHex("00005184ffffffff")), kFailed);
}

// H3-54, RFC 9114 §4.2.2: name, value and 32 bytes for each line, to the byte.
TEST(Decoder, StopsAtTheSizeLimit) {
  using enum InstructionType;
  const InstructionValues indexed{.is_static = true, .number = 17};  // :method=GET: 7 + 3 + 32
  const InstructionValues literal{.name = "abc", .value = "defgh"};  // 3 + 5 + 32
  const Bytes bytes = Section({{kIndexedFieldLine, indexed}, {kLiteralWithLiteralName, literal}});
  EXPECT_EQ(Decode(bytes, {.max_field_section_size = 82}), ":method=GET;abc=defgh;");
  EXPECT_EQ(Decode(bytes, {.max_field_section_size = 81}), "too large");
  EXPECT_EQ(Decode(bytes, {.max_field_section_size = 73}), "too large");  // 31 are left
  EXPECT_EQ(Decode(bytes, {.max_field_section_size = 42}), "too large");
  EXPECT_EQ(Decode(bytes, {.max_field_section_size = 41}), "too large");
  EXPECT_EQ(Decode(bytes, {.max_field_section_size = 0}), "too large");
  EXPECT_EQ(Decode(Section({}), {.max_field_section_size = 0}), "");
}

// H3-54: a small section that expands a lot is stopped early, whatever follows.
TEST(Decoder, StopsExpandingAtTheLimit) {
  Bytes bytes = FromHex("0000");
  bytes.insert(bytes.end(), 100'000, 0xc0 | 55);  // range: bytes=0-, 5 + 8 + 32 from one byte
  FieldSection section;
  const DecodeResult result = Decoder({.max_field_section_size = 4500}).Decode(0, bytes, section);
  EXPECT_EQ(result.status, DecodeStatus::kTooLarge);
  EXPECT_EQ(section.size(), 100u);
  EXPECT_EQ(section.expanded_size(), 4500u);
}

// QP-21: a string that cannot fit is neither decoded nor stored.
TEST(Decoder, RefusesLongStringsUndecoded) {
  using enum InstructionType;
  const std::string big(1000, 'v');
  EXPECT_EQ(Decode(Section({{kLiteralWithLiteralName, {.name = "n", .value = big}}}),
                   {.max_field_section_size = 1032}),
            "too large");
  EXPECT_EQ(Decode(Section({{kLiteralWithLiteralName, {.name = big, .value = "v"}}}),
                   {.max_field_section_size = 1032}),
            "too large");
  // Broken Huffman code behind a length that is too large: not looked at.
  Bytes value = FromHex("000051ff80ff03"), name = FromHex("00002ff8ff03");
  value.insert(value.end(), 65663, 0xff);
  name.insert(name.end(), 65535, 0xff);
  name.push_back(0x00);  // its empty value
  for (const Bytes& bytes : {value, name}) {
    EXPECT_EQ(Decode(bytes, {.max_field_section_size = 1000}), "too large");
    EXPECT_EQ(Decode(bytes, {.max_field_section_size = 1'000'000}), kFailed);
  }
}

// QP-27: the error inputs of github.com/qpackers/qifs for field sections. err9 and err10 were
// errors only under an older static table.
TEST(Decoder, JudgesTheErrorInputsOfTheInteropFiles) {
  for (const char* hex : {"ff", "00", "00ff", "0081", "000041", "000027", "000051ff", "0000bf"}) {
    EXPECT_EQ(Decode(FromHex(hex)), kFailed) << hex;  // err1 to err8
  }
  EXPECT_EQ(Decode(FromHex("0000c0")), ":authority=;");                     // err9
  EXPECT_EQ(Decode(FromHex("0000fe")), "x-xss-protection=1; mode=block;");  // err10
}

TEST(Decoder, ReusesTheSection) {
  Decoder decoder;
  FieldSection section;
  ASSERT_EQ(decoder.Decode(0, FromHex("0000d1"), section).status, DecodeStatus::kDecoded);
  ASSERT_EQ(decoder.Decode(4, FromHex("0000d2"), section).status, DecodeStatus::kDecoded);
  ASSERT_EQ(section.size(), 1u);
  EXPECT_EQ(section[0].value, "HEAD");
}

// The name of the code that bytes on the encoder stream lead to, or "".
std::string EncoderStream(std::string_view hex, std::size_t step) {
  Decoder decoder;
  const Bytes bytes = FromHex(hex);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto error = decoder.HandleEncoderStream(
        std::span(bytes).subspan(at, std::min(step, bytes.size() - at)));
    if (error) return std::string(ToString(error->code));
  }
  EXPECT_TRUE(decoder.TakeDecoderStreamBytes().empty());  // QP-23: nothing without a table
  return "";
}

TEST(Decoder, HandlesTheEncoderStreamWithoutATable) {
  constexpr const char* kError = "QPACK_ENCODER_STREAM_ERROR";
  const struct {
    std::string_view hex, outcome;
  } rows[] = {
      {"20", ""},                          // QP-12: capacity 0
      {"202020", ""},                      // again
      {"21", kError},                      // QP-12, §4.3.1: above what was offered
      {"3fe1c7afa025", kError},            // H3S-Q02
      {"c00161", kError},                  // QP-10, §3.2.2: insert with capacity 0
      {"c000", kError},                    // even when it is as small as can be
      {"ff2400", kError},                  // QP-09, §3.1: static index 99
      {"8000", kError},                    // QP-08, §2.2.3: dynamic name
      {"4000", kError},                    // QP-10: empty name and value
      {"4161", kError},                    // literal name, before the rest has arrived
      {"00", kError},                      // QP-08: Duplicate of nothing
      {"3fffffffffffffffffffff", kError},  // QP-03
      {"01", kError},                      // QP-27: err11
      {"ff80ffffffff01", kError},          // QP-27: err12
  };
  for (const auto& row : rows) {
    for (const std::size_t step : {1, 2, 100}) {
      EXPECT_EQ(EncoderStream(row.hex, step), row.outcome) << row.hex << " in steps of " << step;
    }
  }
}

}  // namespace
}  // namespace quiesce::qpack
