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
  friend bool operator==(const DatagramInfo&, const DatagramInfo&) = default;
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

  // How many datagrams from index `first` on, which exists, make one run: same path and mark, all
  // of one size except that the last may be smaller, none empty, together at most `bytes_max`
  // bytes. They stand back to back, so that the kernel or the network card can cut them apart again
  // (segmentation offload). At least 1, at most `datagrams_max`.
  std::size_t RunLength(std::size_t first, std::size_t datagrams_max, std::size_t bytes_max) const {
    const DatagramInfo& info = datagrams_[first].info;
    const std::size_t size = datagrams_[first].bytes.size();
    const std::size_t end =
        datagrams_max < datagrams_.size() - first ? first + datagrams_max : datagrams_.size();
    std::size_t bytes = size;
    std::size_t next = first + 1;
    for (std::size_t previous = size; next < end && previous == size; ++next) {
      previous = datagrams_[next].bytes.size();
      bytes += previous;
      if (previous == 0 || previous > size || bytes > bytes_max || datagrams_[next].info != info)
        break;
    }
    return next - first;
  }

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
