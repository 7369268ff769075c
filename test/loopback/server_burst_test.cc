// Many clients at once, on one thread with the server: what waits in the socket is read before
// anything that costs a signature is done.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

#include "crypto/tls_config.h"
#include "http3/client/client.h"
#include "http3/server/server.h"
#include "quic/endpoint/endpoint.h"
#include "quic/io/clock.h"

namespace quiesce::test {
namespace {

using http3::Client;
using http3::Server;
using http3::ServerOptions;
using http3::SessionReady;

constexpr std::uint64_t kClients = 60;

struct NoHandler final : http3::RequestHandler {
  void HandleRequest(http3::Exchange&) override {}
};

class ServerBurstTest : public testing::Test {
 protected:
  void Start(std::size_t half_open_max) {
    std::string error;
    ServerOptions options{.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}};
    options.endpoint.half_open_max = half_open_max;
    server_ = Server::Listen(options, handler_, error);
    ASSERT_NE(server_, nullptr) << error;
    client_ = Client::Create({.verification = crypto::PeerVerification::kInsecure}, error);
    ASSERT_NE(client_, nullptr) << error;
    for (std::uint64_t i = 0; i < kClients; ++i)
      client_->Connect(server_->local_address(), "localhost");
    client_->Flush();
  }
  const quic::EndpointStats& stats() { return server_->core().endpoint().stats(); }

  NoHandler handler_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ServerBurstTest, TheSocketIsReadToTheEndBeforeAFewAreServed) {
  Start(4096);
  server_->RunOnce(server_->now());
  EXPECT_EQ(server_->socket().stats().datagrams_received, kClients);
  EXPECT_EQ(stats().connections_accepted, 8u);
  EXPECT_EQ(server_->arrivals().size(), kClients - 8);
  // The rest follow without news from the socket, and without a wait.
  server_->RunOnce();
  EXPECT_EQ(stats().connections_accepted, 16u);

  std::uint64_t ready = 0;
  const quic::Instant patience = quic::MonotonicNow() + std::chrono::seconds(60);
  while (ready < kClients && quic::MonotonicNow() < patience) {
    server_->RunOnce(server_->now());
    client_->RunOnce(client_->now());
    while (const auto event = client_->PollEvent())
      ready += std::holds_alternative<SessionReady>(event->event) ? 1 : 0;
  }
  EXPECT_EQ(ready, kClients);
  EXPECT_EQ(stats().connections_accepted, kClients);
  EXPECT_TRUE(server_->arrivals().empty());
  EXPECT_EQ(server_->arrivals().dropped(), 0u);
}

TEST_F(ServerBurstTest, NoMoreWaitThanMayBeHalfOpen) {
  Start(20);
  server_->RunOnce(server_->now());
  EXPECT_EQ(server_->socket().stats().datagrams_received, kClients);
  EXPECT_EQ(server_->arrivals().size(), 20u - 8u);
  EXPECT_EQ(server_->arrivals().dropped(), kClients - 20);
}

}  // namespace
}  // namespace quiesce::test
