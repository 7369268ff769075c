#include "quic/io/arrivals.h"

#include <utility>

#include "quic/wire/header.h"

namespace quiesce::quic {

bool Arrivals::MayBegin(std::span<const std::uint8_t> bytes) {
  return !bytes.empty() && IsLongHeader(bytes[0]);
}

void Arrivals::Add(const DatagramInfo& info, std::span<const std::uint8_t> bytes) {
  if (waiting_.size() >= datagrams_max_) {
    ++dropped_;
    return;
  }
  waiting_.push_back({info, {bytes.begin(), bytes.end()}});
}

std::optional<Arrivals::Datagram> Arrivals::Take() {
  if (waiting_.empty()) return std::nullopt;
  Datagram oldest = std::move(waiting_.front());
  waiting_.pop_front();
  return oldest;
}

}  // namespace quiesce::quic
