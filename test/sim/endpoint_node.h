// A QUIC endpoint as a host: whatever derives from it says what to do with events, and when to act
// by itself. Handshakes are fake_tls, everything else is real.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "crypto/secret.h"
#include "crypto/tls_handshake.h"
#include "quic/endpoint/endpoint.h"
#include "quic/endpoint/stateless_reset.h"
#include "test/sim/node.h"
#include "test/support/seeded_random.h"

namespace quiesce::sim {

// What an endpoint refers to, from one seed. Outlives the endpoint that Make() gives.
class EndpointParts {
 public:
  EndpointParts(const quic::EndpointConfig& config, std::uint64_t seed);

  std::unique_ptr<quic::Endpoint> MakeClient();
  std::unique_ptr<quic::Endpoint> MakeServer();
  // The client's half of one more handshake.
  std::unique_ptr<crypto::TlsHandshake> MakeClientTls();
  crypto::Random& random() { return random_; }

 private:
  std::unique_ptr<quic::Endpoint> Make(quic::HandshakeFactory accept);

  const quic::EndpointConfig config_;
  test::SeededRandom random_;
  const quic::StatelessResetter resetter_;
};

class EndpointNode : public Node {
 public:
  enum class Role { kClient, kServer };

  EndpointNode(Role role, const quic::EndpointConfig& config, std::uint64_t seed);

  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;
  void HandleTimeout(Instant now) override;
  std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) override;
  std::optional<Instant> NextTimeout() const override;

  quic::Endpoint& endpoint() { return *endpoint_; }

 protected:
  // One event of the endpoint; calls on connections are allowed.
  virtual void OnEvent(Instant now, const quic::EndpointEvent& event) = 0;
  // What the host does of its own accord, when it is due, and when next.
  virtual void Act(Instant) {}
  virtual std::optional<Instant> NextAct() const { return std::nullopt; }

  EndpointParts& parts() { return parts_; }

 private:
  bool TakeEvents(Instant now);

  EndpointParts parts_;
  const std::unique_ptr<quic::Endpoint> endpoint_;
};

// The sooner of two deadlines.
inline std::optional<Instant> Sooner(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

}  // namespace quiesce::sim
