// Handshake and close of two whole endpoints with real TLS. RFC 9000 §7, §10; RFC 9001 §4.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "crypto/self_signed.h"
#include "crypto/tls_config.h"
#include "crypto/tls_handshake.h"
#include "test/support/connected_pair.h"

namespace quiesce::quic {
namespace {

using test::ConnectedPair;
using Side = ConnectedPair::Side;

class HandshakeTest : public testing::TestWithParam<Version> {
 protected:
  HandshakeTest() {
    std::string error;
    EXPECT_TRUE(crypto::MakeSelfSigned({.names = {"localhost"}, .now_unix_s = 1'800'000'000},
                                       &certificate_, &error))
        << error;
    server_config_ = crypto::ServerTlsConfig::Create(
        {.certificate_chain = crypto::PemSource::Text(certificate_.certificate_pem, "certificate"),
         .private_key = crypto::PemSource::Text(certificate_.private_key_pem, "key"),
         .alpn = {"h3"}},
        &error);
    EXPECT_NE(server_config_, nullptr) << error;
    client_config_ = crypto::ClientTlsConfig::Create(
        {.verification = crypto::PeerVerification::kInsecure, .alpn = {"h3"}}, &error);
    EXPECT_NE(client_config_, nullptr) << error;
  }

  ConnectedPair MakePair(ConnectedPair::Options options = {}) {
    options.version = GetParam();
    return ConnectedPair(options, crypto::NewClientHandshake(client_config_, "localhost"),
                         [this] { return crypto::NewServerHandshake(server_config_); });
  }

  crypto::SelfSignedCertificate certificate_;
  std::shared_ptr<const crypto::ServerTlsConfig> server_config_;
  std::shared_ptr<const crypto::ClientTlsConfig> client_config_;
};

TEST_P(HandshakeTest, BothSidesConfirm) {
  ConnectedPair pair = MakePair();
  EXPECT_TRUE(pair.RunUntil([&] {
    return pair.Has<HandshakeConfirmed>(Side::kClient) &&
           pair.Has<HandshakeConfirmed>(Side::kServer);
  }));
  EXPECT_EQ(pair.Last<HandshakeCompleted>(Side::kClient)->alpn, "h3");
  EXPECT_EQ(pair.connection(Side::kServer)->server_name(), "localhost");
}

TEST_P(HandshakeTest, BytesTravelBothWaysAndEnd) {
  ConnectedPair pair = MakePair();
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<HandshakeCompleted>(Side::kClient); }));
  const auto stream = pair.connection(Side::kClient)->OpenStream(StreamDirection::kBidirectional);
  ASSERT_TRUE(stream);
  const std::vector<std::uint8_t> sent(100'000, 7);
  ASSERT_EQ(pair.connection(Side::kClient)->Write(*stream, sent, true).status, WriteStatus::kOk);
  std::vector<std::uint8_t> received;
  bool fin = false;
  EXPECT_TRUE(pair.RunUntil([&] {
    Connection* server = pair.connection(Side::kServer);
    if (!server) return false;
    for (;;) {
      const Readable readable = server->Peek(*stream);
      received.insert(received.end(), readable.bytes.begin(), readable.bytes.end());
      fin = fin || readable.fin;
      if (readable.bytes.empty() && !readable.fin) break;
      server->Consume(*stream, ByteCount(readable.bytes.size()));
      if (fin) break;
    }
    return fin && pair.Has<StreamSendFinished>(Side::kClient);
  }));
  EXPECT_EQ(received, sent);
}

TEST_P(HandshakeTest, CloseReachesThePeerAndBothForget) {
  ConnectedPair pair = MakePair();
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<HandshakeConfirmed>(Side::kClient); }));
  pair.connection(Side::kClient)->Close(0x100, "done");
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<ConnectionClosed>(Side::kServer); }));
  const auto* closed = pair.Last<ConnectionClosed>(Side::kServer);
  EXPECT_EQ(closed->source, CloseSource::kPeer);
  EXPECT_TRUE(closed->is_application);
  EXPECT_EQ(closed->error_code, 0x100u);
  EXPECT_EQ(closed->reason, "done");
  pair.RunFor(std::chrono::seconds(20));
  EXPECT_EQ(pair.client().connection_count(), 0u);
  EXPECT_EQ(pair.server().connection_count(), 0u);
}

TEST_P(HandshakeTest, SurvivesTheLossOfAnySingleDatagram) {
  for (int lost = 0; lost < 12; ++lost) {
    SCOPED_TRACE(lost);
    ConnectedPair pair = MakePair();
    int count = 0;
    pair.SetFilter([&](Side, std::vector<std::uint8_t>&) { return count++ != lost; });
    EXPECT_TRUE(pair.RunUntil([&] {
      return pair.Has<HandshakeConfirmed>(Side::kClient) &&
             pair.Has<HandshakeConfirmed>(Side::kServer);
    }));
  }
}

TEST_P(HandshakeTest, AServerThatStopsRefusesNewConnections) {
  ConnectedPair pair = MakePair();
  pair.server().StopAccepting();
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<ConnectionClosed>(Side::kClient); }));
  const auto* closed = pair.Last<ConnectionClosed>(Side::kClient);
  EXPECT_EQ(closed->source, CloseSource::kPeer);
  EXPECT_EQ(closed->error_code, static_cast<std::uint64_t>(TransportErrorCode::kConnectionRefused));
  EXPECT_EQ(pair.server().connection_count(), 0u);
}

TEST_P(HandshakeTest, IdleConnectionsEndSilently) {
  ConnectedPair pair = MakePair();
  ASSERT_TRUE(pair.RunUntil([&] { return pair.Has<HandshakeConfirmed>(Side::kClient); }));
  pair.RunFor(std::chrono::seconds(1));
  const auto sent = pair.datagrams_sent(Side::kClient) + pair.datagrams_sent(Side::kServer);
  pair.RunFor(std::chrono::seconds(40));
  EXPECT_EQ(pair.Last<ConnectionClosed>(Side::kClient)->source, CloseSource::kIdleTimeout);
  EXPECT_EQ(pair.Last<ConnectionClosed>(Side::kServer)->source, CloseSource::kIdleTimeout);
  EXPECT_EQ(pair.datagrams_sent(Side::kClient) + pair.datagrams_sent(Side::kServer), sent);
}

INSTANTIATE_TEST_SUITE_P(Versions, HandshakeTest, testing::Values(Version::kV1, Version::kV2),
                         [](const auto& info) { return info.param == Version::kV1 ? "V1" : "V2"; });

}  // namespace
}  // namespace quiesce::quic
