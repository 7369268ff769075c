#include "quic/endpoint/stateless_reset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

constexpr std::uint64_t kSeed = 20260101;

crypto::Secret Key(std::uint8_t first) {
  crypto::Secret key(32);
  key.bytes()[0] = first;
  return key;
}

ConnectionId Id(std::uint8_t n) {
  const std::array<std::uint8_t, 8> bytes{n, 2, 3, 4, 5, 6, 7, 8};
  return ConnectionId(bytes);
}

// The reset for Id(1), empty when there is none.
std::vector<std::uint8_t> Reset(test::SeededRandom& random, std::size_t trigger_size) {
  std::vector<std::uint8_t> out(StatelessResetter::kMaxSize);
  out.resize(StatelessResetter(Key(1)).Write(Id(1), trigger_size, random, out));
  return out;
}

// RFC 9000 §10.3.2: a pseudorandom function of static key and ID.
TEST(StatelessReset, TokenDependsOnKeyAndIdAlone) {
  const StatelessResetToken token = StatelessResetter(Key(1)).Token(Id(1));
  EXPECT_EQ(token, StatelessResetter(Key(1)).Token(Id(1)));
  EXPECT_NE(token, StatelessResetter(Key(1)).Token(Id(2)));
  EXPECT_NE(token, StatelessResetter(Key(2)).Token(Id(1)));
}

// RFC 9000 §10.3.2; the value was computed with another implementation of HMAC.
TEST(StatelessReset, TokenIsTruncatedHmacSha256) {
  const std::array<std::uint8_t, 4> key{'J', 'e', 'f', 'e'};
  const std::string_view data = "what do ya want for ";  // a 20-byte ID
  const ConnectionId id(std::span(reinterpret_cast<const std::uint8_t*>(data.data()), data.size()));
  const StatelessResetToken token = StatelessResetter(crypto::Secret(key)).Token(id);
  const StatelessResetToken expected{0x25, 0xb3, 0xae, 0x6b, 0xac, 0x31, 0x6b, 0xa8,
                                     0x0b, 0x9f, 0xb4, 0x92, 0x2c, 0xf4, 0xf7, 0x23};
  EXPECT_EQ(token, expected);
}

// RFC 9000 §10.3.
TEST(StatelessReset, LooksLikeAShortHeaderPacketAndEndsInTheToken) {
  test::SeededRandom random(kSeed);
  const std::vector<std::uint8_t> reset = Reset(random, 1200);
  ASSERT_GE(reset.size(), 41u);
  EXPECT_EQ(reset[0] & 0xc0, 0x40);
  const StatelessResetToken token = StatelessResetter(Key(1)).Token(Id(1));
  EXPECT_TRUE(std::equal(token.begin(), token.end(), reset.end() - 16));
}

TEST(StatelessReset, RestIsUnpredictable) {
  test::SeededRandom random(kSeed);
  std::set<std::vector<std::uint8_t>> beginnings;
  std::set<std::size_t> sizes;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint8_t> reset = Reset(random, 1200);
    sizes.insert(reset.size());
    reset.resize(8);
    beginnings.insert(reset);
  }
  EXPECT_EQ(beginnings.size(), 100u);
  EXPECT_GT(sizes.size(), 10u);
}

// TR-122: RFC 9000 §10.3.3: smaller than the trigger, so that a loop of resets ends. §10.3: one
// byte shorter than a packet of 43 bytes or less.
TEST(StatelessReset, IsSmallerThanWhatTriggeredIt) {
  test::SeededRandom random(kSeed);
  for (std::size_t trigger = 0; trigger < 1500; ++trigger) {
    const std::size_t size = Reset(random, trigger).size();
    if (trigger < 22) {
      EXPECT_EQ(size, 0u) << trigger;
    } else if (trigger <= 43) {
      EXPECT_EQ(size, trigger - 1);
    } else {
      EXPECT_LT(size, trigger);
      EXPECT_GE(size, 42u);
    }
  }
}

TEST(StatelessReset, NeedsRoomForTheLargest) {
  test::SeededRandom random(kSeed);
  std::vector<std::uint8_t> small(StatelessResetter::kMaxSize - 1);
  EXPECT_EQ(StatelessResetter(Key(1)).Write(Id(1), 1200, random, small), 0u);
}

}  // namespace
}  // namespace quiesce::quic
