#include "test/sim/endpoint_node.h"

#include <array>
#include <utility>

#include "test/support/fake_tls.h"

namespace quiesce::sim {
namespace {

crypto::Secret Draw(crypto::Random& random, std::size_t size) {
  crypto::Secret secret(size);
  random.FillSecret(secret.bytes());
  return secret;
}

constexpr std::size_t kCidKeySize = 16;
constexpr std::size_t kResetKeySize = 32;

}  // namespace

EndpointParts::EndpointParts(const quic::EndpointConfig& config, std::uint64_t seed)
    : config_(config), random_(seed), resetter_(Draw(random_, kResetKeySize)) {}

std::unique_ptr<quic::Endpoint> EndpointParts::Make(quic::HandshakeFactory accept) {
  return std::make_unique<quic::Endpoint>(
      config_, quic::CidGenerator({}, Draw(random_, kCidKeySize), resetter_, random_), resetter_,
      std::move(accept), random_);
}

std::unique_ptr<quic::Endpoint> EndpointParts::MakeClient() { return Make(nullptr); }

std::unique_ptr<quic::Endpoint> EndpointParts::MakeServer() {
  return Make([this] { return test::NewFakeServer({}, random_); });
}

std::unique_ptr<crypto::TlsHandshake> EndpointParts::MakeClientTls() {
  return test::NewFakeClient({}, random_);
}

EndpointNode::EndpointNode(Role role, const quic::EndpointConfig& config, std::uint64_t seed)
    : parts_(config, seed),
      endpoint_(role == Role::kServer ? parts_.MakeServer() : parts_.MakeClient()) {}

void EndpointNode::HandleDatagram(Instant now, const quic::DatagramInfo& info,
                                  std::span<std::uint8_t> bytes) {
  endpoint_->HandleDatagram(now, info, bytes);
}

void EndpointNode::HandleTimeout(Instant now) {
  endpoint_->HandleTimeout(now);
  Act(now);
}

bool EndpointNode::TakeEvents(Instant now) {
  bool any = false;
  while (const auto event = endpoint_->PollEvent()) {
    OnEvent(now, *event);
    any = true;
  }
  return any;
}

std::size_t EndpointNode::PollTransmit(Instant now, quic::TransmitBatch& out) {
  std::size_t sent = 0;
  do {
    TakeEvents(now);
    sent = endpoint_->PollTransmit(now, out);
  } while (sent == 0 && TakeEvents(now));
  return sent;
}

std::optional<Instant> EndpointNode::NextTimeout() const {
  return Sooner(endpoint_->NextTimeout(), NextAct());
}

}  // namespace quiesce::sim
