// What passes between the edge (sockets, simulator) and the core: datagrams and their facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quic/base/address.h"
#include "quic/base/check.h"

namespace quiesce::quic {

// RFC 3168 §5: the two low bits of the IP traffic class.
enum class Ecn : std::uint8_t { kNotEct = 0, kEct1 = 1, kEct0 = 2, kCe = 3 };

struct DatagramInfo {
  NetworkPath path;  // local = where it arrived, or shall leave from
  Ecn ecn = Ecn::kNotEct;
};

// A caller-owned buffer that PollTransmit fills with datagrams, back to back.
//
//   TransmitBatch batch(64 * 1024);
//   while (core.PollTransmit(now, batch) > 0) { send(batch); batch.Clear(); }
//
// A producer calls Room(), writes at most that many bytes there, then Append().
class TransmitBatch {
 public:
  struct Datagram {
    DatagramInfo info;
    std::span<const std::uint8_t> bytes;  // into the batch; valid until Clear()
  };

  explicit TransmitBatch(std::size_t capacity_bytes, std::size_t max_datagrams = 64)
      : buffer_(capacity_bytes), max_datagrams_(max_datagrams) {
    datagrams_.reserve(max_datagrams);
  }

  // Writable bytes for the next datagram; empty when the batch is full.
  std::span<std::uint8_t> Room() {
    if (datagrams_.size() == max_datagrams_) return {};
    return std::span(buffer_).subspan(used_);
  }

  // Takes the first `size` bytes of Room() as one datagram.
  void Append(const DatagramInfo& info, std::size_t size) {
    QUIESCE_CHECK(size <= Room().size());
    datagrams_.push_back({info, std::span<const std::uint8_t>(buffer_).subspan(used_, size)});
    used_ += size;
  }

  std::span<const Datagram> datagrams() const { return datagrams_; }
  bool empty() const { return datagrams_.empty(); }
  void Clear() {
    datagrams_.clear();
    used_ = 0;
  }

 private:
  std::vector<std::uint8_t> buffer_;
  std::vector<Datagram> datagrams_;
  std::size_t max_datagrams_;
  std::size_t used_ = 0;
};

}  // namespace quiesce::quic
