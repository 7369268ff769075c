#include "http3/message.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace quiesce::http3 {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

qpack::FieldSection Section(const Lines& lines) {
  qpack::FieldSection section;
  for (const auto& [name, value] : lines) section.Add(name, value);
  return section;
}

// "" when valid. Every fault is a stream error H3_MESSAGE_ERROR (RFC 9114 §4.1.2).
std::string Verdict(const Error& error) {
  EXPECT_EQ(error.code, ErrorCode::kMessageError);
  EXPECT_EQ(error.scope, ErrorScope::kStream);
  EXPECT_STRNE(error.reason, "");
  return error.reason;
}
std::string Request(const Lines& lines, MessageRules rules = {}) {
  const auto head = ParseRequestHead(Section(lines), rules);
  return head.ok() ? "" : Verdict(head.error());
}
std::string Response(const Lines& lines) {
  const auto head = ParseResponseHead(Section(lines));
  return head.ok() ? "" : Verdict(head.error());
}
std::string Trailers(const Lines& lines) {
  const auto result = CheckTrailers(Section(lines));
  return result.ok() ? "" : Verdict(result.error());
}

const Lines kGet = {
    {":method", "GET"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", "/"}};

Lines Without(Lines lines, std::string_view name) {
  std::erase_if(lines, [name](const auto& line) { return line.first == name; });
  return lines;
}
Lines With(Lines lines, const Lines& more) {
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}
Lines Replacing(Lines lines, std::string_view name, std::string_view value) {
  for (auto& line : lines) {
    if (line.first == name) line.second = value;
  }
  return lines;
}

TEST(RequestHead, HasItsPartsAndSurvivesMoves) {
  auto parsed = ParseRequestHead(
      Section(With(kGet, {{"accept", "*/*"}, {"content-length", "12"}, {"x-empty", ""}})), {});
  ASSERT_TRUE(parsed.ok());
  const RequestHead head = std::move(*parsed);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.scheme, "https");
  EXPECT_EQ(head.authority, "example.com");
  EXPECT_EQ(head.path, "/");
  EXPECT_EQ(head.protocol, "");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.is_connect());
  ASSERT_EQ(head.fields().size(), 3u);
  EXPECT_EQ(head.fields()[0], (qpack::Field{"accept", "*/*"}));
  EXPECT_EQ(head.fields()[2], (qpack::Field{"x-empty", ""}));
}

// H3-40, RFC 9114 §4.3.1.
TEST(RequestHead, NeedsMethodSchemeAndPath) {
  EXPECT_EQ(Request(kGet), "");
  EXPECT_EQ(Request(Without(kGet, ":method")), ":method missing");
  EXPECT_EQ(Request(Without(kGet, ":scheme")), ":scheme missing");
  EXPECT_EQ(Request(Without(kGet, ":path")), ":path missing");
  EXPECT_EQ(Request({}), ":method missing");
}

// H3-40, H3-58; erratum 7014: "//" is a path.
TEST(RequestHead, PathBeginsWithASlash) {
  for (const char* path : {"/", "/a?b=c", "//", "//a//b", "/?", "/%zz", "/a|b[c]", "/*"}) {
    EXPECT_EQ(Request(Replacing(kGet, ":path", path)), "") << path;
  }
  EXPECT_EQ(Request(Replacing(kGet, ":path", "/" + std::string(64 * 1024, 'p'))), "");
  for (const char* path : {"", "a", "?a", "*", "https://example.com/"}) {
    EXPECT_EQ(Request(Replacing(kGet, ":path", path)), ":path does not begin with a slash");
    EXPECT_NE(Request(Replacing(Replacing(kGet, ":scheme", "HTTPS"), ":path", path)), "");
  }
  for (const char* path : {"/a b", "/a#b", "/\xc3\xa4", "/\r\n", "/\x7f"}) {
    EXPECT_EQ(Request(Replacing(kGet, ":path", path)), ":path has invalid characters");
  }
  const Lines options = Replacing(kGet, ":method", "OPTIONS");
  EXPECT_EQ(Request(Replacing(options, ":path", "*")), "");
  EXPECT_NE(Request(Replacing(options, ":path", "**")), "");
}

// H3-41, H3S-H03, RFC 9114 §4.3.1.
TEST(RequestHead, NeedsAnAuthority) {
  const Lines bare = Without(kGet, ":authority");
  EXPECT_EQ(Request(bare), "neither :authority nor host");
  EXPECT_EQ(Request(With(bare, {{"host", "example.com"}})), "");
  EXPECT_EQ(Request(With(kGet, {{"host", "example.com"}})), "");
  EXPECT_EQ(Request(With(kGet, {{"host", "example.org"}})), ":authority and host differ");
  EXPECT_EQ(Request(With(kGet, {{"host", "Example.com"}})), ":authority and host differ");
  EXPECT_EQ(Request(With(kGet, {{"host", ""}})), "host is not host and port");
  EXPECT_EQ(Request(With(kGet, {{"host", "example.com"}, {"host", "example.com"}})),
            "host given twice");
  for (const char* authority : {"", "user@example.com", "user:pw@example.com", "a b", "a/b"}) {
    EXPECT_EQ(Request(Replacing(kGet, ":authority", authority)), ":authority is not host and port");
    EXPECT_EQ(Request(With(bare, {{"host", authority}})), "host is not host and port");
  }
}

TEST(RequestHead, TakesHostForAnAbsentAuthority) {
  const auto head =
      ParseRequestHead(Section(With(Without(kGet, ":authority"), {{"host", "h:1"}})), {});
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->authority, "h:1");
}

// RFC 9114 §4.3.1: other schemes have other rules.
TEST(RequestHead, OtherSchemesMayLackAuthorityAndPath) {
  const Lines other = {{":method", "GET"}, {":scheme", "urn"}, {":path", ""}};
  EXPECT_EQ(Request(other), "");
  EXPECT_EQ(Request(With(other, {{":authority", "user@host"}})), "");
  EXPECT_NE(Request(With(other, {{":authority", "a b"}})), "");
  EXPECT_EQ(Request(Replacing(other, ":scheme", "")), ":scheme is not a scheme");
}

// H3-42, H3S-H02, H3S-H04, H3S-H05, RFC 9114 §4.3.
TEST(RequestHead, ChecksPseudoHeaderFields) {
  for (const auto& line : kGet) {
    EXPECT_EQ(Request(With(kGet, {line})), "pseudo-header field given twice") << line.first;
    EXPECT_EQ(Request(With(With(Without(kGet, line.first), {{"foo", "bar"}}), {line})),
              "pseudo-header field after a regular field");
  }
  for (const char* name : {":foo", ":", ":status", ":Method", ":protocol"}) {
    EXPECT_EQ(Request(With(kGet, {{name, "x"}})), "undefined pseudo-header field") << name;
  }
  for (const char* method : {"", "G T", "GET\r\n", "G\xc3T", "(GET)"}) {
    EXPECT_EQ(Request(Replacing(kGet, ":method", method)), ":method is not a token");
  }
}

// H3-44, RFC 9114 §4.2, §10.3.
TEST(RequestHead, RefusesInvalidNames) {
  for (const std::string& name :
       {std::string(), std::string("Name"), std::string("na me"), std::string("na:me"),
        std::string("n\0m", 3), std::string("n\r"), std::string("n\n"), std::string("n\x7f"),
        std::string("n\xc3\xa4"), std::string("n("), std::string("n,"), std::string("\"n\"")}) {
    EXPECT_NE(Request(With(kGet, {{name, "v"}})), "") << name;
    EXPECT_NE(Response({{":status", "200"}, {name, "v"}}), "") << name;
    EXPECT_NE(Trailers({{name, "v"}}), "") << name;
  }
}

// H3-45, RFC 9114 §10.3, RFC 9110 §5.5.
TEST(RequestHead, RefusesInvalidValues) {
  for (const std::string& value : {std::string("a\0b", 3), std::string("a\rb"), std::string("a\nb"),
                                   std::string(" a"), std::string("a "), std::string("\ta"),
                                   std::string("a\t"), std::string("a\x01"), std::string("\x7f")}) {
    EXPECT_NE(Request(With(kGet, {{"n", value}})), "");
    EXPECT_NE(Response({{":status", "200"}, {"n", value}}), "");
    EXPECT_NE(Trailers({{"n", value}}), "");
  }
  EXPECT_EQ(Request(With(kGet, {{"n", "a \t b"}, {"n", "\xc3\xa4"}})), "");
}

// H3-46, RFC 9114 §4.2.
TEST(RequestHead, RefusesConnectionSpecificFields) {
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_EQ(Request(With(kGet, {{name, "x"}})), "connection-specific field") << name;
    EXPECT_EQ(Response({{":status", "200"}, {name, "x"}}), "connection-specific field");
    EXPECT_EQ(Trailers({{name, "x"}}), "connection-specific field");
  }
  EXPECT_EQ(Request(With(kGet, {{"connectio", "x"}, {"keep-alivf", "x"}, {"upgradf", "x"}})), "");
}

// H3-47, RFC 9114 §4.2.
TEST(RequestHead, AllowsTeTrailersOnly) {
  EXPECT_EQ(Request(With(kGet, {{"te", "trailers"}})), "");
  for (const char* value : {"gzip", "trailers, gzip", "", "Trailers"}) {
    EXPECT_NE(Request(With(kGet, {{"te", value}})), "") << value;
  }
  EXPECT_NE(Response({{":status", "200"}, {"te", "trailers"}}), "");
  EXPECT_NE(Trailers({{"te", "trailers"}}), "");
}

// H3-49, RFC 9110 §8.6. What a number is, is tested with the syntax.
TEST(RequestHead, ChecksContentLength) {
  EXPECT_EQ(Request(With(kGet, {{"content-length", "0"}})), "");
  for (const char* value : {"+5", "5,5", "5, 6", "-1", "", "5 5", "18446744073709551621"}) {
    EXPECT_EQ(Request(With(kGet, {{"content-length", value}})),
              "content-length is not a number below 2^62");
    EXPECT_NE(Response({{":status", "200"}, {"content-length", value}}), "");
  }
  for (const char* second : {"5", "6"}) {
    EXPECT_EQ(Request(With(kGet, {{"content-length", "5"}, {"content-length", second}})),
              "content-length given twice");
  }
}

// H3-53, RFC 9114 §4.2.1.
TEST(RequestHead, JoinsCookieCrumbs) {
  Lines lines = With(kGet, {{"cookie", "a=1"}, {"accept", "*/*"}, {"cookie", "b=2"}});
  auto head = ParseRequestHead(Section(lines), {});
  ASSERT_TRUE(head.ok());
  ASSERT_EQ(head->fields().size(), 2u);
  EXPECT_EQ(head->fields()[0], (qpack::Field{"cookie", "a=1; b=2"}));
  EXPECT_EQ(head->fields()[1].name, "accept");

  lines = kGet;
  std::string joined;
  for (int i = 0; i < 1000; ++i) {
    lines.push_back({"cookie", "c=" + std::to_string(i)});
    joined += (i == 0 ? "" : "; ") + lines.back().second;
  }
  head = ParseRequestHead(Section(lines), {});
  ASSERT_TRUE(head.ok());
  ASSERT_EQ(head->fields().size(), 1u);
  EXPECT_EQ(head->fields()[0].value, joined);
}

TEST(RequestHead, JoinedCookiesStayNeverIndexed) {
  qpack::FieldSection section = Section(kGet);
  section.Add("cookie", "a=1");
  section.Add("cookie", "b=2", /*never_indexed=*/true);
  const auto head = ParseRequestHead(std::move(section), {});
  ASSERT_TRUE(head.ok());
  EXPECT_TRUE(head->fields()[0].never_indexed);
}

// H3-56, RFC 9114 §4.4.
TEST(RequestHead, ConnectHasOnlyAnAuthority) {
  const Lines connect = {{":method", "CONNECT"}, {":authority", "example.com:443"}};
  const auto head = ParseRequestHead(Section(connect), {});
  ASSERT_TRUE(head.ok());
  EXPECT_TRUE(head->is_connect());
  EXPECT_EQ(head->authority, "example.com:443");
  EXPECT_EQ(head->scheme, "");
  EXPECT_EQ(Request(With(connect, {{":scheme", "https"}})), "CONNECT with :scheme or :path");
  EXPECT_EQ(Request(With(connect, {{":path", "/"}})), "CONNECT with :scheme or :path");
  EXPECT_EQ(Request({{":method", "CONNECT"}, {"host", "example.com:443"}}),
            "CONNECT without :authority");
  for (const char* authority : {"example.com", "example.com:", "example.com:0", ":443", ""}) {
    EXPECT_EQ(Request(Replacing(connect, ":authority", authority)),
              ":authority of CONNECT is not host and port");
  }
  EXPECT_EQ(Request(With(connect, {{"host", "example.com"}})), "");  // RFC 9110 §9.3.6, its example
}

// RFC 9220 §3, RFC 8441 §4.
TEST(RequestHead, ExtendedConnectOnlyWhereEnabled) {
  const Lines lines = With(Replacing(kGet, ":method", "CONNECT"), {{":protocol", "websocket"}});
  EXPECT_EQ(Request(lines), "undefined pseudo-header field");
  const MessageRules enabled{.extended_connect = true};
  const auto head = ParseRequestHead(Section(lines), enabled);
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->protocol, "websocket");
  EXPECT_EQ(head->path, "/");
  EXPECT_EQ(Request(Without(lines, ":scheme"), enabled), ":scheme missing");
  EXPECT_EQ(Request(Without(lines, ":path"), enabled), ":path missing");
  EXPECT_EQ(Request(Without(lines, ":authority"), enabled), "neither :authority nor host");
  EXPECT_EQ(Request(Replacing(lines, ":method", "GET"), enabled), ":protocol without CONNECT");
  EXPECT_EQ(Request(Replacing(lines, ":protocol", ""), enabled), ":protocol is not a token");
}

TEST(ResponseHead, HasItsParts) {
  const auto head =
      ParseResponseHead(Section({{":status", "200"}, {"content-length", "3"}, {"server", "x"}}));
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->status, 200);
  EXPECT_FALSE(head->is_interim());
  EXPECT_EQ(head->content_length, 3u);
  ASSERT_EQ(head->fields().size(), 2u);
  EXPECT_EQ(head->fields()[1].value, "x");
}

// H3-43, RFC 9114 §4.3.2.
TEST(ResponseHead, StatusIsThreeDigits) {
  EXPECT_EQ(Response({}), ":status missing");
  EXPECT_EQ(Response({{"server", "x"}}), ":status missing");
  for (const char* status : {"99", "1000", "abc", "20", "", "2x0", "099", "+20", "20 ", "-20"}) {
    EXPECT_EQ(Response({{":status", status}}), ":status is not three digits") << status;
  }
  for (const char* status : {"100", "103", "200", "599", "999"}) {
    EXPECT_EQ(Response({{":status", status}}), "") << status;
  }
}

// H3-42, RFC 9114 §4.3.
TEST(ResponseHead, ChecksPseudoHeaderFields) {
  EXPECT_EQ(Response({{":status", "200"}, {":status", "200"}}), "pseudo-header field given twice");
  EXPECT_EQ(Response({{"server", "x"}, {":status", "200"}}),
            "pseudo-header field after a regular field");
  for (const char* name : {":method", ":path", ":scheme", ":authority", ":protocol", ":foo"}) {
    EXPECT_EQ(Response({{":status", "200"}, {name, "x"}}), "undefined pseudo-header field");
  }
}

// H3-52, RFC 9114 §4.5.
TEST(ResponseHead, KnowsInterimResponsesButNot101) {
  EXPECT_EQ(Response({{":status", "101"}}), "status 101");
  for (const char* status : {"100", "102", "103", "199"}) {
    const auto head = ParseResponseHead(Section({{":status", status}, {"link", "x"}}));
    ASSERT_TRUE(head.ok());
    EXPECT_TRUE(head->is_interim());
  }
}

// H3-60, RFC 9114 §4.3.
TEST(Trailers, HaveNoPseudoHeaderFields) {
  EXPECT_EQ(Trailers({}), "");
  EXPECT_EQ(Trailers({{"grpc-status", "0"}, {"content-length", "not a number"}}), "");
  for (const char* name : {":status", ":path", ":foo", ":"}) {
    EXPECT_EQ(Trailers({{"a", "b"}, {name, "x"}}), "pseudo-header field in trailers");
    EXPECT_EQ(Trailers({{name, "x"}}), "pseudo-header field in trailers");
  }
}

BodyLength OfRequest(const Lines& lines) {
  return BodyLength::OfRequest(*ParseRequestHead(Section(lines), {.extended_connect = true}));
}
BodyLength OfResponse(const char* status, const char* length, std::string_view method) {
  Lines lines = {{":status", status}};
  if (*length != '\0') lines.push_back({"content-length", length});
  return BodyLength::OfResponse(*ParseResponseHead(Section(lines)), method);
}
// How DATA of these sizes and then the end are judged: 'y' or 'n' for each, stopping at the first
// 'n'.
std::string Judge(BodyLength body, std::initializer_list<std::uint64_t> data) {
  std::string verdicts;
  for (const std::uint64_t bytes : data) {
    verdicts += body.OnData(bytes).ok() ? 'y' : 'n';
    if (verdicts.back() == 'n') return verdicts;
  }
  return verdicts + (body.OnEnd().ok() ? 'y' : 'n');
}

// H3-48, RFC 9114 §4.1.2.
TEST(BodyLength, EqualsContentLength) {
  const auto post = [](const char* length) {
    return OfRequest(With(kGet, {{"content-length", length}}));
  };
  EXPECT_EQ(Judge(post("5"), {5}), "yy");
  EXPECT_EQ(Judge(post("5"), {2, 0, 3}), "yyyy");
  EXPECT_EQ(Judge(post("5"), {2, 4}), "yn");  // noticed before the fourth byte is passed on
  EXPECT_EQ(Judge(post("5"), {2, 2}), "yyn");
  EXPECT_EQ(Judge(post("5"), {}), "n");  // FIN alone
  EXPECT_EQ(Judge(post("0"), {}), "y");
  EXPECT_EQ(Judge(post("0"), {1}), "n");
  EXPECT_EQ(Judge(post("4611686018427387903"), {4611686018427387903u, 1}), "yn");
  EXPECT_EQ(Judge(OfRequest(kGet), {1, 1'000'000}), "yyy");  // undeclared: any number
}

// H3-50, H3-51, RFC 9110 §6.4.1, RFC 9114 §4.1.2.
TEST(BodyLength, ResponsesWithoutContentMayDeclareIt) {
  const std::pair<const char*, const char*> rows[] = {
      {"200", "HEAD"}, {"204", "GET"}, {"304", "GET"}, {"404", "HEAD"}};
  for (const auto& [status, method] : rows) {
    EXPECT_EQ(Judge(OfResponse(status, "7", method), {}), "y");
    EXPECT_EQ(Judge(OfResponse(status, "", method), {}), "y");
    EXPECT_EQ(Judge(OfResponse(status, "7", method), {7}), "n");
    EXPECT_EQ(Judge(OfResponse(status, "", method), {1}), "n");
  }
  EXPECT_EQ(Judge(OfResponse("200", "7", "GET"), {7}), "yy");
  EXPECT_EQ(Judge(OfResponse("200", "7", "GET"), {}), "n");
}

// RFC 9110 §9.3.6: content-length of a tunnel means nothing.
TEST(BodyLength, TunnelsHaveNone) {
  EXPECT_EQ(
      Judge(OfRequest({{":method", "CONNECT"}, {":authority", "h:1"}, {"content-length", "0"}}),
            {100}),
      "yy");
  EXPECT_EQ(Judge(OfResponse("200", "0", "CONNECT"), {100}), "yy");
  EXPECT_EQ(Judge(OfResponse("403", "3", "CONNECT"), {3}), "yy");
  EXPECT_EQ(Judge(OfResponse("403", "3", "CONNECT"), {4}), "n");
}

}  // namespace
}  // namespace quiesce::http3
