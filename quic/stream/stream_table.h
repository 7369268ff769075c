// The streams of one connection by ID: which exist, which have ended, which were never opened.
// RFC 9000 §2.1. Owned by the StreamSet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "quic/base/types.h"
#include "quic/stream/stream.h"

namespace quiesce::quic {

// Streams of a kind open in sequence, so one number says which were ever opened, and of those the
// ones that are not in the table have ended: an ended stream costs nothing, and its late frames are
// known as such. The table is sorted, not hashed: there is nothing for a peer to collide.
class StreamTable {
 public:
  // Null for streams that have ended or were never opened.
  Stream* Find(StreamId stream_id) const;
  bool WasOpened(StreamId stream_id) const {
    return stream_id.sequence() < KindOf(stream_id).opened;
  }
  // How many streams of a kind were ever opened: the sequence number of the next one.
  std::uint64_t opened(Perspective initiator, StreamDirection direction) const {
    return KindOf(StreamId::Make(initiator, direction, 0)).opened;
  }

  // Opens the next stream of a kind. Its halves are still to be made.
  Stream& OpenNext(Perspective initiator, StreamDirection direction);
  // Destroys a stream.
  void Retire(StreamId stream_id);
  void Clear();

  // Every live stream, by kind and then ID. `action` opens and retires none.
  template <typename Action>
  void ForEach(const Action& action) const {
    for (const Kind& kind : kinds_) {
      for (const Entry& entry : kind.entries) {
        if (entry.stream) action(*entry.stream);
      }
    }
  }

  std::size_t live() const { return live_; }
  std::size_t memory_bytes() const;  // streams included

 private:
  struct Entry {
    std::uint64_t sequence;
    std::unique_ptr<Stream> stream;  // null once retired, until the next sweep
  };
  struct Kind {
    std::uint64_t opened = 0;
    std::size_t retired_entries = 0;
    std::vector<Entry> entries;  // ascending
  };

  const Kind& KindOf(StreamId stream_id) const { return kinds_[stream_id.value() & 3]; }
  Kind& KindOf(StreamId stream_id) { return kinds_[stream_id.value() & 3]; }
  // The entry of a stream, or null.
  static const Entry* FindEntry(const Kind& kind, std::uint64_t sequence);

  std::array<Kind, 4> kinds_;
  std::size_t live_ = 0;
};

}  // namespace quiesce::quic
