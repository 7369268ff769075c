// One request of a simulated client: what it asks the server to do, when, and under which key it is
// counted. The path carries the plan, so that the server needs to know nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "test/sim/node.h"

namespace quiesce::sim {

// What the server's handler does with a request.
enum class Work : std::uint8_t {
  kAtOnce,      // responds with `bytes`
  kLater,       // responds with `bytes` after `delay`
  kStream,      // streams `bytes`, as fast as the connection takes them
  kTrailers,    // the same, after an interim response and with trailers behind
  kUpload,      // reads `bytes` and says how many they were
  kUntilDrain,  // streams on and on, and ends when it is told that the server leaves
  kFail,        // gives the request up
  kNever,       // does nothing
};
inline constexpr std::size_t kWorks = 8;

std::string_view ToString(Work work);

struct RequestPlan {
  std::uint64_t key = 0;  // unique in a world
  Work work = Work::kAtOnce;
  Duration delay{};       // of the handler
  std::size_t bytes = 0;  // of the body, whichever direction it goes
  // Of the client, after its start: when it sends the request, and how long it waits before it
  // gives the request up.
  Duration at{};
  std::optional<Duration> cancel_after;

  std::string Path() const;
  // The part of a plan that the server sees; nullopt for any other path.
  static std::optional<RequestPlan> FromPath(std::string_view path);

  // The byte of a body at an offset.
  std::uint8_t BodyByte(std::size_t offset) const {
    return static_cast<std::uint8_t>(key * 31 + offset * 7 + offset / 251);
  }
};

}  // namespace quiesce::sim
