#include "test/support/resumption_world.h"

#include <ctime>
#include <utility>
#include <vector>

#include "quic/base/check.h"

namespace quiesce::test {

using Side = ConnectedPair::Side;

ResumptionWorld::ResumptionWorld() {
  std::string error;
  QUIESCE_CHECK(crypto::MakeSelfSigned(
      {.names = {"localhost", "b.example"}, .now_unix_s = std::time(nullptr)}, &certificate_,
      &error));
  server_options_ = {
      .certificate_chain = crypto::PemSource::Text(certificate_.certificate_pem, "certificate"),
      .private_key = crypto::PemSource::Text(certificate_.private_key_pem, "key"),
      .alpn = {"h3", "other"}};
  server_options_.ticket_key = crypto::Secret(std::vector<std::uint8_t>(48, 0x11));
  server_options_.unix_time_s = [] { return static_cast<std::int64_t>(std::time(nullptr)); };
  NewServer();
  client_config_ = crypto::ClientTlsConfig::Create(
      {.verification = crypto::PeerVerification::kGivenRoots,
       .roots = crypto::PemSource::Text(certificate_.certificate_pem, "roots"),
       .alpn = {"h3"}},
      &error);
  QUIESCE_CHECK(client_config_ != nullptr);
}

void ResumptionWorld::NewServer() {
  std::string error;
  server_config_ = crypto::ServerTlsConfig::Create(server_options_, &error);
  QUIESCE_CHECK(server_config_ != nullptr);
}

ConnectedPair ResumptionWorld::Connect(const Options& options,
                                       const std::optional<quic::SavedSession>& session) {
  ConnectedPair::Options pair = options.pair;
  pair.version = options.version;
  crypto::ClientResumption resumption;
  if (session) resumption.session = session->tls;
  return ConnectedPair(pair,
                       crypto::NewClientHandshake(client_config_, options.server_name, resumption),
                       [config = server_config_, wrap = options.wrap_server] {
                         auto tls = crypto::NewServerHandshake(config);
                         return wrap ? wrap(std::move(tls)) : std::move(tls);
                       });
}

bool ResumptionWorld::RunUntilSession(ConnectedPair& pair) {
  return pair.RunUntil([&] { return pair.Has<quic::SessionSaved>(Side::kClient); });
}

quic::SavedSession ResumptionWorld::SessionOf(ConnectedPair& pair) {
  const auto* saved = pair.Last<quic::SessionSaved>(Side::kClient);
  QUIESCE_CHECK(saved != nullptr);
  return saved->session;
}

}  // namespace quiesce::test
