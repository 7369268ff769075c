#include "crypto/replay_cache.h"

#include <openssl/sha.h>

#include <utility>

namespace quiesce::crypto {

bool ReplayCache::IsFirst(std::int64_t now_s, std::span<const std::uint8_t> client_hello) {
  Rotate(now_s);
  Digest digest;
  SHA256(client_hello.data(), client_hello.size(), digest.data());
  if (previous_.contains(digest) || current_.contains(digest)) return false;
  if (current_.size() >= entries_max_) return false;
  current_.insert(digest);
  return true;
}

void ReplayCache::Rotate(std::int64_t now_s) {
  const std::int64_t age = now_s - current_since_s_;
  if (age < kWindowS) return;
  previous_ = age < 2 * kWindowS ? std::exchange(current_, {}) : std::set<Digest>();
  current_.clear();
  current_since_s_ = now_s;
}

}  // namespace quiesce::crypto
