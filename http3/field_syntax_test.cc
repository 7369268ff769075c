#include "http3/field_syntax.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::http3 {
namespace {

// Every byte that makes `valid` true when it stands between two letters.
template <typename Predicate>
std::string Accepted(Predicate valid) {
  std::string accepted;
  for (int c = 0; c < 256; ++c) {
    const std::string text = {'a', static_cast<char>(c), 'a'};
    if (valid(text)) accepted += static_cast<char>(c);
  }
  return accepted;
}

// RFC 9110 §5.6.2 without uppercase (RFC 9114 §4.2).
TEST(FieldSyntax, NamesAreLowercaseTokens) {
  EXPECT_EQ(Accepted(IsFieldName), "!#$%&'*+-.0123456789^_`abcdefghijklmnopqrstuvwxyz|~");
  EXPECT_FALSE(IsFieldName(""));
}

TEST(FieldSyntax, TokensMayHaveUppercase) {
  EXPECT_EQ(Accepted(IsToken),
            "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
  EXPECT_FALSE(IsToken(""));
}

// RFC 9110 §5.5: field-content.
TEST(FieldSyntax, ValuesHaveNoControlCharacters) {
  std::string expected = "\t ";
  for (int c = 0x21; c < 0x7f; ++c) expected += static_cast<char>(c);
  for (int c = 0x80; c < 0x100; ++c) expected += static_cast<char>(c);
  EXPECT_EQ(Accepted(IsFieldValue), expected);
}

TEST(FieldSyntax, ValuesHaveNoSurroundingWhitespace) {
  EXPECT_TRUE(IsFieldValue(""));
  EXPECT_TRUE(IsFieldValue("a"));
  for (const char* value : {" ", "\t", " a", "a ", "\ta", "a\t", " a "}) {
    EXPECT_FALSE(IsFieldValue(value));
  }
}

// RFC 3986 §3.1.
TEST(FieldSyntax, SchemesStartWithALetter) {
  for (const char* scheme : {"https", "HTTP", "a", "coap+tcp", "z39.50r", "x-y"}) {
    EXPECT_TRUE(IsScheme(scheme)) << scheme;
  }
  for (const char* scheme : {"", "1a", "+a", "ht tp", "http:", "h_t", "h\xc3"}) {
    EXPECT_FALSE(IsScheme(scheme)) << scheme;
  }
}

// RFC 3986 §3.2.2, §3.2.3; RFC 9114 §4.3.1 forbids userinfo.
TEST(FieldSyntax, AuthoritiesAreHostAndPort) {
  for (const char* text :
       {"example.com", "example.com:443", "EXAMPLE", "a_b", "%41", "192.0.2.1:1", "[2001:db8::1]",
        "[2001:db8::1]:443", "[v1.x:y]", "host:", "a!$&'()*+,;="}) {
    EXPECT_TRUE(IsHostAndPort(text)) << text;
  }
  for (const char* text :
       {"",    ":443",   "user@host",   "user:pw@host", "host:443x", "host:4:4", "[::1",
        "[]",  "[::1]x", "[::1]443",    "[g h]",        "a b",       "a/b",      "a?b",
        "a#b", "a\\b",   "h\xc3\xb6st", "a\tb",         "::1",       "a[b]"}) {
    EXPECT_FALSE(IsHostAndPort(text)) << text;
  }
}

// RFC 9110 §9.3.6.
TEST(FieldSyntax, TunnelsLeadToAPort) {
  for (const char* text : {"host:1", "host:65535", "[::1]:443"}) {
    EXPECT_TRUE(IsTunnelTarget(text)) << text;
  }
  for (const char* text : {"host", "host:", "host:0", "host:65536", "host:99999999999999999999999",
                           "host:+1", ":443", "host:443/"}) {
    EXPECT_FALSE(IsTunnelTarget(text)) << text;
  }
}

TEST(FieldSyntax, PathsAreVisibleAsciiWithoutFragment) {
  std::string expected;
  for (int c = 0x21; c < 0x7f; ++c) {
    if (c != '#') expected += static_cast<char>(c);
  }
  EXPECT_EQ(Accepted(IsPathText), expected);
}

// H3-49, RFC 9110 §8.6.
TEST(FieldSyntax, ParsesDecimals) {
  EXPECT_EQ(ParseDecimal("0"), 0u);
  EXPECT_EQ(ParseDecimal("00042"), 42u);
  EXPECT_EQ(ParseDecimal("4611686018427387903"), 4611686018427387903u);
  for (const char* text : {"", "+5", "-1", "5,5", "5, 6", " 5", "5 ", "0x5", "5a",
                           "4611686018427387904", "9223372036854775808", "18446744073709551616",
                           "18446744073709551621", "99999999999999999999999999999999999"}) {
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace quiesce::http3
