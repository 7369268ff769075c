// The soonest deadline of each connection, and which connection is due next: a binary heap with one
// entry per connection. A deadline that moves later, which is what nearly every packet does, only
// overwrites a number; the heap learns of it when the old time comes. Owned by the endpoint, one
// per shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "quic/base/time.h"

namespace quiesce::quic {

class DeadlineQueue {
 public:
  // `slot` numbers are small and reused; memory grows with the largest. nullopt = no deadline.
  void Set(std::uint32_t slot, std::optional<Instant> deadline);

  // A time at or before the soonest deadline, never after it: calling PopDue() early is harmless.
  std::optional<Instant> Next() const;

  // A slot whose deadline is at or before `now`, which thereby has no deadline any more; nullopt
  // when no further slot is due. Afterwards Next() lies after `now`.
  std::optional<std::uint32_t> PopDue(Instant now);

 private:
  struct Entry {
    Instant queued_for;  // at or before the slot's deadline
    std::uint32_t slot;
  };
  struct State {
    Instant deadline = Instant::max();
    std::uint32_t heap_index = kNotQueued;
  };
  static constexpr std::uint32_t kNotQueued = 0xffffffff;

  void SiftUp(std::uint32_t index);
  void SiftDown(std::uint32_t index);
  void Put(std::uint32_t index, const Entry& entry);
  void PopFront();

  std::vector<Entry> heap_;
  std::vector<State> states_;  // by slot
};

}  // namespace quiesce::quic
