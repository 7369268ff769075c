#include "crypto/retry_tag.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "crypto/hex_for_test.h"
#include "crypto/hkdf.h"
#include "crypto/protection_vectors_for_test.h"

namespace quiesce::crypto {
namespace {

// RFC 9001 §5.8 and Appendix A.4; RFC 9369 §3.3.3 and Appendix A.4
TEST(RetryTag, MatchesTheSamples) {
  for (const ProtectionVectors& v : kProtectionVectors) {
    SCOPED_TRACE(v.name);
    const auto retry = FromHex(v.retry);
    const RetryTag tag =
        ComputeRetryTag(*v.labels, FromHex(kSampleDcid), std::span(retry).first(retry.size() - 16));
    EXPECT_EQ(ToHex(tag), ToHex(std::span(retry).last(16)));
    EXPECT_TRUE(VerifyRetryTag(*v.labels, FromHex(kSampleDcid), retry));
  }
}

// RFC 9001 §5.8, RFC 9369 §3.3.3: key and nonce come from a secret, by the version's own labels.
TEST(RetryTag, KeyAndNonceFollowFromTheirSecrets) {
  const struct {
    const ProtectionLabels& labels;
    std::string_view secret;
  } rows[] = {
      {kProtectionV1, "d9c9943e6101fd200021506bcc02814c73030f25c79d71ce876eca876e6fca8e"},
      {kProtectionV2, "c4dd2484d681aefa4ff4d69c2c20299984a765a5d3c31982f38fc74162155e9f"},
  };
  for (const auto& row : rows) {
    std::vector<std::uint8_t> key(16), nonce(12);
    HkdfExpandLabel(InitialCipherSuite().hash(), FromHex(row.secret), row.labels.key, key);
    HkdfExpandLabel(InitialCipherSuite().hash(), FromHex(row.secret), row.labels.iv, nonce);
    EXPECT_EQ(ToHex(key), ToHex(row.labels.retry_key));
    EXPECT_EQ(ToHex(nonce), ToHex(row.labels.retry_nonce));
  }
}

TEST(RetryTag, EveryBitCounts) {
  const ProtectionVectors& v = kProtectionVectors[0];
  const auto retry = FromHex(v.retry);
  for (std::size_t i = 0; i < retry.size(); ++i) {
    auto changed = retry;
    changed[i] ^= 0x80;
    EXPECT_FALSE(VerifyRetryTag(*v.labels, FromHex(kSampleDcid), changed)) << i;
  }
  EXPECT_FALSE(VerifyRetryTag(*v.labels, FromHex("8394c8f03e515709"), retry));
  EXPECT_FALSE(VerifyRetryTag(kProtectionV2, FromHex(kSampleDcid), retry));
}

TEST(RetryTag, ShorterThanATagIsWrong) {
  for (std::size_t size = 0; size < kAeadTagLength; ++size) {
    EXPECT_FALSE(VerifyRetryTag(kProtectionV1, {}, std::vector<std::uint8_t>(size)));
  }
}

}  // namespace
}  // namespace quiesce::crypto
