#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <utility>

#include "crypto/hex_for_test.h"

namespace quiesce::crypto {
namespace {

TEST(Secret, KeepsACopyOfItsBytes) {
  auto bytes = FromHex("00112233");
  const Secret secret(bytes);
  bytes[0] = 0xff;
  EXPECT_EQ(ToHex(secret.bytes()), "00112233");
}

TEST(Secret, MoveLeavesTheSourceEmpty) {
  Secret from(FromHex("00112233"));
  Secret constructed(std::move(from));
  EXPECT_TRUE(from.empty());
  Secret assigned;
  assigned = std::move(constructed);
  EXPECT_TRUE(constructed.empty());
  EXPECT_EQ(ToHex(assigned.bytes()), "00112233");
}

TEST(Secret, AssigningToItselfKeepsIt) {
  Secret secret(FromHex("00112233"));
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(ToHex(secret.bytes()), "00112233");
}

TEST(Secret, DestructionWipesTheMemory) {
  alignas(Secret) std::uint8_t memory[sizeof(Secret)] = {};
  Secret* secret = new (memory) Secret(FromHex("a5a5a5a5a5a5a5a5"));
  ASSERT_NE(std::ranges::count(memory, 0xa5), 0);
  secret->~Secret();
  EXPECT_EQ(std::ranges::count(memory, 0xa5), 0);
}

TEST(SecretDeathTest, RefusesMoreThanItHolds) {
  EXPECT_DEATH(Secret{Secret::kMaxSize + 1}, "secret too long");
  EXPECT_DEATH(Secret{std::size_t{256}}, "secret too long");
}

}  // namespace
}  // namespace quiesce::crypto
