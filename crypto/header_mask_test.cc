#include "crypto/header_mask.h"

#include <gtest/gtest.h>

#include "crypto/hex_for_test.h"
#include "crypto/protection_vectors_for_test.h"

namespace quiesce::crypto {
namespace {

std::string MaskOf(std::uint16_t suite, std::string_view key, std::string_view sample) {
  const HeaderKey header_key(*FindCipherSuite(suite), FromHex(key));
  return ToHex(header_key.Mask(std::span<const std::uint8_t, 16>(FromHex(sample))));
}

// RFC 9001 §5.4.3, §5.4.4
TEST(HeaderMask, MatchesTheSamples) {
  for (const ProtectionVectors& v : kProtectionVectors) {
    SCOPED_TRACE(v.name);
    EXPECT_EQ(MaskOf(0x1301, v.client.hp, v.client_initial.sample), v.client_initial.mask);
    EXPECT_EQ(MaskOf(0x1301, v.server.hp, v.server_initial.sample), v.server_initial.mask);
    EXPECT_EQ(MaskOf(0x1303, v.chacha20.hp, v.chacha20_short.sample), v.chacha20_short.mask);
  }
}

// FIPS 197 Appendix C.3: AES-256.
TEST(HeaderMask, UsesAllOfA256BitKey) {
  EXPECT_EQ(MaskOf(0x1302, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   "00112233445566778899aabbccddeeff"),
            "8ea2b7ca51");
}

// RFC 8439 §2.3.2: block counter 1. RFC 9001 §5.4.4: the counter is little-endian in the sample.
TEST(HeaderMask, ReadsTheChaCha20CounterLittleEndian) {
  EXPECT_EQ(MaskOf(0x1303, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   "01000000000000090000004a00000000"),
            "10f1e7e4d1");
}

// SEC-48: RFC 9001 §5.4.4: any counter may occur, the last one too. Value from an independent
// ChaCha20.
TEST(HeaderMask, AcceptsTheLargestChaCha20Counter) {
  EXPECT_EQ(MaskOf(0x1303, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   "ffffffff000102030405060708090a0b"),
            "14eed149cd");
}

TEST(HeaderMask, CopiesMakeTheSameMask) {
  const ProtectionVectors& v = kProtectionVectors[0];
  const HeaderKey key(InitialCipherSuite(), FromHex(v.client.hp));
  const HeaderKey copy = key;
  const auto sample = FromHex(v.client_initial.sample);
  EXPECT_EQ(ToHex(copy.Mask(std::span<const std::uint8_t, 16>(sample))), v.client_initial.mask);
}

TEST(HeaderMaskDeathTest, RefusesAKeyOfAnotherSuite) {
  EXPECT_DEATH(HeaderKey(*FindCipherSuite(0x1302), FromHex("00112233445566778899aabbccddeeff")),
               "wrong length");
}

}  // namespace
}  // namespace quiesce::crypto
