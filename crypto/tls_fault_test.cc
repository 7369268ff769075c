// What a peer can do wrong during and after the handshake, and how it is reported. RFC 9001 §4.8,
// §8.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <random>

#include "crypto/tls_pair_for_test.h"

namespace quiesce::crypto {
namespace {

using Level = EncryptionLevel;

void ExpectAlert(const TlsHandshake& tls, int alert) {
  EXPECT_EQ(tls.fault(), TlsFault::kAlert);
  EXPECT_EQ(tls.alert(), alert) << tls.error();
  EXPECT_NE(tls.error(), "");
}

void ExpectProtocolViolation(const TlsHandshake& tls) {
  EXPECT_EQ(tls.fault(), TlsFault::kProtocolViolation) << tls.error() << " " << int{tls.alert()};
  EXPECT_EQ(tls.alert(), 0);
  EXPECT_NE(tls.error(), "");
}

// A handshake message: type, 24-bit length, body. RFC 8446 §4.
std::vector<std::uint8_t> Message(std::uint8_t type, std::vector<std::uint8_t> body) {
  const std::size_t size = body.size();
  const std::uint8_t header[] = {type, static_cast<std::uint8_t>(size >> 16),
                                 static_cast<std::uint8_t>(size >> 8),
                                 static_cast<std::uint8_t>(size)};
  body.insert(body.begin(), std::begin(header), std::end(header));
  return body;
}

// Gives the extension `type` of a ClientHello a number that nobody knows.
void HideExtension(std::vector<std::uint8_t>& hello, std::uint16_t type) {
  std::size_t at = 4 + 2 + 32;
  at += 1u + hello[at];                        // legacy_session_id
  at += 2 + hello[at] * 256u + hello[at + 1];  // cipher_suites
  at += 1u + hello[at] + 2;                    // compression methods, length of the extensions
  for (; at + 4 <= hello.size(); at += 4 + hello[at + 2] * 256u + hello[at + 3]) {
    if (hello[at] * 256u + hello[at + 1] != type) continue;
    hello[at] = 0xfa;
    hello[at + 1] = 0xce;
    return;
  }
  FAIL() << "no extension " << type;
}

// Takes the extension `type` out of EncryptedExtensions, the first message of `flight`.
void RemoveEncryptedExtension(std::vector<std::uint8_t>& flight, std::uint16_t type) {
  for (std::size_t at = 6; at < 4u + flight[2] * 256u + flight[3];) {
    const std::size_t size = 4 + flight[at + 2] * 256u + flight[at + 3];
    if (flight[at] * 256u + flight[at + 1] != type) {
      at += size;
      continue;
    }
    flight.erase(flight.begin() + static_cast<std::ptrdiff_t>(at),
                 flight.begin() + static_cast<std::ptrdiff_t>(at + size));
    for (const std::size_t length_at : {2u, 4u}) {
      const std::size_t length = flight[length_at] * 256u + flight[length_at + 1] - size;
      flight[length_at] = static_cast<std::uint8_t>(length >> 8);
      flight[length_at + 1] = static_cast<std::uint8_t>(length);
    }
    return;
  }
  FAIL() << "no extension " << type;
}

// Where `from` occurs first in `bytes`, puts `to`, of the same length.
void Replace(std::vector<std::uint8_t>& bytes, const std::vector<std::uint8_t>& from,
             const std::vector<std::uint8_t>& to) {
  const auto found = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
  if (found != bytes.end()) std::copy(to.begin(), to.end(), found);
}

// RFC 9001 §8.1
TEST(TlsFault, NoProtocolInCommon) {
  ClientTlsOptions options = ClientOptions();
  options.alpn = {"h2", "hq-interop"};
  TlsPair pair(ServerOptions(), options);
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.server.tls, 120);  // no_application_protocol
}

TEST(TlsFault, NoProtocolInCommonWhenTheServerStartsLate) {
  ClientTlsOptions options = ClientOptions();
  options.alpn = {"h2"};
  TlsPair pair(ServerOptions(), options);
  ASSERT_TRUE(pair.client.tls->Start(FromHex("0f0102")));
  ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server));
  EXPECT_FALSE(pair.server.tls->Start(FromHex("0f0101")));
  ExpectAlert(*pair.server.tls, 120);
}

TEST(TlsFault, ClientOffersNoProtocolAtAll) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) { HideExtension(crypto.bytes, 16); };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.server.tls, 120);
}

// TR-409: RFC 9001 §8.1
TEST(TlsFault, ServerSelectsNoProtocol) {
  TlsPair pair;
  pair.to_client = [](CryptoBytes& crypto) {
    if (crypto.level == Level::kHandshake) RemoveEncryptedExtension(crypto.bytes, 16);
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.client.tls, 120);
}

// TR-409: RFC 9001 §8.1
TEST(TlsFault, ServerSelectsAProtocolThatWasNotOffered) {
  TlsPair pair;
  pair.to_client = [](CryptoBytes& crypto) {
    Replace(crypto.bytes, FromHex("026833"), FromHex("026839"));  // "h3", "h9"
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.client.tls, 120);
}

// RFC 9001 §8.2
TEST(TlsFault, ClientSendsNoTransportParameters) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) { HideExtension(crypto.bytes, 0x39); };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.server.tls, 109);  // missing_extension
}

// TR-410: RFC 9001 §8.2
TEST(TlsFault, ServerSendsNoTransportParameters) {
  TlsPair pair;
  pair.to_client = [](CryptoBytes& crypto) {
    if (crypto.level == Level::kHandshake) RemoveEncryptedExtension(crypto.bytes, 0x39);
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.client.tls, 109);
}

// TR-405: RFC 9001 §4.2: supported_versions, 43, is where TLS 1.3 is offered.
TEST(TlsFault, ClientOffersNoTls13) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) { HideExtension(crypto.bytes, 43); };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.server.tls, SSL_AD_PROTOCOL_VERSION);
}

// TR-405: RFC 9001 §4.2: a ServerHello without the extension is one of TLS 1.2.
TEST(TlsFault, ServerSelectsTls12) {
  TlsPair pair;
  pair.to_client = [](CryptoBytes& crypto) {
    if (crypto.level == Level::kInitial)
      Replace(crypto.bytes, FromHex("002b00020304"), FromHex("face00020304"));
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.client.tls, SSL_AD_PROTOCOL_VERSION);
}

// TR-408: RFC 9001 §8.4
TEST(TlsFault, ClientAsksForCompatibilityMode) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) {
    crypto.bytes[38] = 32;
    crypto.bytes.insert(crypto.bytes.begin() + 39, 32, 0xab);
    const std::size_t length = crypto.bytes.size() - 4;
    crypto.bytes[2] = static_cast<std::uint8_t>(length >> 8);
    crypto.bytes[3] = static_cast<std::uint8_t>(length);
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectProtocolViolation(*pair.server.tls);
}

// RFC 9001 §4.1.3
TEST(TlsFault, BytesAtALevelThatIsNotBeingRead) {
  const std::uint8_t byte = 1;
  for (const Level level : {Level::kZeroRtt, Level::kHandshake, Level::kOneRtt}) {
    TlsPair pair;
    ASSERT_TRUE(pair.Start());
    EXPECT_FALSE(pair.server.tls->HandleBytes(level, {&byte, 1}));
    ExpectProtocolViolation(*pair.server.tls);
  }
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  ASSERT_TRUE(pair.Run());
  EXPECT_FALSE(pair.client.tls->HandleBytes(Level::kInitial, {&byte, 1}));
  ExpectProtocolViolation(*pair.client.tls);
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kHandshake, {&byte, 1}));
  ExpectProtocolViolation(*pair.server.tls);
}

// TR-401: RFC 9001 §4.1.3
TEST(TlsFault, BytesLeftOverWhenKeysChange) {
  TlsPair pair;
  pair.to_client = [](CryptoBytes& crypto) {
    if (crypto.level == Level::kInitial) crypto.bytes.push_back(8);
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectProtocolViolation(*pair.client.tls);
}

// TR-401: RFC 9001 §4.1.3
TEST(TlsFault, BytesLeftOverAfterTheClientsFinished) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) {
    if (crypto.level == Level::kHandshake) crypto.bytes.push_back(24);
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectProtocolViolation(*pair.server.tls);
  EXPECT_FALSE(pair.server.tls->complete());
}

// TR-425: RFC 9001 §4.1.3
TEST(TlsFault, SecondClientHello) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) {
    const auto copy = crypto.bytes;
    crypto.bytes.insert(crypto.bytes.end(), copy.begin(), copy.end());
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectProtocolViolation(*pair.server.tls);
}

TEST(TlsFault, TamperedFinished) {
  TlsPair pair;
  pair.to_server = [](CryptoBytes& crypto) {
    if (crypto.level == Level::kHandshake) crypto.bytes.back() ^= 1;
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.server.tls, SSL_AD_DECRYPT_ERROR);
}

// RFC 9001 §8.2: tampering with transport parameters makes the handshake fail.
TEST(TlsFault, TamperedTransportParameters) {
  TlsPair pair;
  pair.to_client = [](CryptoBytes& crypto) {
    Replace(crypto.bytes, FromHex("0f0101"), FromHex("0f0109"));
  };
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  ExpectAlert(*pair.client.tls, SSL_AD_DECRYPT_ERROR);
  EXPECT_FALSE(pair.client.tls->complete());
}

TEST(TlsFault, GarbageFailsOnBothSides) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 engine(seed);
  for (int round = 0; round < 200; ++round) {
    TlsPair pair;
    ASSERT_TRUE(pair.Start());
    // A type that no handshake begins with, then noise: it must never be taken for progress.
    std::vector<std::uint8_t> garbage(5 + engine() % 300);
    for (std::uint8_t& byte : garbage) byte = static_cast<std::uint8_t>(engine());
    garbage[0] = static_cast<std::uint8_t>(100 + engine() % 100);
    garbage[1] = garbage[2] = garbage[3] = 0;
    for (TlsSide* side : {&pair.client, &pair.server}) {
      EXPECT_FALSE(side->tls->HandleBytes(Level::kInitial, garbage));
      ExpectAlert(*side->tls, SSL_AD_UNEXPECTED_MESSAGE);
    }
  }
}

// Whatever one byte of a flight becomes, nobody crashes and nobody completes with a fault.
TEST(TlsFault, OneChangedByteAnywhereNeverCompletesBothSides) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 engine(seed);
  for (int round = 0; round < 150; ++round) {
    TlsPair pair;
    bool changed = false;
    const auto change = [&](CryptoBytes& crypto) {
      if (changed || engine() % 3 != 0) return;
      crypto.bytes[engine() % crypto.bytes.size()] ^= static_cast<std::uint8_t>(1 + engine() % 255);
      changed = true;
    };
    pair.to_client = pair.to_server = change;
    ASSERT_TRUE(pair.Start());
    pair.Run();
    EXPECT_EQ(pair.client.tls->complete() && pair.server.tls->complete(), !changed) << round;
    for (const TlsSide* side : {&pair.client, &pair.server})
      EXPECT_EQ(side->tls->fault() == TlsFault::kNone, side->tls->error().empty());
  }
}

// RFC 9000 §7.5: what a peer may make us keep is bounded, before and after the handshake.
// SEC-19: RFC 9000 §7.5: a ticket of 16 MB, or any message that never ends.
TEST(TlsFault, MessageThatNeverEndsIsCutOff) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  const std::vector<std::uint8_t> chunk(1000, 0);
  const auto feed = [&](TlsHandshake& tls, Level level, std::string_view header) {
    int accepted = 0;
    if (tls.HandleBytes(level, FromHex(header)))
      while (accepted < 1000 && tls.HandleBytes(level, chunk)) ++accepted;
    EXPECT_LT(accepted, 20);
    EXPECT_NE(tls.fault(), TlsFault::kNone);
  };
  feed(*pair.server.tls, Level::kInitial, "01003fff");
  for (const std::string_view ticket : {"04003fff", "04ffffff"}) {
    TlsPair done;
    ASSERT_TRUE(done.Start());
    ASSERT_TRUE(done.Run());
    feed(*done.client.tls, Level::kOneRtt, ticket);
  }
}

TEST(TlsFault, MoreBytesThanAnyMessageAtOnce) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kInitial, std::vector<std::uint8_t>(70'000)));
  EXPECT_EQ(pair.server.tls->fault(), TlsFault::kCryptoBufferExceeded);
  EXPECT_EQ(pair.server.tls->alert(), 0);
}

TEST(TlsFault, FailureIsForGood) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  pair.client.Drain();
  const auto hello = pair.client.bytes[0].bytes;
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kInitial, FromHex("6300000000")));
  const std::string first(pair.server.tls->error());
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kInitial, hello));
  EXPECT_FALSE(pair.server.tls->HandleBytes(Level::kHandshake, hello));
  EXPECT_FALSE(pair.server.tls->Start({}));
  EXPECT_EQ(pair.server.tls->error(), first);
  EXPECT_FALSE(pair.server.tls->PollBytes().has_value());
}

TEST(TlsFault, StartIsForOnce) {
  TlsPair pair;
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.client.tls->Start(FromHex("0f0102")));
  ExpectAlert(*pair.client.tls, SSL_AD_INTERNAL_ERROR);
}

class AfterHandshake : public testing::Test {
 protected:
  AfterHandshake() {
    EXPECT_TRUE(pair_.Start());
    EXPECT_TRUE(pair_.Run());
  }
  TlsHandshake& client() { return *pair_.client.tls; }
  TlsHandshake& server() { return *pair_.server.tls; }

  // RFC 8446 §4.6.1: a NewSessionTicket with the given extensions, encoded.
  static std::vector<std::uint8_t> Ticket(std::string_view extensions) {
    const auto encoded = FromHex(extensions);
    auto body = FromHex(
        "00000e10"
        "01020304"
        "0101"
        "0004aabbccdd");
    body.push_back(0);
    body.push_back(static_cast<std::uint8_t>(encoded.size()));
    body.insert(body.end(), encoded.begin(), encoded.end());
    return Message(4, body);
  }

 private:
  TlsPair pair_;
};

TEST_F(AfterHandshake, ClientTakesTickets) {
  EXPECT_TRUE(client().HandleBytes(Level::kOneRtt, Ticket("")));
  EXPECT_TRUE(client().HandleBytes(Level::kOneRtt, Ticket("002a0004ffffffff")));
  const auto ticket = Ticket("");
  EXPECT_TRUE(client().HandleBytes(Level::kOneRtt, std::span(ticket).first(3)));
  EXPECT_TRUE(client().HandleBytes(Level::kOneRtt, std::span(ticket).subspan(3)));
  EXPECT_EQ(client().fault(), TlsFault::kNone) << client().error();
  EXPECT_FALSE(client().PollBytes().has_value());
}

// RFC 9001 §4.6.1
TEST_F(AfterHandshake, TicketWithLimitedEarlyDataIsAViolation) {
  EXPECT_FALSE(client().HandleBytes(Level::kOneRtt, Ticket("002a000400004000")));
  ExpectProtocolViolation(client());
}

TEST_F(AfterHandshake, DamagedTicketIsAnAlert) {
  EXPECT_FALSE(client().HandleBytes(Level::kOneRtt, Message(4, FromHex("000000"))));
  ExpectAlert(client(), SSL_AD_DECODE_ERROR);
}

// SEC-19: RFC 9001 §6: 0x010a on both sides.
TEST_F(AfterHandshake, KeyUpdateIsUnexpected) {
  EXPECT_FALSE(client().HandleBytes(Level::kOneRtt, Message(24, {0})));
  ExpectAlert(client(), SSL_AD_UNEXPECTED_MESSAGE);
  EXPECT_FALSE(server().HandleBytes(Level::kOneRtt, Message(24, {0})));
  ExpectAlert(server(), SSL_AD_UNEXPECTED_MESSAGE);
}

// TR-406: RFC 9001 §4.4
TEST_F(AfterHandshake, CertificateRequestIsAViolation) {
  EXPECT_FALSE(client().HandleBytes(Level::kOneRtt, Message(13, FromHex("000000"))));
  ExpectProtocolViolation(client());
}

// TR-425, SEC-19: RFC 9001 §4.1.3, §8.3: hellos, Finished, EndOfEarlyData, on both sides.
TEST(TlsFault, NothingElseIsExpectedAfterTheHandshake) {
  for (const std::uint8_t type : {1, 2, 5, 8, 11, 15, 20}) {
    for (TlsSide TlsPair::*side : {&TlsPair::client, &TlsPair::server}) {
      TlsPair pair;
      ASSERT_TRUE(pair.Start());
      ASSERT_TRUE(pair.Run());
      TlsHandshake& tls = *(pair.*side).tls;
      EXPECT_FALSE(tls.HandleBytes(Level::kOneRtt, Message(type, std::vector<std::uint8_t>(32))));
      ExpectAlert(tls, SSL_AD_UNEXPECTED_MESSAGE);
      EXPECT_TRUE(tls.complete());
      EXPECT_EQ(tls.alpn(), "h3");
    }
  }
}

}  // namespace
}  // namespace quiesce::crypto
