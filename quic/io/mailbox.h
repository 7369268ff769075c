// Messages from any thread into one shard, bounded. The only place of the stack where threads meet.
// The shard watches fd() in its event loop and takes everything at once; senders hold the mailbox
// alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "quic/io/wakeup.h"

namespace quiesce::quic {

enum class PostResult : std::uint8_t {
  kPosted,
  kFull,    // the shard is behind; try again later, or drop
  kClosed,  // the shard is gone, or going
};

// `Message` is movable; it may own what it carries.
template <typename Message>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) { messages_.reserve(capacity); }

  // Any thread. `message` is moved from only when kPosted. Messages of one thread keep their order.
  [[nodiscard]] PostResult Post(Message&& message) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return PostResult::kClosed;
      if (messages_.size() >= capacity_) return PostResult::kFull;
      messages_.push_back(std::move(message));
      if (messages_.size() > 1)
        return PostResult::kPosted;  // whoever posted the first has signalled
    }
    wakeup_.Signal();
    return PostResult::kPosted;
  }

  // The shard's thread: replaces the contents of `out` by everything posted so far, oldest first.
  // The vector's memory is reused, so a steady state allocates nothing.
  void TakeAll(std::vector<Message>& out) {
    out.clear();
    out.reserve(capacity_);
    wakeup_.Clear();
    const std::lock_guard lock(mutex_);
    messages_.swap(out);
  }

  // Any thread: nothing is accepted from now on. What was posted can still be taken.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  // Readable when there is something to take.
  int fd() const { return wakeup_.fd(); }

 private:
  const std::size_t capacity_;
  Wakeup wakeup_;
  std::mutex mutex_;
  std::vector<Message> messages_;  // guarded by mutex_
  bool closed_ = false;            // guarded by mutex_
};

}  // namespace quiesce::quic
