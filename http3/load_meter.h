// What a peer may cost one connection without getting any request done. RFC 9114 §10.5: legitimate
// uses exist for everything counted here, so each useful act gives some back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "http3/config.h"

namespace quiesce::http3 {

class LoadMeter {
 public:
  explicit LoadMeter(const Config& config) : config_(config) {}

  // Bytes read that carry no message: unknown frames, frame headers, control frames.
  void OnIgnored(std::uint64_t bytes) { ignored_bytes_ += bytes; }
  // A field section, which is worth its own padding, and bytes of a DATA payload, which are worth
  // as many again.
  void OnSection() { Credit(kCreditMax); }
  void OnData(std::uint64_t bytes) { Credit(std::min(bytes, kCreditMax)); }

  // A request ended by the peer's wish or fault before it was answered.
  void OnUnanswered() { ++unanswered_; }
  void OnAnswered() { unanswered_ -= unanswered_ > 0 ? 1 : 0; }

  // Bytes of unfinished HEADERS frames held by one stream changed.
  void OnPartialSection(std::size_t before, std::size_t after) {
    partial_bytes_ += after;
    partial_bytes_ -= before;
  }
  bool partial_sections_full() const { return partial_bytes_ > config_.partial_sections_bytes_max; }
  std::size_t partial_bytes() const { return partial_bytes_; }

  // What to say to a peer that costs too much, with H3_EXCESSIVE_LOAD; nullptr while it does not.
  const char* excess() const {
    if (ignored_bytes_ > config_.ignored_bytes_max) return "too many bytes without meaning";
    if (unanswered_ > config_.unanswered_requests_max) return "too many requests given up";
    return nullptr;
  }

 private:
  static constexpr std::uint64_t kCreditMax = 1024;

  void Credit(std::uint64_t bytes) { ignored_bytes_ -= std::min(ignored_bytes_, bytes); }

  const Config& config_;
  std::uint64_t ignored_bytes_ = 0;
  std::uint32_t unanswered_ = 0;
  std::size_t partial_bytes_ = 0;
};

}  // namespace quiesce::http3
