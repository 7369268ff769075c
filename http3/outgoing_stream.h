// The sending half of a stream over a transport that may take less than it is offered: what was not
// taken waits here and goes out in order when there is room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

class OutgoingStream {
 public:
  // Not open yet: bytes may be appended, and leave after Open().
  explicit OutgoingStream(quic::Transport& transport) : transport_(transport) {}
  OutgoingStream(quic::Transport& transport, quic::StreamId id) : transport_(transport), id_(id) {}

  // Opens a unidirectional stream of this side and sends what waits. False while the peer's limit
  // forbids it.
  bool Open();
  std::optional<quic::StreamId> id() const { return id_; }
  bool Is(quic::StreamId id) const { return id_ == id; }

  // Memory for `bytes` that wait, taken now, so that appending them later needs none.
  void Reserve(std::size_t bytes) { pending_.reserve(bytes); }
  // Sends or keeps. With `fin` nothing may be appended afterwards.
  void Append(std::span<const std::uint8_t> bytes, bool fin = false);
  // The transport has room again (StreamWritable).
  void Flush();
  // Drops what waits: the stream was reset.
  void Stop();

  // Nothing waits for room, FIN included.
  bool flushed() const { return pending_.empty() && (!fin_ || fin_taken_); }
  // The transport refuses more: reset, stopped by the peer, or the connection is closing.
  bool stopped() const { return stopped_; }
  // The offset behind everything appended so far.
  quic::ByteCount end_offset() const { return taken_ + quic::ByteCount(pending_.size()); }
  // How much of it the transport has taken.
  quic::ByteCount taken() const { return taken_; }

 private:
  quic::Transport& transport_;
  std::optional<quic::StreamId> id_;
  std::vector<std::uint8_t> pending_;
  quic::ByteCount taken_;
  bool fin_ = false;
  bool fin_taken_ = false;
  bool stopped_ = false;
};

}  // namespace quiesce::http3
