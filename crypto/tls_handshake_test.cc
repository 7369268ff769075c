#include "crypto/tls_handshake.h"

#include <gtest/gtest.h>
#include <openssl/nid.h>

#include <algorithm>

#include "crypto/tls_pair_for_test.h"

namespace quiesce::crypto {
namespace {

using Level = EncryptionLevel;
using Direction = SecretDirection;

class Lines final : public KeyLog {
 public:
  void OnLine(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

TEST(TlsHandshake, Completes) {
  TlsPair pair;
  EXPECT_EQ(pair.client.tls->alpn(), "");
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run()) << pair.client.tls->error() << pair.server.tls->error();
  for (const TlsSide* side : {&pair.client, &pair.server}) {
    EXPECT_TRUE(side->tls->complete());
    EXPECT_EQ(side->tls->alpn(), "h3");
    EXPECT_EQ(side->tls->server_name(), "localhost");
    EXPECT_EQ(side->tls->fault(), TlsFault::kNone);
    EXPECT_EQ(side->tls->alert(), 0);
    EXPECT_EQ(side->tls->error(), "");
    EXPECT_EQ(side->tls->read_level(), Level::kOneRtt);
  }
}

// RFC 9001 §4.1.4, §5.1: both sides get the same secret for each direction of each level.
TEST(TlsHandshake, SidesAgreeOnSecrets) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run());
  for (const Level level : {Level::kHandshake, Level::kOneRtt}) {
    for (const auto& [ours, theirs] : {std::pair(Direction::kWrite, Direction::kRead),
                                       std::pair(Direction::kRead, Direction::kWrite)}) {
      const TrafficSecret* client = pair.client.Find(level, ours);
      const TrafficSecret* server = pair.server.Find(level, theirs);
      ASSERT_NE(client, nullptr);
      ASSERT_NE(server, nullptr);
      EXPECT_EQ(client->suite, server->suite);
      EXPECT_EQ(client->secret.size(), client->suite->hash_length);
      EXPECT_EQ(ToHex(client->secret.bytes()), ToHex(server->secret.bytes()));
    }
  }
  EXPECT_EQ(pair.client.secrets.size(), 4u);
  EXPECT_EQ(pair.server.secrets.size(), 4u);
}

// RFC 9001 §4.1.4, Figure 5
TEST(TlsHandshake, WriteKeysComeBeforeReadKeysAndServerWritesEarly) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server));
  // After the ClientHello alone the server may write 1-RTT packets, and not read them.
  EXPECT_NE(pair.server.Find(Level::kOneRtt, Direction::kWrite), nullptr);
  EXPECT_EQ(pair.server.Find(Level::kOneRtt, Direction::kRead), nullptr);
  EXPECT_FALSE(pair.server.tls->complete());
  EXPECT_EQ(pair.server.tls->read_level(), Level::kHandshake);
  ASSERT_TRUE(pair.Run());
  for (const TlsSide* side : {&pair.client, &pair.server}) {
    for (const Level level : {Level::kHandshake, Level::kOneRtt}) {
      EXPECT_LT(side->Find(level, Direction::kWrite), side->Find(level, Direction::kRead));
    }
  }
}

TEST(TlsHandshake, ServerFlightUsesInitialAndHandshakeLevels) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server));
  ASSERT_EQ(pair.server.bytes.size(), 2u);
  EXPECT_EQ(pair.server.bytes[0].level, Level::kInitial);
  EXPECT_EQ(pair.server.bytes[0].bytes[0], 2);  // ServerHello
  EXPECT_EQ(pair.server.bytes[1].level, Level::kHandshake);
  EXPECT_EQ(pair.server.bytes[1].bytes[0], 8);  // EncryptedExtensions
}

TEST(TlsHandshake, TakesBytesOneAtATime) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  for (TlsSide *from = &pair.client, *to = &pair.server;; std::swap(from, to)) {
    from->Drain();
    if (from->bytes.empty()) break;
    for (const CryptoBytes& crypto : std::exchange(from->bytes, {}))
      for (const std::uint8_t byte : crypto.bytes)
        ASSERT_TRUE(to->tls->HandleBytes(crypto.level, {&byte, 1})) << to->tls->error();
  }
  EXPECT_TRUE(pair.client.tls->complete());
  EXPECT_TRUE(pair.server.tls->complete());
}

// RFC 9001 §4.5: no resumption is offered, so the server has nothing to say after the handshake.
TEST(TlsHandshake, ServerSendsNoTickets) {
  TlsPair pair;
  bool one_rtt_bytes = false;
  pair.to_client = [&](CryptoBytes& crypto) { one_rtt_bytes |= crypto.level == Level::kOneRtt; };
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run());
  EXPECT_FALSE(one_rtt_bytes);
}

// RFC 9001 §8.4: an empty legacy_session_id, at byte 38 of the ClientHello. RFC 8446 §4.1.2.
TEST(TlsHandshake, ClientDoesNotAskForCompatibilityMode) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  pair.client.Drain();
  ASSERT_EQ(pair.client.bytes.size(), 1u);
  EXPECT_EQ(pair.client.bytes[0].bytes[0], 1);
  EXPECT_EQ(pair.client.bytes[0].bytes[38], 0);
}

// RFC 9001 §4.2: supported_versions, 43, holds TLS 1.3 and nothing else.
TEST(TlsHandshake, ClientOffersNoVersionBelow13) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  pair.client.Drain();
  const std::string hello = ToHex(pair.client.bytes[0].bytes);
  EXPECT_NE(hello.find("002b0003020304"), std::string::npos) << hello;
}

// RFC 9001 §4.3: a ClientHello that fits the first datagram, unless it carries a key share that
// cannot.
TEST(TlsHandshake, ClientHelloIsSmall) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  pair.client.Drain();
#ifdef NID_X25519MLKEM768
  EXPECT_LT(pair.client.bytes[0].bytes.size(), 1200u + 1184u);
#else
  EXPECT_LT(pair.client.bytes[0].bytes.size(), 1000u);
#endif
}

// RFC 9001 §8.2
TEST(TlsHandshake, TransportParametersArriveOnBothSides) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_EQ(pair.server.tls->peer_transport_parameters(), std::nullopt);
  ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server));
  ASSERT_TRUE(pair.server.tls->peer_transport_parameters().has_value());
  EXPECT_EQ(ToHex(*pair.server.tls->peer_transport_parameters()), "0f0102");
  EXPECT_EQ(pair.client.tls->peer_transport_parameters(), std::nullopt);
  ASSERT_TRUE(pair.Run());
  ASSERT_TRUE(pair.client.tls->peer_transport_parameters().has_value());
  EXPECT_EQ(ToHex(*pair.client.tls->peer_transport_parameters()), "0f0101");
  // The server has freed its TLS object by now.
  EXPECT_EQ(ToHex(*pair.server.tls->peer_transport_parameters()), "0f0102");
}

// RFC 9368 §4: what the server answers may depend on what the client offered.
TEST(TlsHandshake, ServerMayStartAfterTheClientHello) {
  TlsPair pair;
  ASSERT_TRUE(pair.client.tls->Start(FromHex("0f0102")));
  ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server));
  ASSERT_TRUE(pair.server.tls->peer_transport_parameters().has_value());
  EXPECT_EQ(ToHex(*pair.server.tls->peer_transport_parameters()), "0f0102");
  EXPECT_EQ(pair.server.tls->server_name(), "localhost");
  EXPECT_TRUE(pair.server.bytes.empty());
  EXPECT_TRUE(pair.server.secrets.empty());
  ASSERT_TRUE(pair.server.tls->Start(FromHex("0f0107")));
  ASSERT_TRUE(pair.Run());
  EXPECT_TRUE(pair.server.tls->complete());
  EXPECT_EQ(ToHex(*pair.client.tls->peer_transport_parameters()), "0f0107");
}

TEST(TlsHandshake, PollGivesNothingTwice) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_TRUE(pair.client.tls->PollBytes().has_value());
  EXPECT_EQ(pair.client.tls->PollBytes(), std::nullopt);
  EXPECT_FALSE(pair.client.tls->PollSecret().has_value());
}

// RFC 6066 §3: an address is no server name, and still has to be in the certificate.
TEST(TlsHandshake, AddressIsVerifiedAndNotSentAsName) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    TlsPair pair(ServerOptions(), ClientOptions(), address);
    ASSERT_TRUE(pair.Start());
    ASSERT_TRUE(pair.Run()) << pair.client.tls->error();
    EXPECT_TRUE(pair.client.tls->complete());
    EXPECT_EQ(pair.server.tls->server_name(), "");
    EXPECT_EQ(pair.client.tls->server_name(), address);
  }
}

TEST(TlsHandshake, ConfigMayBeForgottenByItsMaker) {
  std::unique_ptr<TlsHandshake> client, server;
  TlsPair pair;
  ASSERT_TRUE(pair.Start());  // MustCreate's shared pointers are gone: the handshakes hold the rest
  ASSERT_TRUE(pair.Run());
  EXPECT_TRUE(pair.client.tls->complete());
}

// The NSS key log format: label, client random, secret.
TEST(TlsHandshake, KeyLogNamesEverySecret) {
  Lines client_log, server_log;
  ServerTlsOptions server_options = ServerOptions();
  server_options.key_log = &server_log;
  ClientTlsOptions client_options = ClientOptions();
  client_options.key_log = &client_log;
  TlsPair pair(server_options, client_options);
  ASSERT_TRUE(pair.Start());
  pair.client.Drain();
  const std::string random =
      ToHex(std::span(pair.client.bytes[0].bytes).subspan(6, 32));  // RFC 8446 §4.1.2
  ASSERT_TRUE(pair.Run());

  const struct {
    std::string_view label;
    Level level;
    Direction client_direction;
  } rows[] = {
      {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", Level::kHandshake, Direction::kWrite},
      {"SERVER_HANDSHAKE_TRAFFIC_SECRET", Level::kHandshake, Direction::kRead},
      {"CLIENT_TRAFFIC_SECRET_0", Level::kOneRtt, Direction::kWrite},
      {"SERVER_TRAFFIC_SECRET_0", Level::kOneRtt, Direction::kRead},
  };
  for (const Lines* log : {&client_log, &server_log}) {
    for (const auto& row : rows) {
      const std::string line =
          std::string(row.label) + " " + random + " " +
          ToHex(pair.client.Find(row.level, row.client_direction)->secret.bytes());
      EXPECT_EQ(std::ranges::count(log->lines, line), 1) << line;
    }
  }
}

// TR-423: RFC 9001 §5.3: whatever suite TLS chooses protects the packets. The client's offer is
// rewritten on its way, which only the Finished messages, later, would notice.
TEST(TlsHandshake, SuiteAndSecretLengthFollowTheNegotiation) {
  for (const CipherSuite& suite : CipherSuites()) {
    SCOPED_TRACE(suite.name);
    TlsPair pair;
    pair.to_server = [&](CryptoBytes& crypto) {
      std::size_t at = 39;  // cipher_suites, after an empty session ID: RFC 8446 §4.1.2
      const std::size_t end = at + 2 + crypto.bytes[at] * 256u + crypto.bytes[at + 1];
      for (at += 2; at < end; at += 2) {
        crypto.bytes[at] = static_cast<std::uint8_t>(suite.tls_id >> 8);
        crypto.bytes[at + 1] = static_cast<std::uint8_t>(suite.tls_id);
      }
    };
    ASSERT_TRUE(pair.Start());
    ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server))
        << pair.server.tls->error();
    const TrafficSecret* secret = pair.server.Find(Level::kHandshake, Direction::kWrite);
    ASSERT_NE(secret, nullptr);
    EXPECT_EQ(secret->suite, &suite);
    EXPECT_EQ(secret->secret.size(), suite.hash_length);
  }
}

}  // namespace
}  // namespace quiesce::crypto
