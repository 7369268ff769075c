#include "quic/wire/header.h"

#include <array>
#include <vector>

#include "gtest/gtest.h"
#include "quic/wire/test_hex.h"

namespace quiesce::quic {
namespace {

using ByteVector = std::vector<std::uint8_t>;

ConnectionId Cid(std::string_view hex) { return ConnectionId(FromHex(hex)); }

HeaderFault Parse(std::span<const std::uint8_t> bytes, PacketHeader& header,
                  HeaderRules rules = {.local_cid_length = 8}) {
  return ParseHeader(bytes, rules, header);
}

// ---- Long headers ----

// RFC 9001 §A.2, whose first packet has this header in front of 1162 bytes of payload.
TEST(LongHeader, WritesTheClientInitialOfRfc9001) {
  ByteVector packet(1200);
  Writer writer(packet);
  const LongHeader header{.destination_cid = Cid("8394c8f03e515708"),
                          .packet_number = PacketNumber(2),
                          .packet_number_length = 4};
  HeaderLayout layout;
  ASSERT_TRUE(WriteHeader(writer, header, layout));
  SetPacketLength(packet, layout, 1200);
  EXPECT_EQ(ToHex(writer.written()), "c300000001088394c8f03e5157080000449e00000002");
  EXPECT_EQ(writer.position(), HeaderSize(header));
  EXPECT_EQ(layout.start, 0u);
  EXPECT_EQ(layout.length_offset, 16u);
  EXPECT_EQ(layout.packet_number_offset, 18u);
  EXPECT_EQ(layout.payload_offset, 22u);
}

// RFC 9369 §A.2: the same packet in version 2.
TEST(LongHeader, WritesTheClientInitialOfRfc9369) {
  ByteVector packet(1200);
  Writer writer(packet);
  HeaderLayout layout;
  ASSERT_TRUE(WriteHeader(writer,
                          LongHeader{.version = Version::kV2,
                                     .destination_cid = Cid("8394c8f03e515708"),
                                     .packet_number = PacketNumber(2),
                                     .packet_number_length = 4},
                          layout));
  SetPacketLength(packet, layout, 1200);
  EXPECT_EQ(ToHex(writer.written()), "d36b3343cf088394c8f03e5157080000449e00000002");
}

TEST(LongHeader, ReadsWhatItWroteInEveryVersionAndType) {
  for (const VersionRow& version : kVersions) {
    for (const PacketType type :
         {PacketType::kInitial, PacketType::kZeroRtt, PacketType::kHandshake}) {
      for (std::size_t length = 1; length <= kMaxPacketNumberLength; ++length) {
        const ByteVector token =
            type == PacketType::kInitial ? FromHex("7071727374") : ByteVector();
        const LongHeader sent{.type = type,
                              .version = version.version,
                              .destination_cid = Cid("0102030405060708090a0b0c0d0e0f1011121314"),
                              .source_cid = Cid("a1a2a3"),
                              .token = token,
                              .packet_number = PacketNumber(0x1122334455667788),
                              .packet_number_length = length};
        ByteVector packet(200);
        Writer writer(packet);
        writer.Zeros(3);  // the packet need not stand at the start of the buffer
        HeaderLayout layout;
        ASSERT_TRUE(WriteHeader(writer, sent, layout));
        EXPECT_EQ(writer.position() - 3, HeaderSize(sent));
        SetPacketLength(packet, layout, 150);

        PacketHeader read;
        const auto datagram = std::span(packet).subspan(3);
        ASSERT_EQ(Parse(datagram, read), HeaderFault::kNone);
        EXPECT_EQ(read.type, type);
        EXPECT_EQ(read.version, version.version);
        EXPECT_EQ(ToHex(read.destination_cid), ToHex(sent.destination_cid.bytes()));
        EXPECT_EQ(ToHex(read.source_cid), "a1a2a3");
        EXPECT_EQ(ToHex(read.token), ToHex(token));
        EXPECT_EQ(read.size, 147u);
        EXPECT_EQ(read.packet_number_offset + 3, layout.packet_number_offset);
        EXPECT_EQ(PacketNumberLength(read.first_byte), length);
        EXPECT_EQ(ReservedBits(read.first_byte), 0u);
        EXPECT_EQ(ToHex(datagram.subspan(read.packet_number_offset, length)),
                  std::string("55667788").substr(8 - 2 * length));
      }
    }
  }
}

TEST(LongHeader, TakesNothingWithoutRoomForAllOfIt) {
  const LongHeader header{.destination_cid = Cid("0102"), .source_cid = Cid("03")};
  for (std::size_t room = 0; room < HeaderSize(header); ++room) {
    ByteVector buffer(room);
    Writer writer(buffer);
    HeaderLayout layout;
    EXPECT_FALSE(WriteHeader(writer, header, layout));
    EXPECT_TRUE(writer.ok());
    EXPECT_EQ(writer.position(), 0u);
  }
}

// RFC 9000 §12.2.
TEST(LongHeader, LengthSeparatesCoalescedPackets) {
  const auto datagram = FromHex(
      "c0 00000001 01aa 01bb 00 05 1111111111"  // Initial
      "e0 00000001 01aa 01bb 03 222222"         // Handshake
      "40 aa 33333333");                        // 1-RTT, to the end
  const HeaderRules rules{.local_cid_length = 1};
  PacketHeader header;
  std::span<const std::uint8_t> rest(datagram);
  ASSERT_EQ(ParseHeader(rest, rules, header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kInitial);
  EXPECT_EQ(header.size, 16u);
  EXPECT_EQ(header.packet_number_offset, 11u);
  rest = rest.subspan(header.size);
  ASSERT_EQ(ParseHeader(rest, rules, header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kHandshake);
  EXPECT_EQ(header.size, 13u);
  EXPECT_TRUE(header.token.empty());
  rest = rest.subspan(header.size);
  ASSERT_EQ(ParseHeader(rest, rules, header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kOneRtt);
  EXPECT_EQ(header.size, rest.size());
  EXPECT_EQ(ToHex(header.destination_cid), "aa");
  EXPECT_EQ(header.packet_number_offset, 2u);
}

TEST(LongHeader, EveryPrefixIsTruncated) {
  for (const char* hex : {"c0 00000001 04aaaaaaaa 02bbbb 4003 777777 4005 1111111111",
                          "f0 6b3343cf 04aaaaaaaa 00 05 1111111111"}) {
    const auto packet = FromHex(hex);
    PacketHeader header;
    ASSERT_EQ(Parse(packet, header), HeaderFault::kNone);
    EXPECT_EQ(header.size, packet.size());
    for (std::size_t size = 0; size < packet.size(); ++size) {
      // Cut off and copied, so that a memory checker sees any byte read beyond.
      const ByteVector prefix(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(Parse(prefix, header), HeaderFault::kTruncated) << size;
    }
  }
}

TEST(LongHeader, RefusesLengthsThatOverflow) {
  PacketHeader header;
  EXPECT_EQ(Parse(FromHex("c0 00000001 00 00 ffffffffffffffff 01 11"), header),
            HeaderFault::kTruncated);
  EXPECT_EQ(Parse(FromHex("c0 00000001 00 00 00 ffffffffffffffff 11"), header),
            HeaderFault::kTruncated);
}

// RFC 9000 §17.2: above 20 bytes only in versions other than 1 and 2.
TEST(LongHeader, LimitsConnectionIdsOfKnownVersions) {
  for (const bool destination : {true, false}) {
    for (const std::size_t length : {20u, 21u, 255u}) {
      ByteVector packet = FromHex("c000000001");
      for (const bool current : {true, false}) {
        packet.push_back(static_cast<std::uint8_t>(current == destination ? length : 0));
        packet.resize(packet.size() + (current == destination ? length : 0), 0xcc);
      }
      const auto rest = FromHex("00 01 00");
      packet.insert(packet.end(), rest.begin(), rest.end());
      PacketHeader header;
      EXPECT_EQ(Parse(packet, header),
                length <= 20 ? HeaderFault::kNone : HeaderFault::kConnectionIdTooLong);
    }
  }
}

// RFC 8999 §5.1, RFC 9000 §17.2.1: enough is read to answer with Version Negotiation.
TEST(LongHeader, ReadsTheInvariantsOfUnsupportedVersions) {
  ByteVector packet = FromHex("8f 1a2a3a4a ff");
  packet.resize(packet.size() + 255, 0xdd);
  packet.push_back(254);
  packet.resize(packet.size() + 254, 0xee);
  PacketHeader header;
  EXPECT_EQ(Parse(packet, header), HeaderFault::kUnsupportedVersion);
  EXPECT_EQ(header.version, static_cast<Version>(0x1a2a3a4a));
  EXPECT_EQ(header.destination_cid.size(), 255u);
  EXPECT_EQ(header.source_cid.size(), 254u);
  EXPECT_EQ(header.source_cid.back(), 0xee);
  EXPECT_EQ(header.size, packet.size());
  packet.pop_back();
  EXPECT_EQ(Parse(packet, header), HeaderFault::kTruncated);
}

// RFC 9000 §17.2, §17.3.1; RFC 9287 §3.
TEST(Header, RefusesAClearFixedBitUnlessGreasingWasOffered) {
  for (const char* hex : {"80 00000001 00 00 00 01 00", "00 0102030405060708 00"}) {
    PacketHeader header;
    EXPECT_EQ(Parse(FromHex(hex), header), HeaderFault::kFixedBitClear);
    EXPECT_EQ(Parse(FromHex(hex), header, {.local_cid_length = 8, .fixed_bit_may_be_clear = true}),
              HeaderFault::kNone);
  }
}

TEST(Header, WritesAClearFixedBitOnRequest) {
  std::array<std::uint8_t, 32> buffer{};
  HeaderLayout layout;
  Writer long_writer(buffer);
  ASSERT_TRUE(WriteHeader(long_writer,
                          LongHeader{.type = PacketType::kHandshake, .fixed_bit = false}, layout));
  EXPECT_EQ(buffer[0], 0xa0);
  Writer short_writer(buffer);
  ASSERT_TRUE(WriteHeader(short_writer, ShortHeader{.fixed_bit = false}, layout));
  EXPECT_EQ(buffer[0], 0x00);
}

// ---- Short headers ----

// RFC 9001 §A.5.
TEST(ShortHeader, WritesTheHeaderOfRfc9001) {
  std::array<std::uint8_t, 32> buffer{};
  Writer writer(buffer);
  HeaderLayout layout;
  ASSERT_TRUE(WriteHeader(
      writer, ShortHeader{.packet_number = PacketNumber(654360564), .packet_number_length = 3},
      layout));
  EXPECT_EQ(ToHex(writer.written()), "4200bff4");
  EXPECT_EQ(layout.packet_number_offset, 1u);
  EXPECT_EQ(layout.payload_offset, 4u);
}

TEST(ShortHeader, SetsSpinBitAndKeyPhase) {
  std::array<std::uint8_t, 32> buffer{};
  Writer writer(buffer);
  const ShortHeader header{.destination_cid = Cid("0102030405060708"),
                           .packet_number = PacketNumber(0x99),
                           .spin_bit = true,
                           .key_phase = true};
  HeaderLayout layout;
  ASSERT_TRUE(WriteHeader(writer, header, layout));
  EXPECT_EQ(ToHex(writer.written()), "64010203040506070899");
  EXPECT_EQ(HeaderSize(header), 10u);
  EXPECT_EQ(ReservedBits(buffer[0]), 0u);
}

TEST(ShortHeader, NeedsTheWholeConnectionId) {
  const auto packet = FromHex("40 0102030405060708");
  PacketHeader header;
  EXPECT_EQ(Parse(packet, header), HeaderFault::kNone);
  EXPECT_EQ(header.packet_number_offset, packet.size());
  EXPECT_EQ(Parse(std::span(packet).first(8), header), HeaderFault::kTruncated);
  EXPECT_EQ(Parse({}, header), HeaderFault::kTruncated);
}

// RFC 9000 §17.2, §17.3.1: two bits each, in different places.
TEST(Header, FindsTheReservedBitsOfBothForms) {
  EXPECT_EQ(ReservedBits(0xff), 0x0c);
  EXPECT_EQ(ReservedBits(0x7f), 0x18);
  EXPECT_EQ(PacketNumberLength(0x40), 1u);
  EXPECT_EQ(PacketNumberLength(0xc3), 4u);
}

// ---- Retry ----

// RFC 9001 §A.4, RFC 9369 §A.4.
TEST(Retry, ReadsAndWritesTheSamplesOfTheRfcs) {
  const struct {
    Version version;
    const char* hex;
    std::uint8_t unused_bits;
  } kSamples[] = {
      {Version::kV1, "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
       0x0f},
      {Version::kV2, "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
       0x0f},
  };
  for (const auto& sample : kSamples) {
    const auto packet = FromHex(sample.hex);
    PacketHeader header;
    ASSERT_EQ(Parse(packet, header), HeaderFault::kNone);
    EXPECT_EQ(header.type, PacketType::kRetry);
    EXPECT_EQ(header.version, sample.version);
    EXPECT_TRUE(header.destination_cid.empty());
    EXPECT_EQ(ToHex(header.source_cid), "f067a5502a4262b5");
    EXPECT_EQ(ToHex(header.token), ToHex(FromHex("746f6b656e")));  // "token"
    EXPECT_EQ(header.retry_integrity_tag.data(), packet.data() + packet.size() - 16);
    EXPECT_EQ(header.packet_number_offset, 0u);
    EXPECT_EQ(header.size, packet.size());

    ByteVector buffer(100);
    Writer writer(buffer);
    ASSERT_TRUE(WriteRetry(writer, {.version = sample.version,
                                    .source_cid = Cid("f067a5502a4262b5"),
                                    .token = header.token,
                                    .unused_bits = sample.unused_bits}));
    writer.Bytes(header.retry_integrity_tag);
    EXPECT_EQ(ToHex(writer.written()), ToHex(packet));
  }
}

// RFC 9000 §17.2.5.2.
TEST(Retry, RefusesAnEmptyToken) {
  const auto packet = FromHex("ff00000001 00 00 00112233445566778899aabbccddeeff");
  PacketHeader header;
  EXPECT_EQ(Parse(packet, header), HeaderFault::kMalformed);
  EXPECT_EQ(Parse(std::span(packet).first(packet.size() - 1), header), HeaderFault::kTruncated);
}

TEST(Retry, TakesNothingWithoutRoom) {
  ByteVector buffer(10);
  Writer writer(buffer);
  EXPECT_FALSE(WriteRetry(writer, {.token = FromHex("0102030405060708")}));
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.position(), 0u);
}

// ---- Version Negotiation ----

// RFC 8999 §6, RFC 9000 §17.2.1.
TEST(VersionNegotiation, CarriesLongConnectionIdsAndVersions) {
  const ByteVector destination(255, 0xaa), source(21, 0xbb);
  const Version versions[] = {Version::kV1, Version::kV2, static_cast<Version>(0x1a2a3a4a)};
  ByteVector buffer(400);
  Writer writer(buffer);
  ASSERT_TRUE(WriteVersionNegotiation(writer, {.destination_cid = destination,
                                               .source_cid = source,
                                               .supported_versions = versions,
                                               .unused_bits = 0x15}));
  EXPECT_EQ(buffer[0], 0xd5);
  EXPECT_EQ(writer.position(), 5 + 1 + 255 + 1 + 21 + 12u);

  PacketHeader header;
  ASSERT_EQ(Parse(writer.written(), header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kVersionNegotiation);
  EXPECT_EQ(header.version, Version::kNegotiation);
  EXPECT_EQ(ToHex(header.destination_cid), ToHex(destination));
  EXPECT_EQ(ToHex(header.source_cid), ToHex(source));
  ASSERT_EQ(SupportedVersionCount(header), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(SupportedVersion(header, i), versions[i]);
}

TEST(VersionNegotiation, SetsTheBitThatLooksFixed) {
  const Version versions[] = {Version::kV1};
  ByteVector buffer(20);
  Writer writer(buffer);
  ASSERT_TRUE(
      WriteVersionNegotiation(writer, {.supported_versions = versions, .unused_bits = 0x00}));
  EXPECT_EQ(ToHex(writer.written()), "c000000000000000000001");
}

// RFC 8999 §5.1: only the highest bit of the first byte means anything; §6: ignore these lists.
TEST(VersionNegotiation, IgnoresBitsAndRefusesListsThatAreEmptyOrTruncated) {
  PacketHeader header;
  EXPECT_EQ(Parse(FromHex("80 00000000 00 00 00000001"), header), HeaderFault::kNone);
  EXPECT_EQ(Parse(FromHex("80 00000000 00 00"), header), HeaderFault::kMalformed);
  EXPECT_EQ(Parse(FromHex("80 00000000 00 00 000000"), header), HeaderFault::kMalformed);
  EXPECT_EQ(Parse(FromHex("80 00000000 00 00 0000000100"), header), HeaderFault::kMalformed);
}

TEST(Header, NamesEveryFault) {
  for (const HeaderFault fault : {HeaderFault::kNone, HeaderFault::kTruncated,
                                  HeaderFault::kFixedBitClear, HeaderFault::kUnsupportedVersion,
                                  HeaderFault::kConnectionIdTooLong, HeaderFault::kMalformed}) {
    EXPECT_NE(ToString(fault), "unknown");
  }
}

}  // namespace
}  // namespace quiesce::quic
