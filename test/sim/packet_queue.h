// Datagrams that a stage of the network has and will hand on, ordered by when. Equal moments keep
// the order of arrival.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/datagram.h"
#include "quic/base/time.h"

namespace quiesce::sim {

class PacketQueue {
 public:
  void Add(quic::Instant when, const quic::DatagramInfo& info,
           std::span<const std::uint8_t> bytes) {
    auto at = packets_.end();
    while (at != packets_.begin() && (at - 1)->when > when) --at;
    packets_.insert(at, {when, info, {bytes.begin(), bytes.end()}});
  }

  // Moves what is due into `out`, as far as it fits; returns how many datagrams.
  std::size_t TakeDue(quic::Instant now, quic::TransmitBatch& out) {
    std::size_t taken = 0;
    while (!packets_.empty() && packets_.front().when <= now) {
      const Packet& next = packets_.front();
      const std::span<std::uint8_t> room = out.Room();
      if (room.size() < next.bytes.size()) break;
      std::ranges::copy(next.bytes, room.begin());
      out.Append(next.info, next.bytes.size());
      packets_.pop_front();
      ++taken;
    }
    return taken;
  }

  std::optional<quic::Instant> NextTimeout() const {
    if (packets_.empty()) return std::nullopt;
    return packets_.front().when;
  }

 private:
  struct Packet {
    quic::Instant when;
    quic::DatagramInfo info;
    std::vector<std::uint8_t> bytes;
  };
  std::deque<Packet> packets_;
};

}  // namespace quiesce::sim
