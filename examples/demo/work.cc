#include "examples/demo/work.h"

#include <charconv>

namespace quiesce::examples {
namespace {

constexpr std::string_view kKey = "/work?key=";
constexpr std::string_view kDelay = "&delay_ms=";
constexpr std::string_view kBytes = "&bytes=";
constexpr std::size_t kShort = 32;

// splitmix64: every input has an output of its own, and neighbours look unrelated.
std::uint64_t Mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// Calls `take(index, byte)` for `count` bytes of a body from `offset` on, until it returns false.
template <typename Take>
bool ForEachByte(std::uint32_t key, std::size_t offset, std::size_t count, Take take) {
  std::uint64_t word = 0;  // eight bytes at a time
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t position = offset + i;
    if (i == 0 || position % 8 == 0) word = Mix((std::uint64_t{key} << 32) | (position / 8));
    if (!take(i, static_cast<std::uint8_t>(word >> (8 * (position % 8))))) return false;
  }
  return true;
}

// Takes `prefix` and the number after it, at most `max`.
std::optional<std::uint64_t> TakeNumber(std::string_view& text, std::string_view prefix,
                                        std::uint64_t max) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || number > max) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

Work Work::Of(std::uint32_t key) {
  const std::uint64_t chance = Mix(~std::uint64_t{key});
  const std::uint64_t amount = chance >> 8;
  switch (chance % 4) {
    case 0:
      return {key, std::chrono::milliseconds(5 + amount % 196), kShort};
    case 1:
      return {key, std::chrono::milliseconds(0), 1024 * (1 + amount % 64)};
    default:
      return {key, std::chrono::milliseconds(0), kShort};
  }
}

std::string Work::path() const {
  return std::string(kKey) + std::to_string(key) + std::string(kDelay) +
         std::to_string(delay.count()) + std::string(kBytes) + std::to_string(bytes);
}

std::optional<Work> Work::Parse(std::string_view path) {
  const auto key = TakeNumber(path, kKey, UINT32_MAX);
  if (!key) return std::nullopt;
  const auto delay = TakeNumber(path, kDelay, static_cast<std::uint64_t>(kDelayMax.count()));
  if (!delay) return std::nullopt;
  const auto bytes = TakeNumber(path, kBytes, kBytesMax);
  if (!bytes || !path.empty()) return std::nullopt;
  return Work{static_cast<std::uint32_t>(*key), std::chrono::milliseconds(*delay), *bytes};
}

std::string Work::Body() const {
  std::string body(bytes, '\0');
  ForEachByte(key, 0, bytes, [&body](std::size_t i, std::uint8_t byte) {
    body[i] = static_cast<char>(byte);
    return true;
  });
  return body;
}

bool Work::Matches(std::size_t offset, std::span<const std::uint8_t> part) const {
  if (offset > bytes || part.size() > bytes - offset) return false;
  return ForEachByte(key, offset, part.size(),
                     [&part](std::size_t i, std::uint8_t byte) { return part[i] == byte; });
}

}  // namespace quiesce::examples
