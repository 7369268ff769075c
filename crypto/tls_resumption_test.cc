// Resumption and 0-RTT of TLS itself: tickets, what they are bound to, replay. RFC 8446 §4.6.1,
// §4.2.10, §8; RFC 9001 §4.5, §4.6, §9.2.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "crypto/tls_handshake.h"
#include "crypto/tls_pair_for_test.h"

namespace quiesce::crypto {
namespace {

using Level = EncryptionLevel;
using Direction = SecretDirection;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kNewSessionTicket = 4;

Secret TicketKey(std::uint8_t first = 7) {
  Bytes bytes(48, 0x33);
  bytes[0] = first;
  return Secret(bytes);
}

struct Meeting {
  std::string server_name = "localhost";
  std::string ticket_context = "v1";
  std::string early_data_context = "parameters";
  std::vector<std::string> client_alpn = {"h3"};
};

// One server and one client that meet more than once.
class ResumptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_options_.ticket_key = TicketKey();
    server_options_.alpn = {"h3", "other"};
    server_options_.unix_time_s = [this] { return now_s_; };
  }

  void MakeServer() { server_config_ = MustCreate<ServerTlsConfig>(server_options_); }

  // A pair that has started; `resumption` is the client's.
  TlsPair Meet(const Meeting& meeting, const ClientResumption& resumption = {}) {
    if (!server_config_) MakeServer();
    ClientTlsOptions client_options = ClientOptions();
    client_options.alpn = meeting.client_alpn;
    TlsPair pair;
    pair.server.tls = NewServerHandshake(server_config_);
    pair.client.tls = NewClientHandshake(MustCreate<ClientTlsConfig>(client_options),
                                         meeting.server_name, resumption);
    pair.server.tls->SetResumptionContext(View(meeting.ticket_context),
                                          View(meeting.early_data_context));
    EXPECT_TRUE(pair.Start());
    return pair;
  }

  // A full or resumed handshake, and the session that it leaves.
  Bytes Session(const Meeting& meeting = {}) {
    TlsPair pair = Meet(meeting);
    EXPECT_TRUE(pair.Run()) << pair.client.tls->error() << "/" << pair.server.tls->error();
    auto session = pair.client.tls->PollSession();
    EXPECT_TRUE(session.has_value());
    return session.value_or(Bytes());
  }

  bool Resumes(const Meeting& meeting, const Bytes& session) {
    TlsPair pair = Meet(meeting, {.session = session});
    EXPECT_TRUE(pair.Run()) << pair.client.tls->error() << "/" << pair.server.tls->error();
    EXPECT_EQ(pair.client.tls->resumed(), pair.server.tls->resumed());
    return pair.client.tls->resumed();
  }

  // How an attempt at early data ends.
  EarlyData Attempt(const Meeting& meeting, const Bytes& session) {
    TlsPair pair = Meet(meeting, {.session = session, .early_data = true});
    EXPECT_TRUE(pair.Run()) << pair.client.tls->error() << "/" << pair.server.tls->error();
    EXPECT_TRUE(pair.client.tls->complete() && pair.server.tls->complete());
    return pair.client.tls->early_data();
  }

  static std::span<const std::uint8_t> View(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }

  ServerTlsOptions server_options_ = ServerOptions();
  std::shared_ptr<const ServerTlsConfig> server_config_;
  std::int64_t now_s_ = 1'700'000'000;
};

TEST_F(ResumptionTest, SecondHandshakeNeedsNoCertificate) {
  const Bytes session = Session();
  TlsPair pair = Meet({}, {.session = session});
  bool certificate = false;
  pair.to_client = [&](CryptoBytes& crypto) {
    if (crypto.level == Level::kHandshake) certificate = crypto.bytes.size() > 200;
  };
  ASSERT_TRUE(pair.Run());
  EXPECT_FALSE(certificate);
  for (const TlsSide* side : {&pair.client, &pair.server}) {
    EXPECT_TRUE(side->tls->resumed());
    EXPECT_EQ(side->tls->early_data(), EarlyData::kNone);
    EXPECT_EQ(side->tls->alpn(), "h3");
    EXPECT_EQ(side->tls->server_name(), "localhost");
  }
  // And leaves a session for the one after it.
  const auto next = pair.client.tls->PollSession();
  ASSERT_TRUE(next.has_value());
  EXPECT_TRUE(Resumes({}, *next));
}

TEST_F(ResumptionTest, OneTicketPerHandshakeAtTheLevelOfApplicationData) {
  TlsPair pair = Meet({});
  std::vector<std::uint8_t> types;
  pair.to_client = [&](CryptoBytes& crypto) {
    if (crypto.level == Level::kOneRtt) types.push_back(crypto.bytes[0]);
  };
  ASSERT_TRUE(pair.Run());
  EXPECT_EQ(types, std::vector<std::uint8_t>{kNewSessionTicket});
  EXPECT_TRUE(pair.client.tls->PollSession().has_value());
  EXPECT_EQ(pair.client.tls->PollSession(), std::nullopt);
}

TEST_F(ResumptionTest, AnotherProcessWithTheSameKeyResumes) {
  const Bytes session = Session();
  MakeServer();
  EXPECT_TRUE(Resumes({}, session));
  server_options_.ticket_key = TicketKey(8);
  MakeServer();
  EXPECT_FALSE(Resumes({}, session));
}

TEST_F(ResumptionTest, TicketsOfThePeriodBeforeAreTakenAndOlderOnesAreNot) {
  server_options_.ticket_lifetime_s = 3600;
  now_s_ = 3600 * 470'000;
  const Bytes session = Session();
  now_s_ += 2 * 3600 - 1;
  EXPECT_TRUE(Resumes({}, session));
  now_s_ += 1;
  EXPECT_FALSE(Resumes({}, session));
}

// A ticket is bound to the name, the protocol and the version of QUIC. RFC 9001
// §4.5, RFC 9369 §5.
TEST_F(ResumptionTest, AnotherNameProtocolOrVersionIsAFullHandshake) {
  const Bytes session = Session();
  EXPECT_FALSE(Resumes({.server_name = "b.example.com"}, session));
  EXPECT_FALSE(Resumes({.server_name = "127.0.0.1"}, session));
  EXPECT_FALSE(Resumes({.client_alpn = {"other"}}, session));
  EXPECT_FALSE(Resumes({.ticket_context = "v2"}, session));
  EXPECT_TRUE(Resumes({}, session));
  EXPECT_TRUE(Resumes({.early_data_context = "others"}, session));
  server_options_.early_data = true;
  MakeServer();
  const Bytes early = Session();
  EXPECT_NE(Attempt({.server_name = "b.example.com"}, early), EarlyData::kAccepted);
  EXPECT_NE(Attempt({.client_alpn = {"other"}}, early), EarlyData::kAccepted);
  EXPECT_NE(Attempt({.client_alpn = {"other", "h3"}}, early), EarlyData::kRejected);
}

TEST_F(ResumptionTest, DamagedSessionIsAFullHandshake) {
  Bytes session = Session();
  EXPECT_FALSE(Resumes({}, Bytes(session.begin(), session.begin() + 20)));
  EXPECT_FALSE(Resumes({}, {1, 2, 3}));
}

// A session of a client that had believed anybody does not get past one that does not, and none
// past a wrong name; nothing is sent in it, not even early.
TEST_F(ResumptionTest, CertificateOfAResumedSessionIsVerifiedAgain) {
  server_options_.early_data = true;
  MakeServer();
  ClientTlsOptions careless = ClientOptions();
  careless.verification = PeerVerification::kInsecure;
  const SelfSignedCertificate other =
      MakeCertificate({.names = {"localhost"}, .now_unix_s = std::time(nullptr)});
  for (const bool early_data : {false, true}) {
    TlsPair first = Meet({});
    first.client.tls = NewClientHandshake(MustCreate<ClientTlsConfig>(careless), "localhost");
    ASSERT_TRUE(first.client.tls->Start(FromHex("0f0102")));
    ASSERT_TRUE(first.Run());
    const auto session = first.client.tls->PollSession();
    ASSERT_TRUE(session.has_value());
    const ClientResumption resumption{.session = *session, .early_data = early_data};

    for (const auto& [options, name] : {std::pair(ClientOptions(other), "localhost"),
                                        std::pair(ClientOptions(), "example.org")}) {
      auto client = NewClientHandshake(MustCreate<ClientTlsConfig>(options), name, resumption);
      TlsPair pair = Meet({.server_name = name});
      pair.client.tls = std::move(client);
      EXPECT_FALSE(pair.client.tls->Start(FromHex("0f0102")) && pair.Run());
      EXPECT_FALSE(pair.client.tls->complete());
      EXPECT_EQ(pair.client.tls->fault(), TlsFault::kAlert);
      EXPECT_EQ(pair.client.tls->error().substr(0, 25), "certificate not accepted:");
      EXPECT_EQ(pair.client.Find(Level::kZeroRtt, Direction::kWrite), nullptr);
    }
    EXPECT_TRUE(Resumes({}, *session));
  }
}

TEST_F(ResumptionTest, EarlyDataIsOffByDefaultOnBothSides) {
  const Bytes plain = Session();
  EXPECT_EQ(Attempt({}, plain), EarlyData::kNone);  // the ticket does not allow it
  server_options_.early_data = true;
  MakeServer();
  const Bytes session = Session();
  TlsPair pair = Meet({}, {.session = session});
  ASSERT_TRUE(pair.Run());
  EXPECT_TRUE(pair.client.tls->resumed());
  EXPECT_EQ(pair.client.Find(Level::kZeroRtt, Direction::kWrite), nullptr);
  EXPECT_EQ(pair.client.tls->early_data(), EarlyData::kNone);
}

// RFC 9001 §4.6, §5.1: the client has keys with its ClientHello, the server once it has read it.
TEST_F(ResumptionTest, EarlyDataGivesBothSidesTheSameSecret) {
  server_options_.early_data = true;
  const Bytes session = Session();
  TlsPair pair = Meet({}, {.session = session, .early_data = true});
  pair.client.Drain();
  EXPECT_EQ(pair.client.tls->early_data(), EarlyData::kOffered);
  EXPECT_FALSE(pair.client.tls->complete());
  EXPECT_EQ(pair.client.tls->alpn(), "h3");  // as it was
  ASSERT_TRUE(TlsPair::Deliver(pair.client, pair.server, pair.to_server));
  EXPECT_EQ(pair.server.tls->early_data(), EarlyData::kAccepted);
  EXPECT_FALSE(pair.server.tls->complete());
  ASSERT_TRUE(pair.Run());
  EXPECT_EQ(pair.client.tls->early_data(), EarlyData::kAccepted);
  EXPECT_TRUE(pair.client.tls->complete() && pair.server.tls->complete());
  const TrafficSecret* write = pair.client.Find(Level::kZeroRtt, Direction::kWrite);
  const TrafficSecret* read = pair.server.Find(Level::kZeroRtt, Direction::kRead);
  ASSERT_TRUE(write != nullptr && read != nullptr);
  EXPECT_EQ(write->suite, read->suite);
  EXPECT_EQ(ToHex(write->secret.bytes()), ToHex(read->secret.bytes()));
}

// RFC 9001 §4.6.1: what the client relies on must be the same as when the ticket was given out.
TEST_F(ResumptionTest, ChangedContextRejectsEarlyDataAndResumesAllTheSame) {
  server_options_.early_data = true;
  server_options_.early_data_context = "settings";
  const Bytes session = Session();
  TlsPair pair = Meet({.early_data_context = "less"}, {.session = session, .early_data = true});
  ASSERT_TRUE(pair.Run());
  EXPECT_EQ(pair.client.tls->early_data(), EarlyData::kRejected);
  EXPECT_EQ(pair.server.tls->early_data(), EarlyData::kNone);
  EXPECT_EQ(pair.server.Find(Level::kZeroRtt, Direction::kRead), nullptr);
  EXPECT_TRUE(pair.client.tls->resumed());
  EXPECT_EQ(Attempt({}, session), EarlyData::kAccepted);
}

// RFC 8446 §8: the record of attempts is that of one config, so its tickets are, too.
TEST_F(ResumptionTest, EarlyDataWithATicketOfAnotherProcessIsRejected) {
  server_options_.early_data = true;
  const Bytes session = Session();
  MakeServer();
  EXPECT_EQ(Attempt({}, session), EarlyData::kRejected);
  EXPECT_TRUE(Resumes({}, session));
}

// RFC 9001 §9.2, RFC 8446 §8.2
TEST_F(ResumptionTest, ReplayedClientHelloIsNotAcceptedAgain) {
  server_options_.early_data = true;
  TlsPair pair = Meet({}, {.session = Session(), .early_data = true});
  pair.client.Drain();
  const CryptoBytes hello = pair.client.bytes[0];
  for (const EarlyData expected : {EarlyData::kAccepted, EarlyData::kNone, EarlyData::kNone}) {
    auto server = NewServerHandshake(server_config_);
    server->SetResumptionContext(View("v1"), View("parameters"));
    ASSERT_TRUE(server->Start(FromHex("0f0101")));
    ASSERT_TRUE(server->HandleBytes(hello.level, hello.bytes));
    EXPECT_EQ(server->early_data(), expected);
  }
}

TEST_F(ResumptionTest, AttemptsThatCannotBeRememberedAreNotAccepted) {
  server_options_.early_data = true;
  server_options_.early_data_attempts_max = 2;
  const Bytes session = Session();
  EXPECT_EQ(Attempt({}, session), EarlyData::kAccepted);
  EXPECT_EQ(Attempt({}, session), EarlyData::kAccepted);  // another ClientHello, no replay
  EXPECT_EQ(Attempt({}, session), EarlyData::kRejected);
  now_s_ += ReplayCache::kWindowS;
  EXPECT_EQ(Attempt({}, session), EarlyData::kAccepted);
}

TEST_F(ResumptionTest, ServerNamesTheOptionThatDoesNotFit) {
  const auto error_of = [](const ServerTlsOptions& options) {
    std::string error;
    EXPECT_EQ(ServerTlsConfig::Create(options, &error), nullptr);
    return error.substr(0, error.find(':'));
  };
  ServerTlsOptions options = ServerOptions();
  options.early_data = true;
  EXPECT_EQ(error_of(options), "early_data");
  options.ticket_key = Secret(Bytes(31, 1));
  EXPECT_EQ(error_of(options), "ticket_key");
  options.ticket_key = TicketKey();
  options.ticket_lifetime_s = 7 * 24 * 3600 + 1;
  EXPECT_EQ(error_of(options), "ticket_lifetime_s");
  options.ticket_lifetime_s = 1;
  EXPECT_EQ(error_of(options), "unix_time_s");
}

}  // namespace
}  // namespace quiesce::crypto
