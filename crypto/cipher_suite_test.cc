#include "crypto/cipher_suite.h"

#include <gtest/gtest.h>
#include <openssl/aead.h>
#include <openssl/digest.h>

namespace quiesce::crypto {
namespace {

TEST(CipherSuite, RowsAgreeWithTheirAlgorithms) {
  for (const CipherSuite& suite : CipherSuites()) {
    SCOPED_TRACE(suite.name);
    EXPECT_EQ(FindCipherSuite(suite.tls_id), &suite);
    EXPECT_EQ(EVP_AEAD_key_length(suite.aead()), suite.key_length);
    EXPECT_EQ(EVP_AEAD_nonce_length(suite.aead()), kAeadNonceLength);
    EXPECT_EQ(EVP_AEAD_max_tag_len(suite.aead()), kAeadTagLength);
    EXPECT_EQ(EVP_MD_size(suite.hash()), suite.hash_length);
  }
}

// RFC 9001 §5.2
TEST(CipherSuite, InitialPacketsUseAes128) {
  EXPECT_EQ(InitialCipherSuite().name, "TLS_AES_128_GCM_SHA256");
}

// RFC 9001 §5.3: never TLS_AES_128_CCM_8_SHA256, 0x1305.
TEST(CipherSuite, UnknownSuitesAreNotFound) {
  EXPECT_EQ(FindCipherSuite(0x1300), nullptr);
  EXPECT_EQ(FindCipherSuite(0x1304), nullptr);
  EXPECT_EQ(FindCipherSuite(0x1305), nullptr);
}

// RFC 9001 §6.6
TEST(CipherSuite, LimitsAreThoseOfTheRfc) {
  EXPECT_EQ(FindCipherSuite(0x1301)->confidentiality_limit, 8388608u);
  EXPECT_EQ(FindCipherSuite(0x1301)->integrity_limit, 4503599627370496u);
  EXPECT_EQ(FindCipherSuite(0x1302)->confidentiality_limit, 8388608u);
  EXPECT_EQ(FindCipherSuite(0x1302)->integrity_limit, 4503599627370496u);
  EXPECT_GT(FindCipherSuite(0x1303)->confidentiality_limit, std::uint64_t{1} << 62);
  EXPECT_EQ(FindCipherSuite(0x1303)->integrity_limit, 68719476736u);
}

}  // namespace
}  // namespace quiesce::crypto
