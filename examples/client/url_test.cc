// RFC 3986 §3, RFC 9114 §3.1.
#include "examples/client/url.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::examples {
namespace {

Url Parsed(std::string_view text) {
  std::string error;
  const auto url = ParseUrl(text, error);
  EXPECT_TRUE(url) << text << ": " << error;
  return url.value_or(Url{});
}

TEST(Url, HostAloneMeansPort443AndTheRoot) {
  const Url url = Parsed("https://example.com");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 443);
  EXPECT_EQ(url.authority, "example.com");
  EXPECT_EQ(url.path, "/");
  EXPECT_EQ(url.endpoint(), "example.com:443");
}

TEST(Url, PortAndPathAndQueryAreKeptAsTheyStand) {
  const Url url = Parsed("https://localhost:4433/a/b%20c?x=1&y=/?");
  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, 4433);
  EXPECT_EQ(url.authority, "localhost:4433");
  EXPECT_EQ(url.path, "/a/b%20c?x=1&y=/?");
}

TEST(Url, AQueryWithoutPathIsOneOfTheRoot) {
  EXPECT_EQ(Parsed("https://example.com?x=1").path, "/?x=1");
}

// RFC 9110 §7.1: the fragment is not sent.
TEST(Url, TheFragmentStaysHere) {
  EXPECT_EQ(Parsed("https://example.com/a#part").path, "/a");
  EXPECT_EQ(Parsed("https://example.com#part").authority, "example.com");
}

TEST(Url, AnIpv6LiteralLosesItsBracketsInTheHostOnly) {
  const Url url = Parsed("https://[::1]:8443/x");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.authority, "[::1]:8443");
  EXPECT_EQ(url.endpoint(), "[::1]:8443");
  EXPECT_EQ(Parsed("https://[2001:db8::1]").endpoint(), "[2001:db8::1]:443");
}

TEST(Url, WhatIsNoHttpsUrlIsRefusedWithItsReason) {
  for (const char* text : {"", "example.com", "http://example.com", "ftp://example.com"}) {
    std::string error;
    EXPECT_FALSE(ParseUrl(text, error)) << text;
    EXPECT_NE(error.find("only https:// is spoken"), std::string::npos) << error;
  }
  for (const char* text :
       {"https://", "https:///path", "https://:443/", "https://host:", "https://host:0/",
        "https://host:65536/", "https://host:4x/", "https://host:-1/", "https://[::1",
        "https://[::1]443/", "https://[]:1/", "https://user@host/", "https://user:pw@host/"}) {
    std::string error;
    EXPECT_FALSE(ParseUrl(text, error)) << text;
    EXPECT_NE(error.find("must be host or host:port"), std::string::npos) << error;
  }
}

TEST(Url, SpacesAndControlCharactersMustBeEncoded) {
  for (const char* text :
       {"https://host/a b", "https://host/a\r\nx: y", "https://host/\x7f", "https://host/?\t"}) {
    std::string error;
    EXPECT_FALSE(ParseUrl(text, error)) << text;
    EXPECT_NE(error.find("must be encoded"), std::string::npos) << error;
  }
}

TEST(Url, SpacesAndControlCharactersInTheHostAreRefused) {
  for (const char* text : {"https://ho st/", "https://host\r\n/", "https://ho\tst:1/"}) {
    std::string error;
    EXPECT_FALSE(ParseUrl(text, error)) << text;
  }
}

}  // namespace
}  // namespace quiesce::examples
