#include "crypto/initial_secrets.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hex_for_test.h"
#include "crypto/hkdf.h"
#include "crypto/protection_vectors_for_test.h"

namespace quiesce::crypto {
namespace {

// RFC 9001 §5.2 and Appendix A.1; RFC 9369 §3.3.1 and Appendix A.1
TEST(InitialSecrets, MatchTheSamples) {
  for (const ProtectionVectors& v : kProtectionVectors) {
    SCOPED_TRACE(v.name);
    const Secret initial =
        HkdfExtract(InitialCipherSuite().hash(), v.labels->initial_salt, FromHex(kSampleDcid));
    EXPECT_EQ(ToHex(initial.bytes()), v.initial_secret);
    const InitialSecrets secrets = DeriveInitialSecrets(*v.labels, FromHex(kSampleDcid));
    EXPECT_EQ(ToHex(secrets.client.bytes()), v.client.secret);
    EXPECT_EQ(ToHex(secrets.server.bytes()), v.server.secret);
  }
}

TEST(InitialKeys, EachSideHasItsOwn) {
  const ProtectionVectors& v = kProtectionVectors[0];
  const InitialKeys keys = DeriveInitialKeys(*v.labels, FromHex(kSampleDcid));
  const auto header = FromHex(v.server_initial.header);
  auto body = FromHex(v.server_initial.packet.substr(v.server_initial.header.size()));
  auto again = body;
  EXPECT_EQ(keys.server.Open(v.server_initial.packet_number, header, body),
            v.server_initial.payload_size);
  EXPECT_EQ(keys.client.Open(v.server_initial.packet_number, header, again), std::nullopt);
}

// RFC 9001 §5.2: an empty connection ID occurs after a Retry with an empty Source Connection ID.
TEST(InitialKeys, AcceptEveryConnectionIdLength) {
  for (std::size_t length = 0; length <= 20; ++length) {
    const std::vector<std::uint8_t> dcid(length, 0x42);
    const InitialKeys sender = DeriveInitialKeys(kProtectionV1, dcid);
    const InitialKeys receiver = DeriveInitialKeys(kProtectionV1, dcid);
    std::vector<std::uint8_t> bytes(32);
    ASSERT_TRUE(sender.client.Seal(0, {}, bytes));
    EXPECT_EQ(receiver.client.Open(0, {}, bytes), 16u) << length;
  }
}

}  // namespace
}  // namespace quiesce::crypto
