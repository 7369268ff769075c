// One direction of a wire with a bottleneck in front of it: datagrams wait in a queue of bounded
// length, leave at a rate, and arrive after a delay, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "test/sim/node.h"
#include "test/sim/packet_queue.h"

namespace quiesce::sim {

struct LinkOptions {
  std::uint64_t bytes_per_second = 12'500'000;  // 100 Mbit/s
  Duration delay = std::chrono::milliseconds(10);
  // What may wait for the bottleneck; a datagram beyond is lost.
  std::size_t queue_bytes = 256 * 1024;
};

class Link final : public Node {
 public:
  explicit Link(const LinkOptions& options) : options_(options) {}

  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;
  void HandleTimeout(Instant) override {}
  std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) override;
  std::optional<Instant> NextTimeout() const override { return in_flight_.NextTimeout(); }

 private:
  struct Queued {
    Instant departure;
    std::size_t size;
  };

  const LinkOptions options_;
  Instant busy_until_{};
  std::size_t queued_bytes_ = 0;
  std::deque<Queued> queued_;
  PacketQueue in_flight_;
};

}  // namespace quiesce::sim
