#include "qpack/huffman.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "qpack/huffman_table.h"

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

Bytes Encode(std::string_view text) {
  Bytes out;
  AppendHuffman(text, HuffmanEncodedLength(text), out);
  return out;
}

// The room given is exactly what is asked for, so that a sanitizer sees a byte too many.
std::optional<std::string> Decode(const Bytes& encoded) {
  std::vector<char> room(HuffmanDecodeRoom(encoded.size()));
  const std::optional<std::size_t> length = HuffmanDecode(encoded, room);
  if (!length) return std::nullopt;
  return std::string(room.data(), *length);
}

// The code of each symbol in turn, then `padding` as bits; the whole must fill bytes.
Bytes Pack(std::span<const std::size_t> symbols, std::string_view padding) {
  std::string bits;
  for (const std::size_t symbol : symbols) {
    const HuffmanCode& code = kHuffmanCodes[symbol];
    for (int i = code.length - 1; i >= 0; --i) bits += (code.bits >> i & 1) != 0 ? '1' : '0';
  }
  bits += padding;
  EXPECT_EQ(bits.size() % 8, 0u);
  Bytes bytes;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(bits.substr(i, 8), nullptr, 2)));
  }
  return bytes;
}

struct Vector {
  std::string_view hex;
  std::string_view text;
};

// RFC 7541 Appendix C.4 and C.6.
constexpr Vector kVectors[] = {
    {"f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"},
    {"a8eb10649cbf", "no-cache"},
    {"25a849e95ba97d7f", "custom-key"},
    {"25a849e95bb8e8b4bf", "custom-value"},
    {"6402", "302"},
    {"aec3771a4b", "private"},
    {"d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"},
    {"9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"},
    {"640eff", "307"},
    {"d07abe941054d444a8200595040b8166e084a62d1bff", "Mon, 21 Oct 2013 20:13:22 GMT"},
    {"9bd9ab", "gzip"},
    {"94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
     "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"},
};

TEST(Huffman, EncodesAndDecodesTheExamplesOfRfc7541) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(Encode(vector.text), FromHex(vector.hex)) << vector.text;
    EXPECT_EQ(Decode(FromHex(vector.hex)), vector.text);
  }
}

// QP-04: all bytes, at every place in a word.
TEST(Huffman, RoundTripsEveryByteValue) {
  for (int c = 0; c < 256; ++c) {
    for (std::size_t before = 0; before < 20; ++before) {
      std::string text(before, 'a');
      text += static_cast<char>(c);
      ASSERT_EQ(Decode(Encode(text)), text);
      text += std::string(9, '0');
      ASSERT_EQ(Decode(Encode(text)), text);
    }
  }
}

TEST(Huffman, RoundTripsRandomText) {
  const unsigned seed = 20240611;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 80, '\0');
    const bool ascii = round % 2 == 0;
    for (char& c : text) c = static_cast<char>(ascii ? ' ' + random() % 95 : random() % 256);
    const Bytes encoded = Encode(text);
    ASSERT_EQ(encoded.size(), HuffmanEncodedLength(text));
    ASSERT_GE(text.size(), HuffmanDecodedLengthMin(encoded.size()));
    ASSERT_EQ(Decode(encoded), text);
  }
}

TEST(Huffman, AppendsBehindWhatIsThere) {
  Bytes out{0x01, 0x02};
  AppendHuffman("302", 2, out);
  EXPECT_EQ(out, (Bytes{0x01, 0x02, 0x64, 0x02}));
}

TEST(Huffman, EmptyIsEmpty) {
  EXPECT_EQ(Decode({}), "");
  EXPECT_TRUE(Encode("").empty());
}

// QP-04, RFC 7541 §5.2: padding of more than 7 bits is an error, wherever the string ends.
TEST(Huffman, RefusesAWholeByteOfPadding) {
  EXPECT_EQ(Decode({0xff}), std::nullopt);
  for (std::size_t count = 0; count < 40; ++count) {
    Bytes encoded = Encode(std::string(count, 'w'));  // 7 bits each: every alignment
    EXPECT_TRUE(Decode(encoded).has_value());
    encoded.push_back(0xff);
    EXPECT_EQ(Decode(encoded), std::nullopt) << count;
    encoded.insert(encoded.end(), 2, 0xff);
    EXPECT_EQ(Decode(encoded), std::nullopt) << count;
  }
}

// QP-04, RFC 7541 §5.2: padding is the most significant bits of EOS.
TEST(Huffman, RefusesPaddingThatIsNotOnes) {
  const std::size_t a[] = {'a'};  // 00011
  EXPECT_EQ(Decode(Pack(a, "111")), "a");
  for (const char* padding : {"000", "001", "010", "011", "100", "101", "110"}) {
    EXPECT_EQ(Decode(Pack(a, padding)), std::nullopt) << padding;
  }
  const std::size_t many[] = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
  EXPECT_EQ(Decode(Pack(many, "1")), "aaaaaaaaaaa");
  EXPECT_EQ(Decode(Pack(many, "0")), std::nullopt);
}

// QP-04, RFC 7541 §5.2: EOS in a string is an error: first, in the middle of a word, last.
TEST(Huffman, RefusesEos) {
  for (std::size_t before = 0; before < 24; ++before) {
    for (const std::size_t after : {std::size_t{0}, std::size_t{24}}) {
      std::vector<std::size_t> symbols(before, '0');  // 5 bits
      symbols.push_back(kHuffmanEos);
      symbols.insert(symbols.end(), after, '0');
      const std::size_t bits = 30 + 5 * (before + after);
      EXPECT_EQ(Decode(Pack(symbols, std::string((8 - bits % 8) % 8, '1'))), std::nullopt);
    }
  }
}

// QP-04: a code cut short is not padding, whatever its length.
TEST(Huffman, RefusesTruncatedCodes) {
  for (std::size_t symbol = 0; symbol < 256; ++symbol) {
    const std::size_t twice[] = {symbol, symbol};
    const int bits = 2 * kHuffmanCodes[symbol].length;
    Bytes encoded = Pack(twice, std::string(static_cast<std::size_t>((8 - bits % 8) % 8), '1'));
    encoded.pop_back();
    const std::optional<std::string> text = Decode(encoded);
    // What is left of the second code may be all ones and short enough to be padding.
    if (text) {
      EXPECT_EQ(*text, std::string(1, static_cast<char>(symbol)));
    }
    const int left = static_cast<int>(8 * encoded.size()) - kHuffmanCodes[symbol].length;
    const bool ones =
        left >= 0 && left <= 7 &&
        kHuffmanCodes[symbol].bits >> (kHuffmanCodes[symbol].length - left) == (1u << left) - 1;
    EXPECT_EQ(text.has_value(), ones) << symbol;
  }
}

TEST(Huffman, RoomSufficesForTheShortestCodes) {
  for (std::size_t length = 0; length < 50; ++length) {
    EXPECT_EQ(HuffmanDecodeRoom(length), 8 * length / 5 + 1);
  }
  EXPECT_EQ(Decode(Bytes(5, 0x00)), "00000000");
}

}  // namespace
}  // namespace quiesce::qpack
