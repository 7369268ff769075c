#include "quic/endpoint/connection_table.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace quiesce::quic {
namespace {

constexpr std::size_t kInitialCapacity = 64;

// Full to seven eighths, entries are four or five steps from home on average.
constexpr bool IsTooFull(std::size_t size, std::size_t capacity) { return size > capacity / 8 * 7; }

}  // namespace

ConnectionTable::ConnectionTable(crypto::Random& random) : entries_(kInitialCapacity) {
  static_assert(kSecretSize >= XXH3_SECRET_SIZE_MIN);
  // A seed alone would not do: colliding inputs for every seed of XXH3 are known.
  random.FillSecret(secret_);
}

std::size_t ConnectionTable::Home(const ConnectionId& id) const {
  const std::uint64_t hash =
      XXH3_64bits_withSecret(id.bytes().data(), id.length(), secret_.data(), secret_.size());
  return static_cast<std::size_t>(hash) & (entries_.size() - 1);
}

std::optional<std::size_t> ConnectionTable::FindIndex(const ConnectionId& id) const {
  std::size_t index = Home(id);
  // Robin-hood order: an entry that is nearer to its home than we are to ours would have made
  // place.
  for (std::size_t probe = 1; entries_[index].probe_length >= probe; ++probe) {
    if (entries_[index].id == id) return index;
    index = Next(index);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> ConnectionTable::Find(const ConnectionId& id) const {
  const std::optional<std::size_t> index = FindIndex(id);
  return index ? std::optional(entries_[*index].slot) : std::nullopt;
}

bool ConnectionTable::Insert(const ConnectionId& id, std::uint32_t slot) {
  if (FindIndex(id)) return false;
  if (IsTooFull(size_ + 1, entries_.size())) Grow();
  Place({.id = id, .slot = slot});
  ++size_;
  return true;
}

// Puts the entry, or whichever has to give way to it, where there is room. False when one of them
// would end up too far from home: that one is left in `entry`.
bool ConnectionTable::TryPlace(Entry& entry) {
  std::size_t index = Home(entry.id);
  for (entry.probe_length = 1; entry.probe_length <= kProbeLengthMax; ++entry.probe_length) {
    Entry& here = entries_[index];
    if (here.probe_length == 0) {
      here = entry;
      return true;
    }
    if (here.probe_length < entry.probe_length) std::swap(here, entry);
    index = Next(index);
  }
  return false;
}

void ConnectionTable::Place(Entry entry) {
  while (!TryPlace(entry)) Grow();
}

void ConnectionTable::Grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  for (const Entry& entry : old) {
    if (entry.probe_length != 0) Place(entry);
  }
}

bool ConnectionTable::Erase(const ConnectionId& id) {
  std::optional<std::size_t> found = FindIndex(id);
  if (!found) return false;
  // Those behind move one step towards home, so that no tombstones are needed.
  std::size_t index = *found;
  for (std::size_t next = Next(index); entries_[next].probe_length > 1; next = Next(next)) {
    entries_[index] = entries_[next];
    --entries_[index].probe_length;
    index = next;
  }
  entries_[index] = Entry{};
  --size_;
  return true;
}

std::size_t ConnectionTable::longest_probe() const {
  return std::ranges::max_element(entries_, {}, &Entry::probe_length)->probe_length;
}

}  // namespace quiesce::quic
