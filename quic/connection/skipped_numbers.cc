#include "quic/connection/skipped_numbers.h"

#include <algorithm>
#include <array>

#include "quic/wire/cursor.h"

namespace quiesce::quic {

SkippedNumbers::SkippedNumbers(crypto::Random& random) : random_(random) { ChooseNext(0); }

PacketNumber SkippedNumbers::After(PacketNumber number) {
  const PacketNumber next = number.Next();
  if (next.value() != next_) return next;
  interval_ = std::min(2 * interval_, kIntervalMax);
  ChooseNext(next.value());
  return next.Next();
}

// Above `from` by more than one, so that no two neighbours are left out.
void SkippedNumbers::ChooseNext(std::uint64_t from) {
  std::array<std::uint8_t, 8> bytes;
  random_.FillPublic(bytes);
  next_ = from + 2 + Reader(bytes).U64() % (2 * interval_);
}

}  // namespace quiesce::quic
