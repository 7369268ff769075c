#include "crypto/ticket_keys.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/hex_for_test.h"

namespace quiesce::crypto {
namespace {

constexpr std::int64_t kPeriod = 1000;

using Bytes = std::vector<std::uint8_t>;

TicketKeys Keys(std::uint8_t first = 1) {
  Bytes secret(48, 0x5a);
  secret[0] = first;
  return {Secret(secret), kPeriod};
}

class TicketKeysTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  const Bytes content_ = FromHex("00112233445566778899aabbccddeeff01");
  const Bytes context_ = FromHex("6833");
};

TEST_F(TicketKeysTest, OpensWhatItSealed) {
  const Bytes ticket = Keys().Seal(5'000, context_, content_, random_);
  EXPECT_EQ(ticket.size(), content_.size() + TicketKeys::kOverhead);
  EXPECT_EQ(std::search(ticket.begin(), ticket.end(), content_.begin(), content_.end()),
            ticket.end());  // not readable
  EXPECT_EQ(Keys().Open(5'000, context_, ticket), content_);
}

TEST_F(TicketKeysTest, NoTwoTicketsAreAlike) {
  EXPECT_NE(Keys().Seal(5'000, context_, content_, random_),
            Keys().Seal(5'000, context_, content_, random_));
}

// A ticket lives for one period at least and for two at most.
TEST_F(TicketKeysTest, KeyOfThePreviousPeriodStillOpensAndOlderOnesDoNot) {
  for (const std::int64_t sealed_at : {5'000, 5'999}) {
    const Bytes ticket = Keys().Seal(sealed_at, context_, content_, random_);
    EXPECT_EQ(Keys().Open(sealed_at + kPeriod, context_, ticket), content_);
    EXPECT_EQ(Keys().Open(6'999, context_, ticket), content_);
    EXPECT_EQ(Keys().Open(7'000, context_, ticket), std::nullopt);
    EXPECT_EQ(Keys().Open(4'999, context_, ticket), std::nullopt);  // the clock went back
  }
  const Bytes first = Keys().Seal(5'000, context_, content_, random_);
  const Bytes second = Keys().Seal(6'000, context_, content_, random_);
  EXPECT_NE(Bytes(first.begin(), first.begin() + 16), Bytes(second.begin(), second.begin() + 16));
}

TEST_F(TicketKeysTest, RefusesAnotherContextAnotherSecretAndEveryFlippedBit) {
  const Bytes ticket = Keys().Seal(5'000, context_, content_, random_);
  EXPECT_EQ(Keys().Open(5'000, FromHex("6834"), ticket), std::nullopt);
  EXPECT_EQ(Keys().Open(5'000, {}, ticket), std::nullopt);
  EXPECT_EQ(Keys(2).Open(5'000, context_, ticket), std::nullopt);
  for (std::size_t bit = 0; bit < ticket.size() * 8; ++bit) {
    Bytes damaged = ticket;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_EQ(Keys().Open(5'000, context_, damaged), std::nullopt) << bit;
  }
  for (std::size_t size = 0; size < ticket.size(); ++size)
    EXPECT_EQ(Keys().Open(5'000, context_, std::span(ticket).first(size)), std::nullopt) << size;
}

}  // namespace
}  // namespace quiesce::crypto
