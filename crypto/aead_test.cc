#include "crypto/aead.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <limits>
#include <vector>

#include "crypto/hex_for_test.h"

namespace quiesce::crypto {
namespace {

Aead MakeAead(const CipherSuite& suite) {
  std::vector<std::uint8_t> key(suite.key_length, 0x0b), iv(kAeadNonceLength, 0x0c);
  return Aead(suite, key, iv);
}

std::vector<std::uint8_t> Counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

class AeadOfSuite : public testing::TestWithParam<std::uint16_t> {
 protected:
  const CipherSuite& suite_ = *FindCipherSuite(GetParam());
  const Aead aead_ = MakeAead(suite_);
  const std::vector<std::uint8_t> header_ = FromHex("4000bff4");

  std::vector<std::uint8_t> Sealed(std::uint64_t packet_number,
                                   std::vector<std::uint8_t> plaintext) {
    plaintext.resize(plaintext.size() + kAeadTagLength);
    EXPECT_TRUE(aead_.Seal(packet_number, header_, plaintext));
    return plaintext;
  }
};

TEST_P(AeadOfSuite, OpensWhatItSealed) {
  for (const std::size_t size : {0u, 1u, 3u, 15u, 16u, 17u, 1200u, 1444u, 16384u}) {
    SCOPED_TRACE(size);
    auto bytes = Sealed(7, Counting(size));
    ASSERT_EQ(bytes.size(), size + kAeadTagLength);
    ASSERT_EQ(aead_.Open(7, header_, bytes), size);
    bytes.resize(size);
    EXPECT_EQ(bytes, Counting(size));
  }
}

TEST_P(AeadOfSuite, EveryByteOfPacketAndHeaderIsAuthentic) {
  const auto sealed = Sealed(7, Counting(20));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(aead_.Open(7, header_, changed), std::nullopt) << i;
  }
  for (std::size_t i = 0; i < header_.size(); ++i) {
    auto header = header_;
    header[i] ^= 1;
    auto bytes = sealed;
    EXPECT_EQ(aead_.Open(7, header, bytes), std::nullopt) << i;
  }
}

// RFC 9001 §5.3: all 62 bits of the packet number enter the nonce.
TEST_P(AeadOfSuite, EveryBitOfThePacketNumberIsAuthentic) {
  const auto sealed = Sealed(0, Counting(20));
  for (int bit = 0; bit < 62; ++bit) {
    auto bytes = sealed;
    EXPECT_EQ(aead_.Open(std::uint64_t{1} << bit, header_, bytes), std::nullopt) << bit;
  }
}

// RFC 9000 §10.3.1: after a failure the last 16 bytes may still be a stateless reset token.
TEST_P(AeadOfSuite, FailureLeavesTheLast16BytesAlone) {
  auto bytes = Counting(60);
  EXPECT_EQ(aead_.Open(7, header_, bytes), std::nullopt);
  EXPECT_EQ(ToHex(std::span(bytes).last(16)), "2c2d2e2f303132333435363738393a3b");
}

TEST_P(AeadOfSuite, FailureLeavesNoErrorBehindForTls) {
  auto bytes = Counting(60);
  EXPECT_EQ(aead_.Open(7, header_, bytes), std::nullopt);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(AeadOfSuite, NeedsRoomForATag) {
  for (std::size_t size = 0; size < kAeadTagLength; ++size) {
    auto bytes = Counting(size);
    EXPECT_FALSE(aead_.Seal(7, header_, bytes));
    EXPECT_EQ(aead_.Open(7, header_, bytes), std::nullopt);
    EXPECT_EQ(bytes, Counting(size));
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, AeadOfSuite, testing::Values(0x1301, 0x1302, 0x1303));

TEST(AeadDeathTest, RefusesKeyAndIvOfWrongLength) {
  const std::vector<std::uint8_t> bytes(16);
  EXPECT_DEATH(Aead(*FindCipherSuite(0x1302), bytes, std::span(bytes).first(12)),
               "AEAD key of wrong length");
  EXPECT_DEATH(Aead(InitialCipherSuite(), bytes, std::span(bytes).first(11)),
               "AEAD IV of wrong length");
}

}  // namespace
}  // namespace quiesce::crypto
