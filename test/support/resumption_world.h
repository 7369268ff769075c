// One server, with real TLS, and a client that comes back to it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "crypto/self_signed.h"
#include "crypto/tls_config.h"
#include "crypto/tls_handshake.h"
#include "quic/connection/saved_session.h"
#include "test/support/connected_pair.h"

namespace quiesce::test {

class ResumptionWorld {
 public:
  struct Options {
    quic::Version version = quic::Version::kV1;
    std::string server_name = "localhost";
    // Puts something around the server's TLS.
    std::function<std::unique_ptr<crypto::TlsHandshake>(std::unique_ptr<crypto::TlsHandshake>)>
        wrap_server{};
    ConnectedPair::Options pair{};
  };

  ResumptionWorld();

  // One connection, which resumes `session`.
  ConnectedPair Connect(const Options& options,
                        const std::optional<quic::SavedSession>& session = std::nullopt);
  // Until the client has a session for next time.
  static bool RunUntilSession(ConnectedPair& pair);
  // The newest session that a client got.
  static quic::SavedSession SessionOf(ConnectedPair& pair);

 protected:
  // To be changed before NewServer(): another server with the same secret.
  crypto::ServerTlsOptions server_options_;
  void NewServer();

 private:
  crypto::SelfSignedCertificate certificate_;
  std::shared_ptr<const crypto::ServerTlsConfig> server_config_;
  std::shared_ptr<const crypto::ClientTlsConfig> client_config_;
};

}  // namespace quiesce::test
