#include "test/sim/request_plan.h"

#include <charconv>

namespace quiesce::sim {
namespace {

std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  std::uint64_t value = 0;
  if (text.empty() || text.front() != '/') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::string_view ToString(Work work) {
  switch (work) {
    case Work::kAtOnce:
      return "at once";
    case Work::kLater:
      return "later";
    case Work::kStream:
      return "stream";
    case Work::kTrailers:
      return "trailers";
    case Work::kUpload:
      return "upload";
    case Work::kUntilDrain:
      return "until drain";
    case Work::kFail:
      return "fail";
    case Work::kNever:
      return "never";
  }
  return "unknown";
}

std::string RequestPlan::Path() const {
  return "/" + std::to_string(key) + "/" + std::to_string(static_cast<int>(work)) + "/" +
         std::to_string(delay.count()) + "/" + std::to_string(bytes);
}

std::optional<RequestPlan> RequestPlan::FromPath(std::string_view path) {
  const auto key = TakeNumber(path), work = TakeNumber(path), delay = TakeNumber(path),
             bytes = TakeNumber(path);
  if (!key || !work || !delay || !bytes || !path.empty() || *work >= kWorks) return std::nullopt;
  return RequestPlan{
      .key = *key, .work = static_cast<Work>(*work), .delay = Duration(*delay), .bytes = *bytes};
}

}  // namespace quiesce::sim
