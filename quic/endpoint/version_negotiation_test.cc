#include "quic/endpoint/version_negotiation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "quic/wire/cursor.h"
#include "quic/wire/version.h"
#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

constexpr auto kUnknown = static_cast<Version>(0x1badcafe);

ConnectionId Id(std::uint8_t n) {
  const std::array<std::uint8_t, 8> bytes{n, 2, 3, 4, 5, 6, 7, 8};
  return ConnectionId(bytes);
}

// A packet of an unknown version that a client sent, with the given IDs, padded to `size`.
std::vector<std::uint8_t> UnknownPacket(std::span<const std::uint8_t> destination,
                                        std::span<const std::uint8_t> source, std::size_t size) {
  std::vector<std::uint8_t> packet(size);
  Writer writer(packet);
  writer.U8(0xc0);
  writer.U32(static_cast<std::uint32_t>(kUnknown));
  writer.U8(static_cast<std::uint8_t>(destination.size()));
  writer.Bytes(destination);
  writer.U8(static_cast<std::uint8_t>(source.size()));
  writer.Bytes(source);
  return packet;
}

std::vector<std::uint8_t> Answer(std::span<const std::uint8_t> packet) {
  PacketHeader header;
  EXPECT_EQ(ParseHeader(packet, {}, header), HeaderFault::kUnsupportedVersion);
  test::SeededRandom random(3);
  std::vector<std::uint8_t> answer(kMaxVersionNegotiationSize);
  answer.resize(AnswerUnsupportedVersion(header, packet.size(), random, answer));
  return answer;
}

// The header views `packet`.
PacketHeader Parse(std::span<const std::uint8_t> packet) {
  PacketHeader header;
  EXPECT_EQ(ParseHeader(packet, {}, header), HeaderFault::kNone);
  EXPECT_EQ(header.type, PacketType::kVersionNegotiation);
  return header;
}

// RFC 9000 §17.2.1, §6.3.
TEST(VersionNegotiation, EchoesBothIdsAndListsOurVersionsWithAReservedOne) {
  const auto packet = UnknownPacket(Id(1).bytes(), Id(2).bytes(), 1200);
  const auto answer = Answer(packet);
  const PacketHeader header = Parse(answer);
  EXPECT_TRUE(std::ranges::equal(header.destination_cid, Id(2).bytes()));
  EXPECT_TRUE(std::ranges::equal(header.source_cid, Id(1).bytes()));
  EXPECT_NE(header.first_byte & 0x40, 0);
  ASSERT_EQ(SupportedVersionCount(header), kSupportedVersions.size() + 1);
  for (std::size_t i = 0; i < kSupportedVersions.size(); ++i) {
    EXPECT_EQ(SupportedVersion(header, i), kSupportedVersions[i]);
  }
  EXPECT_TRUE(IsReservedVersion(SupportedVersion(header, kSupportedVersions.size())));
}

// RFC 9000 §17.2.1: version-specific rules for the ID's length do not matter.
TEST(VersionNegotiation, AnswersTheLongestIds) {
  const std::vector<std::uint8_t> destination(255, 1), source(255, 2);
  const auto answer = Answer(UnknownPacket(destination, source, 1200));
  const PacketHeader header = Parse(answer);
  EXPECT_TRUE(std::ranges::equal(header.destination_cid, source));
  EXPECT_TRUE(std::ranges::equal(header.source_cid, destination));
}

// RFC 9000 §5.2.2: smaller packets MUST be dropped.
TEST(VersionNegotiation, DoesNotAnswerADatagramTooSmallForAnInitial) {
  EXPECT_TRUE(Answer(UnknownPacket(Id(1).bytes(), Id(2).bytes(), 1199)).empty());
}

}  // namespace
}  // namespace quiesce::quic
