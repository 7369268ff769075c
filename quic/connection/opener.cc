#include "quic/connection/opener.h"

#include "quic/wire/packet_number.h"

namespace quiesce::quic {
namespace {

// RFC 9001 §5.4.2: the sample starts where the payload would if the packet number had four bytes.
constexpr std::size_t kSampleOffset = kMaxPacketNumberLength;
constexpr std::size_t kSampleSize = 16;

}  // namespace

std::optional<OpenedPacket> OpenPacket(crypto::PacketKeys& keys, const PacketHeader& header,
                                       std::span<std::uint8_t> packet,
                                       std::optional<PacketNumber> largest_received) {
  const std::size_t number_offset = header.packet_number_offset;
  if (packet.size() < number_offset + kSampleOffset + kSampleSize) return std::nullopt;
  const auto mask = keys.Mask(std::span<const std::uint8_t, kSampleSize>(
      packet.subspan(number_offset + kSampleOffset, kSampleSize)));

  // RFC 9001 §5.4.1: four bits of a long header's first byte, five of a short one's.
  packet[0] ^= mask[0] & (IsLongHeader(packet[0]) ? 0x0f : 0x1f);
  const std::size_t number_length = PacketNumberLength(packet[0]);
  const auto number_field = packet.subspan(number_offset, number_length);
  for (std::size_t i = 0; i < number_length; ++i) number_field[i] ^= mask[1 + i];

  OpenedPacket opened;
  opened.first_byte = packet[0];
  opened.number =
      RecoverPacketNumber(largest_received, TruncatedPacketNumber(number_field), number_length);
  const std::size_t payload_offset = number_offset + number_length;
  const auto protected_payload = packet.subspan(payload_offset);
  const std::optional<std::size_t> size =
      keys.Open(opened.number.value(), packet.first(payload_offset), protected_payload);
  if (!size) return std::nullopt;
  opened.payload = protected_payload.first(*size);
  return opened;
}

}  // namespace quiesce::quic
