// Which 0-RTT attempts a server has seen, so that it accepts each at most once: recording of
// ClientHellos. RFC 8446 §8.2. Owned by a ServerTlsConfig, on one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>

namespace quiesce::crypto {

class ReplayCache {
 public:
  // How long an attempt is remembered at least, in seconds. TLS refuses early data whose ticket age
  // is off by more than a minute, in either direction, so nothing older can be played again.
  static constexpr std::int64_t kWindowS = 130;

  // `entries_max`: attempts that are remembered for one window; about 100 bytes each, twice.
  explicit ReplayCache(std::size_t entries_max) : entries_max_(entries_max) {}

  // Whether this ClientHello, all of it, comes for the first time. False also when there is no room
  // to remember it: what cannot be remembered must not be accepted. `now_s` never goes back.
  bool IsFirst(std::int64_t now_s, std::span<const std::uint8_t> client_hello);

  std::size_t size() const { return current_.size() + previous_.size(); }

 private:
  using Digest = std::array<std::uint8_t, 32>;

  void Rotate(std::int64_t now_s);

  std::size_t entries_max_;
  std::int64_t current_since_s_ = 0;
  std::set<Digest> current_;
  std::set<Digest> previous_;  // of the window before
};

}  // namespace quiesce::crypto
