// What one request of the demonstration asks for, and what its answer has to be. The client writes
// it into the request's path, the server does what the path says, and the client checks every byte.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace quiesce::examples {

struct Work {
  static constexpr std::size_t kBytesMax = 64 * 1024;
  static constexpr std::chrono::milliseconds kDelayMax{200};

  std::uint32_t key = 0;               // names the request; no other has it
  std::chrono::milliseconds delay{0};  // before the server answers, up to kDelayMax
  std::size_t bytes = 0;               // of the answer's body, up to kBytesMax

  // The mix: half of the keys ask for a short answer at once, a quarter for one after 5 to 200 ms,
  // a quarter for a body of 1 to 64 KiB. The same key always asks for the same.
  static Work Of(std::uint32_t key);

  std::string path() const;
  // nullopt for anything that path() does not write, or above the limits.
  static std::optional<Work> Parse(std::string_view path);

  // The body: bytes that no other key has.
  std::string Body() const;
  // Whether `bytes` are those of the body from `offset` on.
  bool Matches(std::size_t offset, std::span<const std::uint8_t> bytes) const;
};

}  // namespace quiesce::examples
