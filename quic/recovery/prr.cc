#include "quic/recovery/prr.h"

#include <algorithm>

namespace quiesce::quic {

void Prr::Start(ByteCount ssthresh, ByteCount recover_flight_size) {
  active_ = true;
  ssthresh_ = ssthresh;
  recover_flight_size_ = std::max(recover_flight_size, ByteCount(1));
  delivered_ = out_ = ByteCount(0);
}

// RFC 9937 §6.2.
ByteCount Prr::OnAck(ByteCount delivered, ByteCount in_flight, bool safe,
                     ByteCount max_datagram_size) {
  delivered_ += delivered;
  ByteCount send_count;
  if (in_flight > ssthresh_) {
    const std::uint64_t whole = recover_flight_size_.value();
    send_count = ByteCount((delivered_.value() * ssthresh_.value() + whole - 1) / whole) - out_;
  } else {
    send_count = std::max(delivered_ - out_, delivered);
    if (safe) send_count += max_datagram_size;
    send_count = std::min(ssthresh_ - in_flight, send_count);
  }
  // RFC 9937 §6.2: the first lost packet is sent again at once.
  if (out_.is_zero() && send_count.is_zero()) send_count = max_datagram_size;
  return in_flight + send_count;
}

}  // namespace quiesce::quic
