#include "quic/wire/version.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §17.2, Table 5, and RFC 9369 §3.2.
TEST(Version, TypeBitsRotateInVersion2) {
  const VersionRow* v1 = FindVersion(Version::kV1);
  const VersionRow* v2 = FindVersion(Version::kV2);
  ASSERT_NE(v1, nullptr);
  ASSERT_NE(v2, nullptr);
  const struct {
    PacketType type;
    std::uint8_t v1_bits, v2_bits;
  } kExpected[] = {{PacketType::kInitial, 0, 1},
                   {PacketType::kZeroRtt, 1, 2},
                   {PacketType::kHandshake, 2, 3},
                   {PacketType::kRetry, 3, 0}};
  for (const auto& expected : kExpected) {
    EXPECT_EQ(LongPacketTypeBits(*v1, expected.type), expected.v1_bits);
    EXPECT_EQ(LongPacketTypeBits(*v2, expected.type), expected.v2_bits);
    EXPECT_EQ(LongPacketTypeFromBits(*v1, expected.v1_bits), expected.type);
    EXPECT_EQ(LongPacketTypeFromBits(*v2, expected.v2_bits), expected.type);
  }
}

TEST(Version, EachRowBringsItsOwnProtection) {
  EXPECT_EQ(FindVersion(Version::kV1)->protection.key, "quic key");
  EXPECT_EQ(FindVersion(Version::kV2)->protection.key, "quicv2 key");
}

TEST(Version, EverySupportedVersionHasARowAndBackAgain) {
  EXPECT_EQ(std::size(kVersions), kSupportedVersions.size());
  for (const Version version : kSupportedVersions) EXPECT_NE(FindVersion(version), nullptr);
  EXPECT_EQ(FindVersion(Version::kNegotiation), nullptr);
  EXPECT_EQ(FindVersion(static_cast<Version>(0xff00001d)), nullptr);
}

// RFC 9000 §15: 0x?a?a?a?a.
TEST(Version, ReservedVersionsAreRecognisedAndNeverSupported) {
  EXPECT_TRUE(IsReservedVersion(static_cast<Version>(0x0a0a0a0a)));
  EXPECT_TRUE(IsReservedVersion(static_cast<Version>(0xfa1a2a3a)));
  EXPECT_FALSE(IsReservedVersion(static_cast<Version>(0xfa1a2a3b)));
  EXPECT_FALSE(IsReservedVersion(Version::kV1));
  EXPECT_FALSE(IsReservedVersion(Version::kV2));
  EXPECT_EQ(MakeReservedVersion(0x12345678), static_cast<Version>(0x1a3a5a7a));
  for (const std::uint32_t random : {0u, 0xffffffffu, 0x9e3779b9u}) {
    EXPECT_TRUE(IsReservedVersion(MakeReservedVersion(random)));
    EXPECT_EQ(FindVersion(MakeReservedVersion(random)), nullptr);
  }
}

}  // namespace
}  // namespace quiesce::quic
