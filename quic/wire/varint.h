// Variable-length integers: 0 to 2^62 - 1 in 1, 2, 4 or 8 bytes. RFC 9000 §16, Appendix A.1.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "quic/base/check.h"
#include "quic/base/types.h"
#include "quic/wire/cursor.h"

namespace quiesce::quic {

// RFC 9000 §4.6: more streams of one kind than this have no ID that a varint holds.
inline constexpr std::uint64_t kMaxStreamCount = std::uint64_t{1} << 60;

// Bytes of the shortest encoding: 1, 2, 4 or 8. `value` is at most kMaxVarint.
constexpr std::size_t VarintSize(std::uint64_t value) {
  if (value < (1u << 6)) return 1;
  if (value < (1u << 14)) return 2;
  return value < (1u << 30) ? 4 : 8;
}

// Bytes of the encoding that starts with this byte. For readers that get their bytes piecemeal.
constexpr std::size_t VarintSizeFromFirstByte(std::uint8_t first) {
  return std::size_t{1} << (first >> 6);
}

// Reads one integer; 0 and a failed reader if it is truncated.
// RFC 9000 §16: an encoding longer than necessary is legal everywhere but in the frame type, whose
// reader compares the bytes consumed with VarintSize() (frame_codec).
inline std::uint64_t ReadVarint(Reader& reader) {
  switch (reader.Peek() >> 6) {
    case 0:
      return reader.U8();
    case 1:
      return reader.U16() & 0x3fff;
    case 2:
      return reader.U32() & 0x3fff'ffff;
    default:
      return reader.U64() & kMaxVarint;
  }
}

// Writes the shortest encoding. A value above kMaxVarint is our own fault and fails the writer.
inline void WriteVarint(Writer& writer, std::uint64_t value) {
  switch (VarintSize(value)) {
    case 1:
      return writer.U8(static_cast<std::uint8_t>(value));
    case 2:
      return writer.U16(static_cast<std::uint16_t>(value | 0x4000));
    case 4:
      return writer.U32(static_cast<std::uint32_t>(value | 0x8000'0000));
    default:
      QUIESCE_DCHECK(value <= kMaxVarint);
      if (value > kMaxVarint) return writer.Fail();
      return writer.U64(value | 0xc000'0000'0000'0000);
  }
}

// The largest `length` for which a length prefix and that many bytes fit in `room`; 0 when nothing
// but an empty prefix, or not even that, fits.
constexpr std::size_t LengthPrefixedRoom(std::size_t room) {
  std::size_t best = 0;
  for (const std::size_t prefix :
       {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{8}}) {
    if (room < prefix) break;
    const std::uint64_t limit = (std::uint64_t{1} << (8 * prefix - 2)) - 1;
    best = std::max<std::size_t>(best, std::min<std::uint64_t>(room - prefix, limit));
  }
  return best;
}

}  // namespace quiesce::quic
