#include "quic/endpoint/server_secrets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace quiesce::quic {
namespace {

using Master = std::array<std::uint8_t, kMasterSecretSize>;

std::vector<std::uint8_t> Bytes(const crypto::Secret& secret) {
  return {secret.bytes().begin(), secret.bytes().end()};
}

// The first 16 bytes of each key.
std::vector<std::vector<std::uint8_t>> Keys(const Master& master) {
  const ServerSecrets secrets = ServerSecrets::Derive(master);
  std::vector<std::vector<std::uint8_t>> keys;
  for (const auto* key : {&secrets.cid_key, &secrets.stateless_reset_key,
                          &secrets.address_token_key, &secrets.ticket_key}) {
    keys.push_back(Bytes(*key));
    keys.back().resize(16);
  }
  return keys;
}

TEST(ServerSecrets, HaveTheSizesThatTheirUsersNeed) {
  const ServerSecrets secrets = ServerSecrets::Derive(Master{});
  EXPECT_EQ(secrets.cid_key.size(), 16u);
  EXPECT_EQ(secrets.stateless_reset_key.size(), 32u);
  EXPECT_EQ(secrets.address_token_key.size(), 32u);
  EXPECT_EQ(secrets.ticket_key.size(), 48u);
}

// RFC 9000 §10.3.2: a restarted server generates the same tokens.
TEST(ServerSecrets, AreTheSameAfterARestart) { EXPECT_EQ(Keys(Master{1}), Keys(Master{1})); }

TEST(ServerSecrets, DifferByPurposeAndByMaster) {
  std::set<std::vector<std::uint8_t>> all;
  for (const Master& master : {Master{1}, Master{2}}) {
    for (const auto& key : Keys(master)) all.insert(key);
  }
  EXPECT_EQ(all.size(), 8u);
}

}  // namespace
}  // namespace quiesce::quic
