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

// Eight bytes of the body at a time.
std::uint64_t BodyWord(std::uint32_t key, std::size_t index) {
  return Mix((std::uint64_t{key} << 32) | index);
}

std::uint8_t BodyByte(std::uint32_t key, std::size_t offset) {
  return static_cast<std::uint8_t>(BodyWord(key, offset / 8) >> (8 * (offset % 8)));
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
  for (std::size_t i = 0; i < bytes; ++i) body[i] = static_cast<char>(BodyByte(key, i));
  return body;
}

bool Work::Matches(std::size_t offset, std::span<const std::uint8_t> part) const {
  if (offset > bytes || part.size() > bytes - offset) return false;
  for (std::size_t i = 0; i < part.size(); ++i)
    if (part[i] != BodyByte(key, offset + i)) return false;
  return true;
}

}  // namespace quiesce::examples
