#include "http3/field_syntax.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace quiesce::http3 {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLowercase = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

enum CharacterClass : std::uint8_t {
  kTokenCharacter = 0x01,      // RFC 9110 §5.6.2, tchar
  kNameCharacter = 0x02,       // tchar without uppercase
  kVisible = 0x04,             // RFC 9110 §5.5, field-vchar: VCHAR and obs-text
  kValueCharacter = 0x08,      // field-vchar, SP, HTAB
  kSchemeCharacter = 0x10,     // RFC 3986 §3.1
  kHostCharacter = 0x20,       // RFC 3986 §3.2.2, reg-name
  kIpLiteralCharacter = 0x40,  // RFC 3986 §3.2.2, between brackets
  kPathCharacter = 0x80,       // VCHAR but "#"
};

constexpr std::array<std::uint8_t, 256> BuildClasses() {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&classes](std::string_view characters, int bits) {
    for (const char c : characters) {
      classes[static_cast<std::uint8_t>(c)] |= static_cast<std::uint8_t>(bits);
    }
  };
  constexpr int kToken = kTokenCharacter | kNameCharacter;
  constexpr int kHost = kHostCharacter | kIpLiteralCharacter;
  add(kDigits, kToken | kHost | kSchemeCharacter);
  add(kLowercase, kToken | kHost | kSchemeCharacter);
  add(kUppercase, kTokenCharacter | kHost | kSchemeCharacter);
  add("!#$%&'*+-.^_`|~", kToken);
  add("+-.", kSchemeCharacter);
  add("-._~!$&'()*+,;=", kHost);  // the rest of unreserved, and sub-delims
  add("%", kHostCharacter);
  add(":", kIpLiteralCharacter);
  add(" \t", kValueCharacter);
  for (std::size_t c = 0x21; c < 256; ++c) {
    if (c == 0x7f) continue;
    classes[c] |= kVisible | kValueCharacter;
    if (c < 0x7f && c != '#') classes[c] |= kPathCharacter;
  }
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = BuildClasses();

bool Is(char c, CharacterClass wanted) {
  return (kClasses[static_cast<std::uint8_t>(c)] & wanted) != 0;
}

bool All(std::string_view text, CharacterClass wanted) {
  return std::ranges::all_of(text, [wanted](char c) { return Is(c, wanted); });
}

bool IsDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

// nullopt when the text has not that form.
std::optional<HostAndPort> Split(std::string_view authority) {
  HostAndPort parts;
  std::size_t host_end = 0;
  if (authority.starts_with('[')) {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos || host_end == 1) return std::nullopt;
    if (!All(authority.substr(1, host_end - 1), kIpLiteralCharacter)) return std::nullopt;
    ++host_end;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
    if (host_end == 0 || !All(authority.substr(0, host_end), kHostCharacter)) return std::nullopt;
  }
  parts.host = authority.substr(0, host_end);
  if (host_end == authority.size()) return parts;
  if (authority[host_end] != ':') return std::nullopt;
  parts.port = authority.substr(host_end + 1);
  if (!IsDigits(*parts.port)) return std::nullopt;
  return parts;
}

}  // namespace

bool IsFieldName(std::string_view name) { return !name.empty() && All(name, kNameCharacter); }

bool IsFieldValue(std::string_view value) {
  if (value.empty()) return true;
  return Is(value.front(), kVisible) && Is(value.back(), kVisible) && All(value, kValueCharacter);
}

bool IsToken(std::string_view text) { return !text.empty() && All(text, kTokenCharacter); }

bool IsScheme(std::string_view scheme) {
  if (scheme.empty() || !All(scheme, kSchemeCharacter)) return false;
  return (kLowercase.find(scheme.front()) != std::string_view::npos) ||
         (kUppercase.find(scheme.front()) != std::string_view::npos);
}

bool IsHostAndPort(std::string_view authority) { return Split(authority).has_value(); }

bool IsTunnelTarget(std::string_view authority) {
  const std::optional<HostAndPort> parts = Split(authority);
  if (!parts || !parts->port) return false;
  const std::optional<std::uint64_t> port = ParseDecimal(*parts->port);
  return port && *port >= 1 && *port <= 65535;
}

bool IsPathText(std::string_view path) { return All(path, kPathCharacter); }

std::optional<std::uint64_t> ParseDecimal(std::string_view digits) {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 62) - 1;
  if (digits.empty() || !IsDigits(digits)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    // kMost * 10 would not fit, so the limit is looked at before.
    if (number > kMost / 10) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number > kMost ? std::nullopt : std::optional(number);
}

}  // namespace quiesce::http3
