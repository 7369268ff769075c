// When the next packet may leave: a token bucket that fills at a little more than one congestion
// window per round trip. RFC 9002 §7.7. Owned by the path. Integer arithmetic only, so that a
// simulation gives the same result on every machine.
#pragma once

#include <cstdint>
#include <optional>

#include "quic/base/time.h"
#include "quic/base/types.h"
#include "quic/recovery/congestion_controller.h"

namespace quiesce::quic {

class Pacer {
 public:
  // `max_datagram_size`: UDP payload bytes. The bucket starts full, with ten datagrams, and fills
  // at the rate of an initial window and the initial RTT until SetRate().
  explicit Pacer(ByteCount max_datagram_size);

  // rate = N * congestion_window / smoothed_rtt, where N = 2 in slow start and 5/4 after it. Call
  // whenever one of the three may have changed: after each ACK, loss or reset, before sending.
  void SetRate(Instant now, ByteCount congestion_window, Duration smoothed_rtt, bool slow_start);

  // The same for the state of a controller. Call before each round of sending.
  void Follow(Instant now, const CongestionController& congestion, Duration smoothed_rtt) {
    SetRate(now, congestion.congestion_window(), smoothed_rtt,
            congestion.congestion_window() < congestion.ssthresh());
  }

  // When a packet of `bytes` that counts as in flight may leave; nullopt = now. A wait shorter than
  // a timer is worth is not reported but carried as debt. After a longer one a whole batch may
  // leave: the time returned is when 1 ms of the rate, at most 64 KiB, has gathered. Probes and
  // packets with nothing but ACK are not asked for (§7.5, §7.7).
  std::optional<Instant> NextSendTime(Instant now, ByteCount bytes) const;

  // A packet of `bytes` left, asked for or not.
  void OnSent(Instant now, ByteCount bytes);

  // Bytes that may leave back to back: 1 ms of the rate, at least 10 datagrams, at most 64 KiB.
  ByteCount burst() const { return ByteCount(static_cast<std::uint64_t>(burst_)); }

 private:
  std::int64_t BudgetAt(Instant now) const;
  void Refill(Instant now);
  Duration TimeToEarn(std::int64_t bytes) const;

  std::int64_t ten_datagrams_;
  std::int64_t burst_;
  std::int64_t quantum_ = 0;  // 1 ms of the rate, at most 64 KiB: what is worth a wake-up
  std::int64_t budget_;       // bytes; below zero = debt
  std::int64_t bytes_per_second_;
  Instant last_refill_;
};

}  // namespace quiesce::quic
