#include "quic/connection/sealer.h"

#include "quic/base/check.h"

namespace quiesce::quic {

std::size_t SealPacket(crypto::PacketKeys& keys, std::span<std::uint8_t> datagram,
                       const HeaderLayout& layout, PacketNumber number, std::size_t payload_end) {
  const std::size_t packet_end = payload_end + kAeadTagSize;
  QUIESCE_CHECK(packet_end <= datagram.size());
  const auto packet = datagram.subspan(layout.start, packet_end - layout.start);
  const bool long_header = IsLongHeader(packet[0]);
  if (long_header) SetPacketLength(datagram, layout, packet_end);

  const std::size_t number_offset = layout.packet_number_offset - layout.start;
  const std::size_t payload_offset = layout.payload_offset - layout.start;
  const bool sealed =
      keys.Seal(number.value(), packet.first(payload_offset), packet.subspan(payload_offset));
  QUIESCE_CHECK(sealed);

  const auto mask = keys.Mask(std::span<const std::uint8_t, 16>(
      packet.subspan(number_offset + kMaxPacketNumberLength, 16)));
  packet[0] ^= mask[0] & (long_header ? 0x0f : 0x1f);
  for (std::size_t i = number_offset; i < payload_offset; ++i)
    packet[i] ^= mask[1 + i - number_offset];
  return packet_end;
}

}  // namespace quiesce::quic
