#include "quic/wire/header.h"

#include "quic/base/check.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {
namespace {

HeaderFault ParseVersionNegotiation(Reader& reader, PacketHeader& header) {
  header.type = PacketType::kVersionNegotiation;
  header.supported_versions = reader.Rest();
  // RFC 8999 §6: without a version, or with a truncated one, the packet is ignored.
  const std::size_t size = header.supported_versions.size();
  return size == 0 || size % 4 != 0 ? HeaderFault::kMalformed : HeaderFault::kNone;
}

HeaderFault ParseRetry(Reader& reader, PacketHeader& header) {
  if (reader.remaining() < kRetryIntegrityTagSize) return HeaderFault::kTruncated;
  header.token = reader.Bytes(reader.remaining() - kRetryIntegrityTagSize);
  header.retry_integrity_tag = reader.Rest();
  // RFC 9000 §17.2.5.2: discarded when the token is empty.
  return header.token.empty() ? HeaderFault::kMalformed : HeaderFault::kNone;
}

HeaderFault ParseProtectedLong(Reader& reader, PacketHeader& header) {
  if (header.type == PacketType::kInitial) header.token = reader.Bytes(ReadVarint(reader));
  const std::uint64_t length = ReadVarint(reader);
  header.packet_number_offset = reader.position();
  reader.Bytes(length);
  if (!reader.ok()) return HeaderFault::kTruncated;
  header.size = reader.position();
  return HeaderFault::kNone;
}

// RFC 8999 §5.1, then what the version says.
HeaderFault ParseLong(Reader& reader, const HeaderRules& rules, PacketHeader& header) {
  header.version = static_cast<Version>(reader.U32());
  header.destination_cid = reader.Bytes(reader.U8());
  header.source_cid = reader.Bytes(reader.U8());
  if (!reader.ok()) return HeaderFault::kTruncated;
  if (header.version == Version::kNegotiation) return ParseVersionNegotiation(reader, header);

  const VersionRow* version = FindVersion(header.version);
  if (version == nullptr) return HeaderFault::kUnsupportedVersion;
  if (header.destination_cid.size() > ConnectionId::kMaxLength ||
      header.source_cid.size() > ConnectionId::kMaxLength) {
    return HeaderFault::kConnectionIdTooLong;
  }
  if ((header.first_byte & kFixedBit) == 0 && !rules.fixed_bit_may_be_clear) {
    return HeaderFault::kFixedBitClear;
  }
  header.type = LongPacketTypeFromBits(*version, (header.first_byte & kLongPacketTypeMask) >> 4);
  if (header.type == PacketType::kRetry) return ParseRetry(reader, header);
  return ParseProtectedLong(reader, header);
}

HeaderFault ParseShort(Reader& reader, const HeaderRules& rules, PacketHeader& header) {
  header.type = PacketType::kOneRtt;
  header.destination_cid = reader.Bytes(rules.local_cid_length);
  if (!reader.ok()) return HeaderFault::kTruncated;
  if ((header.first_byte & kFixedBit) == 0 && !rules.fixed_bit_may_be_clear) {
    return HeaderFault::kFixedBitClear;
  }
  header.packet_number_offset = reader.position();
  return HeaderFault::kNone;
}

void WritePacketNumber(Writer& writer, PacketNumber number, std::size_t length) {
  for (std::size_t shift = 8 * length; shift > 0; shift -= 8) {
    writer.U8(static_cast<std::uint8_t>(number.value() >> (shift - 8)));
  }
}

void WriteCid(Writer& writer, std::span<const std::uint8_t> cid) {
  QUIESCE_CHECK(cid.size() <= 255);
  writer.U8(static_cast<std::uint8_t>(cid.size()));
  writer.Bytes(cid);
}

// RFC 8999 §5.1: what all long headers share.
void WriteInvariants(Writer& writer, std::uint8_t first_byte, Version version,
                     std::span<const std::uint8_t> destination_cid,
                     std::span<const std::uint8_t> source_cid) {
  writer.U8(kLongHeaderBit | first_byte);
  writer.U32(static_cast<std::uint32_t>(version));
  WriteCid(writer, destination_cid);
  WriteCid(writer, source_cid);
}

std::uint8_t TypeBits(Version version, PacketType type) {
  const VersionRow* row = FindVersion(version);
  QUIESCE_CHECK(row != nullptr && type <= PacketType::kRetry);
  return static_cast<std::uint8_t>(LongPacketTypeBits(*row, type) << 4);
}

// Takes everything back if it did not fit.
bool Commit(Writer& writer, const Writer& before) {
  if (writer.ok()) return true;
  writer = before;
  return false;
}

}  // namespace

std::string_view ToString(HeaderFault fault) {
  switch (fault) {
    case HeaderFault::kNone:
      return "none";
    case HeaderFault::kTruncated:
      return "truncated";
    case HeaderFault::kFixedBitClear:
      return "fixed_bit_clear";
    case HeaderFault::kUnsupportedVersion:
      return "unsupported_version";
    case HeaderFault::kConnectionIdTooLong:
      return "connection_id_too_long";
    case HeaderFault::kMalformed:
      return "malformed";
  }
  return "unknown";
}

HeaderFault ParseHeader(std::span<const std::uint8_t> datagram, const HeaderRules& rules,
                        PacketHeader& header) {
  header = PacketHeader{};
  Reader reader(datagram);
  header.first_byte = reader.U8();
  if (!reader.ok()) return HeaderFault::kTruncated;
  header.size = datagram.size();  // unless a Length field says otherwise
  return IsLongHeader(header.first_byte) ? ParseLong(reader, rules, header)
                                         : ParseShort(reader, rules, header);
}

std::size_t HeaderSize(const LongHeader& header) {
  const std::size_t token_size = header.type == PacketType::kInitial
                                     ? VarintSize(header.token.size()) + header.token.size()
                                     : 0;
  return 1 + 4 + 1 + header.destination_cid.length() + 1 + header.source_cid.length() + token_size +
         2 + header.packet_number_length;
}

std::size_t HeaderSize(const ShortHeader& header) {
  return 1 + header.destination_cid.length() + header.packet_number_length;
}

bool WriteHeader(Writer& writer, const LongHeader& header, HeaderLayout& layout) {
  QUIESCE_DCHECK(header.type != PacketType::kRetry);
  QUIESCE_DCHECK(header.type == PacketType::kInitial || header.token.empty());
  QUIESCE_DCHECK(header.packet_number_length >= 1 &&
                 header.packet_number_length <= kMaxPacketNumberLength);
  const Writer before = writer;
  layout.start = writer.position();
  WriteInvariants(writer,
                  (header.fixed_bit ? kFixedBit : 0) | TypeBits(header.version, header.type) |
                      static_cast<std::uint8_t>(header.packet_number_length - 1),
                  header.version, header.destination_cid.bytes(), header.source_cid.bytes());
  if (header.type == PacketType::kInitial) {
    WriteVarint(writer, header.token.size());
    writer.Bytes(header.token);
  }
  layout.length_offset = writer.position();
  writer.U16(0);  // SetPacketLength()
  layout.packet_number_offset = writer.position();
  WritePacketNumber(writer, header.packet_number, header.packet_number_length);
  layout.payload_offset = writer.position();
  return Commit(writer, before);
}

bool WriteHeader(Writer& writer, const ShortHeader& header, HeaderLayout& layout) {
  QUIESCE_DCHECK(header.packet_number_length >= 1 &&
                 header.packet_number_length <= kMaxPacketNumberLength);
  const Writer before = writer;
  layout.start = writer.position();
  layout.length_offset = 0;
  writer.U8(static_cast<std::uint8_t>(
      (header.fixed_bit ? kFixedBit : 0) | (header.spin_bit ? kSpinBit : 0) |
      (header.key_phase ? kKeyPhaseBit : 0) | (header.packet_number_length - 1)));
  writer.Bytes(header.destination_cid.bytes());
  layout.packet_number_offset = writer.position();
  WritePacketNumber(writer, header.packet_number, header.packet_number_length);
  layout.payload_offset = writer.position();
  return Commit(writer, before);
}

void SetPacketLength(std::span<std::uint8_t> buffer, const HeaderLayout& layout,
                     std::size_t packet_end) {
  QUIESCE_CHECK(packet_end >= layout.payload_offset && packet_end <= buffer.size());
  const std::size_t length = packet_end - layout.packet_number_offset;
  QUIESCE_CHECK(length <= kMaxLongPacketLength);
  Writer writer(buffer.subspan(layout.length_offset, 2));
  writer.U16(static_cast<std::uint16_t>(0x4000 | length));  // a varint of two bytes, RFC 9000 §16
}

bool WriteRetry(Writer& writer, const RetryHeader& header) {
  QUIESCE_DCHECK(!header.token.empty());  // RFC 9000 §17.2.5.2: clients would discard it
  const Writer before = writer;
  WriteInvariants(
      writer,
      kFixedBit | TypeBits(header.version, PacketType::kRetry) | (header.unused_bits & 0x0f),
      header.version, header.destination_cid.bytes(), header.source_cid.bytes());
  writer.Bytes(header.token);
  return Commit(writer, before);
}

bool WriteVersionNegotiation(Writer& writer, const VersionNegotiationHeader& header) {
  QUIESCE_DCHECK(!header.supported_versions.empty());
  const Writer before = writer;
  WriteInvariants(writer, kFixedBit | (header.unused_bits & 0x3f), Version::kNegotiation,
                  header.destination_cid, header.source_cid);
  for (const Version version : header.supported_versions) {
    writer.U32(static_cast<std::uint32_t>(version));
  }
  return Commit(writer, before);
}

}  // namespace quiesce::quic
