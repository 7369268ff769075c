// A client and a server handshake that talk to each other in memory, for tests.
#pragma once

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crypto/hex_for_test.h"
#include "crypto/self_signed.h"
#include "crypto/tls_handshake.h"

namespace quiesce::crypto {

inline SelfSignedCertificate MakeCertificate(SelfSignedOptions options) {
  SelfSignedCertificate made;
  std::string error;
  EXPECT_TRUE(MakeSelfSigned(options, &made, &error)) << error;
  return made;
}

// For "localhost", "*.example.com" and 127.0.0.1; valid now. One per process: making it is slow.
inline const SelfSignedCertificate& TestCertificate() {
  static const SelfSignedCertificate certificate =
      MakeCertificate({.names = {"localhost", "*.example.com", "127.0.0.1", "::1"},
                       .now_unix_s = std::time(nullptr)});
  return certificate;
}

inline ServerTlsOptions ServerOptions(
    const SelfSignedCertificate& certificate = TestCertificate()) {
  return {.certificate_chain = PemSource::Text(certificate.certificate_pem, "certificate"),
          .private_key = PemSource::Text(certificate.private_key_pem, "key"),
          .alpn = {"h3"}};
}

inline ClientTlsOptions ClientOptions(const SelfSignedCertificate& root = TestCertificate()) {
  return {.verification = PeerVerification::kGivenRoots,
          .roots = PemSource::Text(root.certificate_pem, "roots"),
          .alpn = {"h3"}};
}

template <typename Config, typename Options>
std::shared_ptr<const Config> MustCreate(const Options& options) {
  std::string error;
  auto config = Config::Create(options, &error);
  EXPECT_NE(config, nullptr) << error;
  return config;
}

// Everything one side has said so far.
struct TlsSide {
  std::unique_ptr<TlsHandshake> tls;
  std::vector<TrafficSecret> secrets;
  std::vector<CryptoBytes> bytes;

  void Drain() {
    while (auto secret = tls->PollSecret()) secrets.push_back(std::move(*secret));
    while (auto crypto = tls->PollBytes()) bytes.push_back(std::move(*crypto));
  }

  const TrafficSecret* Find(EncryptionLevel level, SecretDirection direction) const {
    for (const TrafficSecret& secret : secrets)
      if (secret.level == level && secret.direction == direction) return &secret;
    return nullptr;
  }
};

struct TlsPair {
  TlsSide client;
  TlsSide server;
  // May change what goes from one side to the other.
  std::function<void(CryptoBytes&)> to_client = [](CryptoBytes&) {};
  std::function<void(CryptoBytes&)> to_server = [](CryptoBytes&) {};

  explicit TlsPair(const ServerTlsOptions& server_options = ServerOptions(),
                   const ClientTlsOptions& client_options = ClientOptions(),
                   std::string server_name = "localhost") {
    server.tls = NewServerHandshake(MustCreate<ServerTlsConfig>(server_options));
    client.tls =
        NewClientHandshake(MustCreate<ClientTlsConfig>(client_options), std::move(server_name));
  }

  bool Start() {
    return server.tls->Start(FromHex("0f0101")) && client.tls->Start(FromHex("0f0102"));
  }

  // Passes on one side's bytes; false as soon as the other side fails.
  static bool Deliver(TlsSide& from, TlsSide& to, const std::function<void(CryptoBytes&)>& change) {
    from.Drain();
    std::vector<CryptoBytes> flight = std::move(from.bytes);
    from.bytes.clear();
    for (CryptoBytes& crypto : flight) {
      change(crypto);
      if (!to.tls->HandleBytes(crypto.level, crypto.bytes)) return false;
    }
    to.Drain();
    return true;
  }

  // Until nobody has anything to say; false as soon as a side fails.
  bool Run() {
    do {
      if (!Deliver(client, server, to_server) || !Deliver(server, client, to_client)) return false;
      client.Drain();
    } while (!client.bytes.empty());
    return true;
  }
};

}  // namespace quiesce::crypto
