#include "http3/events.h"

namespace quiesce::http3 {

std::string_view ToString(RetrySafety safety) {
  switch (safety) {
    case RetrySafety::kNotProcessed:
      return "not_processed";
    case RetrySafety::kMaybeProcessed:
      return "maybe_processed";
    case RetrySafety::kProcessed:
      return "processed";
  }
  return "unknown";
}

}  // namespace quiesce::http3
