#include "quic/endpoint/deadline_queue.h"

#include <algorithm>

namespace quiesce::quic {

void DeadlineQueue::Set(std::uint32_t slot, std::optional<Instant> deadline) {
  if (slot >= states_.size()) states_.resize(slot + 1);
  State& state = states_[slot];
  state.deadline = deadline.value_or(Instant::max());
  if (state.deadline == Instant::max()) return;  // an entry, if there is one, finds out in PopDue()
  if (state.heap_index == kNotQueued) {
    heap_.emplace_back();
    Put(static_cast<std::uint32_t>(heap_.size() - 1), {state.deadline, slot});
    SiftUp(state.heap_index);
  } else if (state.deadline < heap_[state.heap_index].queued_for) {
    heap_[state.heap_index].queued_for = state.deadline;
    SiftUp(state.heap_index);
  }
}

std::optional<Instant> DeadlineQueue::Next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().queued_for;
}

std::optional<std::uint32_t> DeadlineQueue::PopDue(Instant now) {
  while (!heap_.empty() && heap_.front().queued_for <= now) {
    const std::uint32_t slot = heap_.front().slot;
    const Instant deadline = states_[slot].deadline;
    if (deadline <= now) {
      PopFront();
      return slot;
    }
    if (deadline == Instant::max()) {
      PopFront();
    } else {
      heap_.front().queued_for = deadline;  // it had moved later
      SiftDown(0);
    }
  }
  return std::nullopt;
}

void DeadlineQueue::Put(std::uint32_t index, const Entry& entry) {
  heap_[index] = entry;
  states_[entry.slot].heap_index = index;
}

void DeadlineQueue::PopFront() {
  states_[heap_.front().slot].heap_index = kNotQueued;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (heap_.empty()) return;
  Put(0, last);
  SiftDown(0);
}

void DeadlineQueue::SiftUp(std::uint32_t index) {
  const Entry entry = heap_[index];
  while (index > 0) {
    const std::uint32_t parent = (index - 1) / 2;
    if (heap_[parent].queued_for <= entry.queued_for) break;
    Put(index, heap_[parent]);
    index = parent;
  }
  Put(index, entry);
}

void DeadlineQueue::SiftDown(std::uint32_t index) {
  const Entry entry = heap_[index];
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    std::uint32_t child = 2 * index + 1;
    if (child >= size) break;
    if (child + 1 < size && heap_[child + 1].queued_for < heap_[child].queued_for) ++child;
    if (entry.queued_for <= heap_[child].queued_for) break;
    Put(index, heap_[child]);
    index = child;
  }
  Put(index, entry);
}

}  // namespace quiesce::quic
