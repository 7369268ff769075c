#include "quic/stream/stream_table.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::quic {

Stream* StreamTable::Find(StreamId stream_id) const {
  const Entry* entry = FindEntry(KindOf(stream_id), stream_id.sequence());
  return entry == nullptr ? nullptr : entry->stream.get();
}

Stream& StreamTable::OpenNext(Perspective initiator, StreamDirection direction) {
  Kind& kind = KindOf(StreamId::Make(initiator, direction, 0));
  const std::uint64_t sequence = kind.opened++;
  kind.entries.push_back(
      {sequence, std::make_unique<Stream>(StreamId::Make(initiator, direction, sequence))});
  ++live_;
  return *kind.entries.back().stream;
}

void StreamTable::Retire(StreamId stream_id) {
  Kind& kind = KindOf(stream_id);
  const Entry* found = FindEntry(kind, stream_id.sequence());
  QUIESCE_CHECK(found != nullptr && found->stream != nullptr);
  kind.entries[static_cast<std::size_t>(found - kind.entries.data())].stream.reset();
  --live_;
  // Swept when half of the entries are empty: constant time per retired stream, and never more
  // entries than twice the live ones.
  if (++kind.retired_entries * 2 < kind.entries.size()) return;
  std::erase_if(kind.entries, [](const Entry& entry) { return entry.stream == nullptr; });
  kind.retired_entries = 0;
}

void StreamTable::Clear() {
  for (Kind& kind : kinds_) {
    kind.entries = std::vector<Entry>();
    kind.retired_entries = 0;
  }
  live_ = 0;
}

std::size_t StreamTable::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Kind& kind : kinds_) bytes += kind.entries.capacity() * sizeof(Entry);
  ForEach([&](const Stream& stream) { bytes += stream.memory_bytes(); });
  return bytes;
}

const StreamTable::Entry* StreamTable::FindEntry(const Kind& kind, std::uint64_t sequence) {
  const auto it = std::lower_bound(
      kind.entries.begin(), kind.entries.end(), sequence,
      [](const Entry& entry, std::uint64_t value) { return entry.sequence < value; });
  return it != kind.entries.end() && it->sequence == sequence ? &*it : nullptr;
}

}  // namespace quiesce::quic
