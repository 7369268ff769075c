// Datagrams that may begin a connection, kept back while the socket is read to the end and served a
// few per turn: each may cost a signature, and whoever signs does not read. RFC 9000 §5.2.2: a
// server may drop or delay what it has no capacity for. Owned by the shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/datagram.h"

namespace quiesce::quic {

class Arrivals {
 public:
  struct Datagram {
    DatagramInfo info;
    std::vector<std::uint8_t> bytes;
  };

  explicit Arrivals(std::size_t datagrams_max) : datagrams_max_(datagrams_max) {}

  // Whether `bytes` have a long header, as everything that begins a connection has. RFC 8999 §5.1.
  static bool MayBegin(std::span<const std::uint8_t> bytes);

  // Copies the datagram; when too many wait it is dropped, and counted.
  void Add(const DatagramInfo& info, std::span<const std::uint8_t> bytes);
  // The oldest.
  std::optional<Datagram> Take();

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  const std::size_t datagrams_max_;
  std::deque<Datagram> waiting_;
  std::uint64_t dropped_ = 0;
};

}  // namespace quiesce::quic
