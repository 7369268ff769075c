// The fake handshake keeps the contract of crypto/tls_handshake.h. RFC 9001 §4.
#include "test/support/fake_tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "test/support/connected_pair.h"
#include "test/support/seeded_random.h"

namespace quiesce::test {
namespace {

using crypto::CryptoBytes;
using crypto::TlsFault;
using crypto::TrafficSecret;
using Level = crypto::EncryptionLevel;
using Direction = crypto::SecretDirection;

const std::vector<std::uint8_t> kClientParameters{1, 2, 3};
const std::vector<std::uint8_t> kServerParameters{4, 5};

struct Side {
  std::unique_ptr<crypto::TlsHandshake> tls;
  std::vector<TrafficSecret> secrets;
  std::vector<CryptoBytes> bytes;

  void Poll() {
    while (auto secret = tls->PollSecret()) secrets.push_back(std::move(*secret));
    while (auto crypto = tls->PollBytes()) bytes.push_back(std::move(*crypto));
  }
  const TrafficSecret* Find(Level level, Direction direction) const {
    for (const TrafficSecret& secret : secrets)
      if (secret.level == level && secret.direction == direction) return &secret;
    return nullptr;
  }
};

struct Pair {
  explicit Pair(const FakeTlsOptions& client_options = {},
                const FakeTlsOptions& server_options = {}, std::uint64_t seed = 1) {
    SeededRandom random(seed);
    client.tls = NewFakeClient(client_options, random);
    server.tls = NewFakeServer(server_options, random);
  }

  bool Start() {
    return server.tls->Start(kServerParameters) && client.tls->Start(kClientParameters);
  }

  // Passes on what `from` has to say, in pieces of `piece` bytes; false when `to` fails.
  static bool Deliver(Side& from, Side& to, std::size_t piece = 10'000,
                      const std::function<void(CryptoBytes&)>& change = {}) {
    from.Poll();
    for (CryptoBytes& crypto : std::exchange(from.bytes, {})) {
      if (change) change(crypto);
      std::span<const std::uint8_t> rest = crypto.bytes;
      while (!rest.empty()) {
        const auto part = rest.first(std::min(piece, rest.size()));
        if (!to.tls->HandleBytes(crypto.level, part)) return false;
        rest = rest.subspan(part.size());
      }
    }
    to.Poll();
    return true;
  }

  bool Run(std::size_t piece = 10'000) {
    return Deliver(client, server, piece) && Deliver(server, client, piece) &&
           Deliver(client, server, piece);
  }

  Side client;
  Side server;
};

TEST(FakeTls, CompletesAndBothSidesAgree) {
  Pair pair;
  EXPECT_EQ(pair.client.tls->alpn(), "");
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run());
  for (const Side* side : {&pair.client, &pair.server}) {
    EXPECT_TRUE(side->tls->complete());
    EXPECT_EQ(side->tls->alpn(), "h3");
    EXPECT_EQ(side->tls->server_name(), "sim.example");
    EXPECT_EQ(side->tls->read_level(), Level::kOneRtt);
    EXPECT_EQ(side->tls->fault(), TlsFault::kNone);
    EXPECT_EQ(side->secrets.size(), 4u);
  }
  EXPECT_TRUE(std::ranges::equal(*pair.server.tls->peer_transport_parameters(), kClientParameters));
  EXPECT_TRUE(std::ranges::equal(*pair.client.tls->peer_transport_parameters(), kServerParameters));
  for (const Level level : {Level::kHandshake, Level::kOneRtt}) {
    for (const auto& [ours, theirs] : {std::pair(Direction::kWrite, Direction::kRead),
                                       std::pair(Direction::kRead, Direction::kWrite)}) {
      const TrafficSecret* client = pair.client.Find(level, ours);
      const TrafficSecret* server = pair.server.Find(level, theirs);
      ASSERT_NE(client, nullptr);
      ASSERT_NE(server, nullptr);
      EXPECT_TRUE(std::ranges::equal(client->secret.bytes(), server->secret.bytes()));
    }
  }
}

TEST(FakeTls, CompletesByteForByte) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run(/*piece=*/1));
  EXPECT_TRUE(pair.client.tls->complete());
  EXPECT_TRUE(pair.server.tls->complete());
}

TEST(FakeTls, EveryDirectionAndLevelHasItsOwnSecretAndSoHasEverySeed) {
  std::vector<std::vector<std::uint8_t>> seen;
  for (const std::uint64_t seed : {1, 2}) {
    Pair pair({}, {}, seed);
    ASSERT_TRUE(pair.Start());
    ASSERT_TRUE(pair.Run());
    for (const TrafficSecret& secret : pair.client.secrets)
      seen.emplace_back(secret.secret.bytes().begin(), secret.secret.bytes().end());
  }
  std::ranges::sort(seen);
  EXPECT_TRUE(std::ranges::adjacent_find(seen) == seen.end());
  EXPECT_EQ(seen.size(), 8u);
}

TEST(FakeTls, SameSeedSameBytes) {
  Pair first, second;
  ASSERT_TRUE(first.Start());
  ASSERT_TRUE(second.Start());
  first.client.Poll();
  second.client.Poll();
  EXPECT_EQ(first.client.bytes.at(0).bytes, second.client.bytes.at(0).bytes);
}

// The order that crypto/tls_handshake.h promises: write, then read, the server writes early.
TEST(FakeTls, SecretsComeInOrder) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(Pair::Deliver(pair.client, pair.server));
  ASSERT_EQ(pair.server.secrets.size(), 3u);
  EXPECT_EQ(pair.server.secrets[0].level, Level::kHandshake);
  EXPECT_EQ(pair.server.secrets[0].direction, Direction::kWrite);
  EXPECT_EQ(pair.server.secrets[1].level, Level::kHandshake);
  EXPECT_EQ(pair.server.secrets[1].direction, Direction::kRead);
  EXPECT_EQ(pair.server.secrets[2].level, Level::kOneRtt);
  EXPECT_EQ(pair.server.secrets[2].direction, Direction::kWrite);
  EXPECT_EQ(pair.server.tls->read_level(), Level::kHandshake);
  EXPECT_FALSE(pair.server.tls->complete());
}

TEST(FakeTls, TheFlightOfTheServerIsAsLongAsAUsualOne) {
  Pair pair({}, {.certificate_bytes = 2'500});
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(Pair::Deliver(pair.client, pair.server));
  ASSERT_EQ(pair.server.bytes.size(), 2u);
  EXPECT_EQ(pair.server.bytes[0].level, Level::kInitial);
  EXPECT_EQ(pair.server.bytes[1].level, Level::kHandshake);
  EXPECT_GT(pair.server.bytes[1].bytes.size(), 2'500u);
}

TEST(FakeTls, AServerMayStartAfterReadingTheHello) {
  Pair pair;
  ASSERT_TRUE(pair.client.tls->Start(kClientParameters));
  ASSERT_TRUE(Pair::Deliver(pair.client, pair.server));
  EXPECT_TRUE(pair.server.bytes.empty());
  EXPECT_TRUE(std::ranges::equal(*pair.server.tls->peer_transport_parameters(), kClientParameters));
  EXPECT_EQ(pair.server.tls->server_name(), "sim.example");
  ASSERT_TRUE(pair.server.tls->Start(kServerParameters));
  ASSERT_TRUE(pair.Run());
  EXPECT_TRUE(pair.server.tls->complete());
}

TEST(FakeTls, StartsOnce) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.client.tls->Start(kClientParameters));
  EXPECT_EQ(pair.client.tls->fault(), TlsFault::kAlert);
}

// RFC 9001 §4.1.3
TEST(FakeTls, BytesOfAnotherLevelAreAFault) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kHandshake, kClientParameters));
  EXPECT_EQ(pair.server.tls->fault(), TlsFault::kProtocolViolation);
  EXPECT_EQ(pair.server.tls->alert(), 0);
  EXPECT_NE(pair.server.tls->error(), "");
  // For good.
  EXPECT_FALSE(Pair::Deliver(pair.client, pair.server));
}

// RFC 9001 §4.1.3
TEST(FakeTls, BytesLeftOverWhenKeysChangeAreAFault) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(Pair::Deliver(pair.client, pair.server, 10'000,
                             [](CryptoBytes& crypto) { crypto.bytes.push_back(1); }));
  EXPECT_EQ(pair.server.tls->fault(), TlsFault::kProtocolViolation);
}

TEST(FakeTls, AMessageOfAnyLengthIsNotBuffered) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  const std::vector<std::uint8_t> header{1, 0xff, 0xff, 0xff};
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kInitial, header));
  EXPECT_EQ(pair.server.tls->fault(), TlsFault::kCryptoBufferExceeded);
}

TEST(FakeTls, GarbageAndMessagesOutOfTurnAreFaults) {
  for (const std::vector<std::uint8_t>& bytes :
       {std::vector<std::uint8_t>{99, 0, 0, 0}, std::vector<std::uint8_t>{2, 0, 0, 0}}) {
    Pair pair;
    ASSERT_TRUE(pair.Start());
    EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kInitial, bytes));
    EXPECT_EQ(pair.server.tls->alert(), SSL_AD_UNEXPECTED_MESSAGE);
  }
  Pair pair;
  ASSERT_TRUE(pair.Start());
  const std::vector<std::uint8_t> empty_hello{1, 0, 0, 0};
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kInitial, empty_hello));
  EXPECT_EQ(pair.server.tls->alert(), SSL_AD_DECODE_ERROR);
}

TEST(FakeTls, AnyChangedByteFailsTheHandshake) {
  Pair intact;
  ASSERT_TRUE(intact.Start());
  ASSERT_TRUE(Pair::Deliver(intact.client, intact.server));
  for (std::size_t at = 0; at < intact.server.bytes[1].bytes.size(); at += 97) {
    Pair pair;
    ASSERT_TRUE(pair.Start());
    ASSERT_TRUE(Pair::Deliver(pair.client, pair.server));
    const bool delivered =
        Pair::Deliver(pair.server, pair.client, 10'000, [at](CryptoBytes& crypto) {
          if (crypto.level == Level::kHandshake) crypto.bytes[at] ^= 1;
        });
    EXPECT_FALSE(delivered && pair.client.tls->complete()) << at;
  }
  Pair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(Pair::Deliver(pair.client, pair.server));
  ASSERT_TRUE(Pair::Deliver(pair.server, pair.client));
  EXPECT_FALSE(Pair::Deliver(pair.client, pair.server, 10'000,
                             [](CryptoBytes& crypto) { crypto.bytes.back() ^= 1; }));
  EXPECT_EQ(pair.server.tls->alert(), SSL_AD_DECRYPT_ERROR);
}

// RFC 9001 §8.1
TEST(FakeTls, WithoutACommonProtocolThereIsNoHandshake) {
  Pair pair({.alpn = "h3"}, {.alpn = "hq-interop"});
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(Pair::Deliver(pair.client, pair.server));
  EXPECT_EQ(pair.server.tls->fault(), TlsFault::kAlert);
  EXPECT_EQ(pair.server.tls->alert(), SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST(FakeTls, NothingIsSaidAfterTheHandshake) {
  Pair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run());
  EXPECT_TRUE(pair.server.tls->HandleBytes(Level::kOneRtt, {}));
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kOneRtt, kClientParameters));
  EXPECT_EQ(pair.server.tls->alert(), SSL_AD_UNEXPECTED_MESSAGE);
}

TEST(FakeTls, CarriesAWholeConnection) {
  SeededRandom random(7);
  ConnectedPair pair({}, NewFakeClient({}, random), [&] { return NewFakeServer({}, random); });
  EXPECT_TRUE(pair.RunUntil([&] {
    return pair.Has<quic::HandshakeConfirmed>(ConnectedPair::Side::kClient) &&
           pair.Has<quic::HandshakeConfirmed>(ConnectedPair::Side::kServer);
  }));
  EXPECT_EQ(pair.connection(ConnectedPair::Side::kServer)->server_name(), "sim.example");
}

}  // namespace
}  // namespace quiesce::test
