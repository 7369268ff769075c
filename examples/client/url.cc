#include "examples/client/url.h"

#include <charconv>

namespace quiesce::examples {
namespace {

// Splits "host", "host:port", "[v6]" or "[v6]:port". False when the port is no port.
bool SplitAuthority(std::string_view authority, Url& url) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && port[0] != ':') return false;
  } else {
    const std::size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (url.host.empty()) return false;
  if (port.empty()) return true;
  port.remove_prefix(1);
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return fault == std::errc() && end == port.data() + port.size() && url.port != 0;
}

}  // namespace

std::string Url::endpoint() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Url> ParseUrl(std::string_view text, std::string& error) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) {
    error = "URL '" + std::string(text) + "': only https:// is spoken over HTTP/3";
    return std::nullopt;
  }
  std::string_view rest = text.substr(kScheme.size());
  rest = rest.substr(0, rest.find('#'));
  for (const char c : rest) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
      error =
          "URL '" + std::string(text) + "': spaces and control characters must be encoded (%20)";
      return std::nullopt;
    }
  }
  Url url;
  const std::size_t path = rest.find_first_of("/?");
  url.authority = rest.substr(0, path);
  if (path != std::string_view::npos) {
    url.path = rest.substr(path);
    if (url.path[0] == '?') url.path.insert(0, "/");
  }
  const std::size_t user = url.authority.find('@');
  if (user != std::string::npos || !SplitAuthority(url.authority, url)) {
    error = "URL '" + std::string(text) + "': the part between // and / must be host or host:port";
    return std::nullopt;
  }
  return url;
}

}  // namespace quiesce::examples
