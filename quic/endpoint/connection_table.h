// Connection ID -> slot of the endpoint. Open addressing with robin-hood order; the hash is XXH3
// with a random secret of its own, so that a peer that chooses IDs cannot choose collisions. Owned
// by the endpoint, one per shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/random.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class ConnectionTable {
 public:
  // No look-up visits more entries than this: an insertion that would exceed it makes the table
  // grow.
  static constexpr std::size_t kProbeLengthMax = 16;

  explicit ConnectionTable(crypto::Random& random);

  // False, and nothing changed, when the ID is there already: it belongs to somebody else.
  [[nodiscard]] bool Insert(const ConnectionId& id, std::uint32_t slot);
  std::optional<std::uint32_t> Find(const ConnectionId& id) const;
  // False when the ID is not there.
  bool Erase(const ConnectionId& id);

  std::size_t size() const { return size_; }
  // Entries that there is room for before the table grows again; it never shrinks.
  std::size_t capacity() const { return entries_.size(); }
  // The longest distance of an entry from its home, plus one; for metrics and tests. O(capacity).
  std::size_t longest_probe() const;

 private:
  struct Entry {
    ConnectionId id;
    std::uint8_t probe_length = 0;  // 1 = at home, 0 = empty
    std::uint32_t slot = 0;
  };
  static constexpr std::size_t kSecretSize = 192;

  std::size_t Home(const ConnectionId& id) const;
  std::size_t Next(std::size_t index) const { return (index + 1) & (entries_.size() - 1); }
  std::optional<std::size_t> FindIndex(const ConnectionId& id) const;
  bool TryPlace(Entry& entry);
  void Place(Entry entry);
  void Grow();

  std::array<std::uint8_t, kSecretSize> secret_;
  std::vector<Entry> entries_;  // a power of two of them
  std::size_t size_ = 0;
};

}  // namespace quiesce::quic
