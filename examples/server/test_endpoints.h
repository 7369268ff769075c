// Resources for measurements and tests of a drain: slow ones, large ones, and one that takes
// uploads.
//
//   /slow?ms=N    answers after N milliseconds, at most ten minutes
//   /bytes?n=N    N bytes; the byte at offset i is i modulo 251
//   /upload       answers "bytes=N sha256=HEX" of what it was sent
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http3/server/server.h"

namespace quiesce::examples {

// The value of `name` in the target's query; nullopt when it is missing or no number.
std::optional<std::uint64_t> QueryNumber(std::string_view target, std::string_view name);

class TestEndpoints {
 public:
  static constexpr std::uint64_t kSlowMsMax = 10 * 60 * 1000;
  static constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 40;

  explicit TestEndpoints(http3::Server& server) : server_(server) {}

  // False when the request is for another resource, which is then somebody else's to answer.
  bool Handle(http3::Exchange& exchange);

 private:
  void HandleSlow(http3::Exchange& exchange);
  void HandleBytes(http3::Exchange& exchange);

  http3::Server& server_;
};

}  // namespace quiesce::examples
