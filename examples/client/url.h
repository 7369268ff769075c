// An https URL taken apart. RFC 3986 §3, RFC 9114 §3.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quiesce::examples {

struct Url {
  std::string host;  // without the brackets of an IPv6 literal
  std::uint16_t port = 443;
  std::string authority;   // as it stands in the URL: host, and port if it was given
  std::string path = "/";  // and query; never empty
  // host:port, for looking up the address.
  std::string endpoint() const;
};

// nullopt with one line in `error` for anything but https://host[:port][/path][?query].
std::optional<Url> ParseUrl(std::string_view text, std::string& error);

}  // namespace quiesce::examples
