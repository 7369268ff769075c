#include "quic/endpoint/cid_generator.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "test/support/seeded_random.h"

namespace quiesce::quic {
namespace {

constexpr std::uint64_t kSeed = 7;

crypto::Secret Key(std::uint8_t first) {
  crypto::Secret key(16);
  key.bytes()[0] = first;
  return key;
}

CidGenerator Generator(const CidGenerator::Options& options, std::uint8_t key = 1,
                       std::uint64_t seed = kSeed) {
  test::SeededRandom random(seed);
  return CidGenerator(options, Key(key), StatelessResetter(crypto::Secret(32)), random);
}

TEST(CidGenerator, TellsTheOriginOfItsIdsAtEveryLength) {
  for (std::size_t length = CidGenerator::kMinLength; length <= CidGenerator::kMaxLength;
       length += 2) {
    const CidOrigin origin{.generation = 200, .shard = 31};
    CidGenerator generator = Generator({.length = length, .origin = origin});
    for (int i = 0; i < 1000; ++i) {
      const ConnectionId id = generator.Issue().id;
      ASSERT_EQ(id.length(), length);
      ASSERT_EQ(generator.Origin(id), origin);
    }
  }
}

// A restarted process, or another shard, reads what this one wrote.
TEST(CidGenerator, OriginIsReadableByEveryHolderOfTheKey) {
  CidGenerator old_process = Generator({.origin = {.generation = 3, .shard = 1}});
  const CidGenerator new_process = Generator({.origin = {.generation = 4, .shard = 0}}, 1, 99);
  const std::optional<CidOrigin> origin = new_process.Origin(old_process.Issue().id);
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->generation, 3);
  EXPECT_EQ(origin->shard, 1);
}

// RFC 9000 §5.1: nothing that an outsider can use to correlate IDs.
TEST(CidGenerator, OutsidersSeeUnrelatedIds) {
  CidGenerator generator = Generator({});
  const CidGenerator outsider = Generator({}, /*key=*/2);
  int readable = 0;
  std::array<int, 64> ones{};
  constexpr int kIds = 4096;
  for (int i = 0; i < kIds; ++i) {
    const ConnectionId id = generator.Issue().id;
    if (outsider.Origin(id) == CidOrigin{}) ++readable;
    for (std::size_t bit = 0; bit < 64; ++bit) ones[bit] += id.bytes()[bit / 8] >> (bit % 8) & 1;
  }
  EXPECT_LE(readable, 3);  // one in 65,536 by chance
  for (const int count : ones) EXPECT_NEAR(count, kIds / 2, kIds / 10);
}

// RFC 9000 §5.1, §10.3.2: never the same ID twice.
TEST(CidGenerator, NeverRepeatsAnId) {
  CidGenerator shard0 = Generator({.origin = {.generation = 0, .shard = 0}});
  CidGenerator shard1 = Generator({.origin = {.generation = 0, .shard = 1}});
  std::set<ConnectionId> ids;
  for (int i = 0; i < 20'000; ++i) {
    ids.insert(shard0.Issue().id);
    ids.insert(shard1.Issue().id);
  }
  EXPECT_EQ(ids.size(), 40'000u);
}

TEST(CidGenerator, AnotherStartGivesOtherIds) {
  EXPECT_NE(Generator({}, 1, 1).Issue().id, Generator({}, 1, 2).Issue().id);
}

TEST(CidGenerator, IssuesTheTokenThatAResetWouldCarry) {
  CidGenerator generator = Generator({});
  const IssuedCid issued = generator.Issue();
  EXPECT_EQ(issued.reset_token, StatelessResetter(crypto::Secret(32)).Token(issued.id));
}

TEST(CidGenerator, KnowsNothingOfIdsOfAnotherLength) {
  CidGenerator generator = Generator({.length = 8});
  EXPECT_EQ(generator.Origin(Generator({.length = 10}).Issue().id), std::nullopt);
  EXPECT_EQ(generator.Origin(ConnectionId()), std::nullopt);
}

}  // namespace
}  // namespace quiesce::quic
