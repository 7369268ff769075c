// The headers of all packets in one datagram. The first byte of the input chooses what the endpoint
// has declared: the length of its connection IDs, and whether the fixed bit may be clear.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quic/base/check.h"
#include "quic/base/types.h"
#include "quic/wire/cursor.h"
#include "quic/wire/header.h"

namespace quiesce::quic {
namespace {

bool Inside(std::span<const std::uint8_t> part, std::span<const std::uint8_t> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// Writes the header of a protected long packet again and expects the same fields back.
void CheckWriter(const PacketHeader& read, const HeaderRules& rules) {
  const std::size_t length = read.size - read.packet_number_offset;
  if (length < kMaxPacketNumberLength || length > kMaxLongPacketLength) return;
  const LongHeader header{.type = read.type,
                          .version = read.version,
                          .destination_cid = ConnectionId(read.destination_cid),
                          .source_cid = ConnectionId(read.source_cid),
                          .token = read.token,
                          .packet_number_length = kMaxPacketNumberLength,
                          .fixed_bit = (read.first_byte & kFixedBit) != 0};
  std::vector<std::uint8_t> packet(HeaderSize(header) + length - kMaxPacketNumberLength);
  Writer writer(packet);
  HeaderLayout layout;
  QUIESCE_CHECK(WriteHeader(writer, header, layout));
  SetPacketLength(packet, layout, packet.size());
  PacketHeader again;
  QUIESCE_CHECK(ParseHeader(packet, rules, again) == HeaderFault::kNone);
  QUIESCE_CHECK(again.type == read.type && again.version == read.version);
  QUIESCE_CHECK(std::ranges::equal(again.destination_cid, read.destination_cid));
  QUIESCE_CHECK(std::ranges::equal(again.source_cid, read.source_cid));
  QUIESCE_CHECK(std::ranges::equal(again.token, read.token));
  QUIESCE_CHECK(again.size - again.packet_number_offset == length);
}

void Run(std::span<const std::uint8_t> datagram, const HeaderRules& rules) {
  while (!datagram.empty()) {
    PacketHeader header;
    const HeaderFault fault = ParseHeader(datagram, rules, header);
    for (const auto part : {header.destination_cid, header.source_cid, header.token,
                            header.retry_integrity_tag, header.supported_versions}) {
      QUIESCE_CHECK(Inside(part, datagram));
    }
    if (fault != HeaderFault::kNone) return;
    QUIESCE_CHECK(header.size > 0 && header.size <= datagram.size());
    QUIESCE_CHECK(header.packet_number_offset <= header.size);
    for (std::size_t i = 0; i < SupportedVersionCount(header); ++i) SupportedVersion(header, i);
    if (IsLongHeader(header.first_byte) && header.packet_number_offset > 0) {
      CheckWriter(header, rules);
    }
    datagram = datagram.subspan(header.size);
  }
}

}  // namespace
}  // namespace quiesce::quic

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const quiesce::quic::HeaderRules rules{.local_cid_length = std::size_t{data[0]} % 21,
                                         .fixed_bit_may_be_clear = (data[0] & 0x80) != 0};
  quiesce::quic::Run(std::span(data, size).subspan(1), rules);
  return 0;
}
