// Packet numbers that are left out now and then, at unforeseeable places: a peer that acknowledges
// what it has not received, to make us send faster, names one of them and is found out. RFC 9000
// §21.4. Owned by the connection, for 1-RTT packets; the loss detector knows what was sent.
#pragma once

#include <cstdint>

#include "crypto/random.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class SkippedNumbers {
 public:
  // Numbers between two that are skipped, on average: few at first, so that a cheat does not get
  // far, then so many that the gaps cost the peer's ACK frames nothing.
  static constexpr std::uint64_t kFirstInterval = 128;
  static constexpr std::uint64_t kIntervalMax = 16'384;

  // `random` outlives this.
  explicit SkippedNumbers(crypto::Random& random);

  // The packet number to use after `number`.
  PacketNumber After(PacketNumber number);

 private:
  void ChooseNext(std::uint64_t from);

  crypto::Random& random_;
  std::uint64_t interval_ = kFirstInterval;
  std::uint64_t next_ = 0;  // the number to leave out
};

}  // namespace quiesce::quic
