// The characters that names, values and control data may have. RFC 9110 §5.1, §5.5, §5.6.2, §8.6;
// RFC 3986 §3; RFC 9114 §4.2, §4.3, §10.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quiesce::http3 {

// A token without uppercase letters. RFC 9114 §4.2.
bool IsFieldName(std::string_view name);
// Visible characters, and spaces and tabs between them; may be empty.
bool IsFieldValue(std::string_view value);
// One or more token characters: methods, and protocols of extended CONNECT.
bool IsToken(std::string_view text);
// RFC 3986 §3.1.
bool IsScheme(std::string_view scheme);
// A host and perhaps a port, no userinfo (RFC 9114 §4.3.1); the host is not empty. RFC 3986 §3.2.2,
// §3.2.3.
bool IsHostAndPort(std::string_view authority);
// A host and a port of 1 to 65535: where a tunnel leads. RFC 9110 §9.3.6.
bool IsTunnelTarget(std::string_view authority);
// Visible ASCII without "#". Paths and queries are not looked at more closely: characters that RFC
// 3986 wants percent-encoded are common in queries and harm nobody.
bool IsPathText(std::string_view path);
// 1*DIGIT below 2^62: ports, and content lengths, of which a stream carries no more. RFC 9110 §8.6.
std::optional<std::uint64_t> ParseDecimal(std::string_view digits);

}  // namespace quiesce::http3
