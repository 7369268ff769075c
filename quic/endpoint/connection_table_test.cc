#include "quic/endpoint/connection_table.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <array>
#include <map>
#include <random>
#include <vector>

#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

ConnectionId Id(std::uint64_t n, std::size_t length = 8) {
  std::array<std::uint8_t, ConnectionId::kMaxLength> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return ConnectionId(std::span(bytes).first(length));
}

class ConnectionTableTest : public testing::Test {
 protected:
  test::SeededRandom random_{1};
  ConnectionTable table_{random_};
};

TEST_F(ConnectionTableTest, FindsWhatWasInserted) {
  EXPECT_EQ(table_.Find(Id(1)), std::nullopt);
  EXPECT_TRUE(table_.Insert(Id(1), 10));
  EXPECT_TRUE(table_.Insert(Id(2), 20));
  EXPECT_EQ(table_.Find(Id(1)), 10u);
  EXPECT_EQ(table_.Find(Id(2)), 20u);
  EXPECT_EQ(table_.Find(Id(3)), std::nullopt);
  EXPECT_EQ(table_.size(), 2u);
}

TEST_F(ConnectionTableTest, RefusesAnIdThatIsTaken) {
  EXPECT_TRUE(table_.Insert(Id(1), 10));
  EXPECT_FALSE(table_.Insert(Id(1), 11));
  EXPECT_EQ(table_.Find(Id(1)), 10u);
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(ConnectionTableTest, ErasesOnce) {
  EXPECT_TRUE(table_.Insert(Id(1), 10));
  EXPECT_TRUE(table_.Erase(Id(1)));
  EXPECT_FALSE(table_.Erase(Id(1)));
  EXPECT_EQ(table_.Find(Id(1)), std::nullopt);
  EXPECT_EQ(table_.size(), 0u);
}

// RFC 9000 §17.2: IDs of 0 to 20 bytes; a client's first choice has any length from 8.
TEST_F(ConnectionTableTest, IdsOfDifferentLengthAreDifferent) {
  for (std::size_t length = 0; length <= 20; ++length) {
    EXPECT_TRUE(table_.Insert(Id(0, length), static_cast<std::uint32_t>(length)));
  }
  for (std::size_t length = 0; length <= 20; ++length)
    EXPECT_EQ(table_.Find(Id(0, length)), length);
}

// Counters are the IDs that a weak hash likes least.
TEST_F(ConnectionTableTest, KeepsEveryProbeShortWhileItGrows) {
  for (std::uint64_t n = 0; n < 200'000; ++n) {
    ASSERT_TRUE(table_.Insert(Id(n << 32), static_cast<std::uint32_t>(n)));
    if ((n & (n - 1)) == 0) {
      EXPECT_LE(table_.longest_probe(), ConnectionTable::kProbeLengthMax);
    }
  }
  EXPECT_LE(table_.longest_probe(), ConnectionTable::kProbeLengthMax);
  EXPECT_LE(table_.capacity(), 4u * 200'000);
  for (std::uint64_t n = 0; n < 200'000; ++n) ASSERT_EQ(table_.Find(Id(n << 32)), n);
}

// SEC-22: IDs that collide under the hash as everybody knows it are like any others here. Without
// the secret they would share a sixteenth of the homes, and the table would be sixteen times as
// large.
TEST_F(ConnectionTableTest, ChosenIdsDoNotCollide) {
  constexpr std::uint32_t kIds = 200'000;
  std::vector<ConnectionId> chosen;
  for (std::uint64_t n = 0; chosen.size() < kIds; ++n) {
    const ConnectionId id = Id(n);
    if (XXH3_64bits(id.bytes().data(), id.length()) % 16 == 0) chosen.push_back(id);
  }
  for (std::uint32_t n = 0; n < kIds; ++n) ASSERT_TRUE(table_.Insert(chosen[n], n));
  EXPECT_LE(table_.longest_probe(), ConnectionTable::kProbeLengthMax);
  EXPECT_LE(table_.capacity(), 4 * kIds);
  for (std::uint32_t n = 0; n < kIds; ++n) ASSERT_EQ(table_.Find(chosen[n]), n);
}

// SEC-22: what collides under one secret does not under another, so that nobody can prepare
// collisions.
TEST_F(ConnectionTableTest, EveryTableHashesDifferently) {
  test::SeededRandom other_random(2);
  ConnectionTable other(other_random);
  bool differs = false;
  for (std::uint64_t n = 0; n < 50; ++n) {
    ASSERT_TRUE(table_.Insert(Id(n), 0));
    ASSERT_TRUE(other.Insert(Id(n), 0));
    differs |= table_.longest_probe() != other.longest_probe();
  }
  EXPECT_TRUE(differs);
}

TEST_F(ConnectionTableTest, AgreesWithAMapThroughRandomChanges) {
  constexpr std::uint64_t kSeed = 42;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 engine(kSeed);
  std::map<std::uint64_t, std::uint32_t> expected;
  for (int step = 0; step < 200'000; ++step) {
    const std::uint64_t key = engine() % 3000;
    const auto slot = static_cast<std::uint32_t>(engine());
    if (engine() % 2 == 0) {
      ASSERT_EQ(table_.Insert(Id(key), slot), expected.emplace(key, slot).second);
    } else {
      ASSERT_EQ(table_.Erase(Id(key)), expected.erase(key) == 1);
    }
    const std::uint64_t asked = engine() % 3000;
    const auto found = expected.find(asked);
    ASSERT_EQ(table_.Find(Id(asked)),
              found == expected.end() ? std::nullopt : std::optional(found->second));
    ASSERT_EQ(table_.size(), expected.size());
  }
  EXPECT_LE(table_.longest_probe(), ConnectionTable::kProbeLengthMax);
}

}  // namespace
}  // namespace quiesce::quic
