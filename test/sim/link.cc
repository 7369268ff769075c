#include "test/sim/link.h"

#include <algorithm>
#include <string>

namespace quiesce::sim {

void Link::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                          std::span<std::uint8_t> bytes) {
  while (!queued_.empty() && queued_.front().departure <= now) {
    queued_bytes_ -= queued_.front().size;
    queued_.pop_front();
  }
  // A datagram that finds the wire idle needs no room in the queue.
  if (!queued_.empty() && queued_bytes_ + bytes.size() > options_.queue_bytes) {
    Note("queue full, " + std::to_string(bytes.size()) + " bytes dropped");
    return;
  }
  const Duration transmission(bytes.size() * 1'000'000'000 / options_.bytes_per_second);
  busy_until_ = std::max(now, busy_until_) + transmission;
  queued_.push_back({busy_until_, bytes.size()});
  queued_bytes_ += bytes.size();
  in_flight_.Add(busy_until_ + options_.delay, info, bytes);
}

std::size_t Link::PollTransmit(Instant now, quic::TransmitBatch& out) {
  return in_flight_.TakeDue(now, out);
}

}  // namespace quiesce::sim
