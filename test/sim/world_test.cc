// Worlds of two endpoints: what reaches whom and when, the fault of a host that never rests, and
// that a world repeats itself.
#include "test/sim/world.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "test/sim/endpoint_node.h"
#include "test/sim/impairments.h"
#include "test/sim/link.h"

namespace quiesce::sim {
namespace {

using std::chrono::milliseconds;

quic::SocketAddress Address(std::uint8_t last) {
  return quic::SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, last}, 443);
}

// Connects, sends a stream, closes when the other side has it.
class Caller final : public EndpointNode {
 public:
  explicit Caller(std::uint64_t seed) : EndpointNode(Role::kClient, kConfig, seed) {}
  bool delivered = false;

 private:
  static inline const quic::EndpointConfig kConfig{};

  void Act(Instant now) override {
    if (std::exchange(called_, true)) return;
    endpoint().Connect(now, {.local = Address(1), .peer = Address(2)}, quic::Version::kV1,
                       parts().MakeClientTls());
  }
  std::optional<Instant> NextAct() const override {
    return called_ ? std::nullopt : std::optional(Instant() + std::chrono::hours(2));
  }
  void OnEvent(Instant, const quic::EndpointEvent& event) override {
    const auto* of_connection = std::get_if<quic::Event>(&event.event);
    quic::Connection* connection = endpoint().Find(event.connection);
    if (!of_connection || !connection) return;
    if (std::holds_alternative<quic::HandshakeCompleted>(*of_connection)) {
      const auto stream = connection->OpenStream(quic::StreamDirection::kBidirectional);
      const std::vector<std::uint8_t> bytes(20'000, 7);
      EXPECT_EQ(connection->Write(*stream, bytes, true).accepted, bytes.size());
    } else if (std::holds_alternative<quic::StreamSendFinished>(*of_connection)) {
      delivered = true;
      connection->Close(0, "");
    }
  }

  bool called_ = false;
};

class Listener final : public EndpointNode {
 public:
  explicit Listener(std::uint64_t seed) : EndpointNode(Role::kServer, {}, seed) {}

 private:
  void OnEvent(Instant, const quic::EndpointEvent& event) override {
    const auto* of_connection = std::get_if<quic::Event>(&event.event);
    quic::Connection* connection = endpoint().Find(event.connection);
    const auto* readable =
        of_connection ? std::get_if<quic::StreamReadable>(of_connection) : nullptr;
    if (!readable || !connection) return;
    while (const std::size_t size = connection->Peek(readable->stream_id).bytes.size())
      connection->Consume(readable->stream_id, quic::ByteCount(size));
  }
};

std::vector<std::unique_ptr<Node>> Stages(std::uint64_t seed) {
  std::vector<std::unique_ptr<Node>> stages;
  stages.push_back(std::make_unique<Loss>(Rng(seed), 100, 2));
  stages.push_back(std::make_unique<Link>(LinkOptions{.delay = milliseconds(20)}));
  return stages;
}

struct Call {
  explicit Call(std::uint64_t seed) : caller(seed), listener(seed) {
    world.AddHost("caller", Address(1), caller);
    world.AddHost("listener", Address(2), listener);
    world.AddPath(Address(1), Address(2), Stages(seed));
    world.AddPath(Address(2), Address(1), Stages(seed + 1));
  }

  World world{World::Options{}};
  Caller caller;
  Listener listener;
};

TEST(World, CarriesAConnectionFromItsHandshakeToItsEnd) {
  Call call(1);
  while (call.world.Step()) continue;
  EXPECT_EQ(call.world.fault(), "");
  EXPECT_TRUE(call.caller.delivered);
  EXPECT_EQ(call.caller.endpoint().connection_count(), 0u);
  EXPECT_EQ(call.listener.endpoint().connection_count(), 0u);
}

TEST(World, RepeatsItselfByteForByteAndDiffersWithTheSeed) {
  Call first(1), second(1), other(2);
  while (first.world.Step()) continue;
  while (second.world.Step()) continue;
  while (other.world.Step()) continue;
  EXPECT_EQ(first.world.trace_hash(), second.world.trace_hash());
  EXPECT_EQ(first.world.steps(), second.world.steps());
  EXPECT_NE(first.world.trace_hash(), other.world.trace_hash());
}

// Sends a datagram to an address at one moment; may be one that never sleeps.
class Sender final : public Node {
 public:
  Sender(quic::SocketAddress from, quic::SocketAddress to, bool restless = false)
      : from_(from), to_(to), restless_(restless) {}

  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t>) override {
    received_at = now;
    received_path = info.path;
  }
  void HandleTimeout(Instant) override { due_ = true; }
  std::size_t PollTransmit(Instant, quic::TransmitBatch& out) override {
    if (!std::exchange(due_, false) || std::exchange(sent_, true)) return 0;
    out.Append({.path = {.local = from_, .peer = to_}}, 100);
    return 1;
  }
  std::optional<Instant> NextTimeout() const override {
    if (sent_ && !restless_) return std::nullopt;
    return Instant() + std::chrono::hours(2);
  }

  std::optional<Instant> received_at;
  quic::NetworkPath received_path;

 private:
  const quic::SocketAddress from_;
  const quic::SocketAddress to_;
  const bool restless_;
  bool due_ = false;
  bool sent_ = false;
};

struct Counter final : WorldObserver {
  void OnSent(Instant, const Transfer&) override { ++sent; }
  void OnDelivered(Instant, const Transfer& transfer) override {
    ++delivered;
    from = transfer.from;
  }
  int sent = 0;
  int delivered = 0;
  std::string from;
};

TEST(World, DeliversAlongThePathAndNowhereElse) {
  World world{World::Options{}};
  Sender a(Address(1), Address(2)), b(Address(2), Address(1)), c(Address(3), Address(9));
  Counter counter;
  world.AddObserver(counter);
  world.AddHost("a", Address(1), a);
  world.AddHost("b", Address(2), b);
  world.AddHost("c", Address(3), c);
  std::vector<std::unique_ptr<Node>> stages;
  stages.push_back(std::make_unique<Link>(
      LinkOptions{.bytes_per_second = 1'000'000'000, .delay = milliseconds(20)}));
  world.AddPath(Address(1), Address(2), std::move(stages));
  while (world.Step()) continue;
  // From b to a there is no path, and nobody is where c sends to.
  EXPECT_EQ(counter.sent, 3);
  EXPECT_EQ(counter.delivered, 1);
  EXPECT_EQ(counter.from, "a");
  EXPECT_GE(*b.received_at, Instant() + std::chrono::hours(2) + milliseconds(20));
  EXPECT_EQ(b.received_path.local, Address(2));
  EXPECT_EQ(b.received_path.peer, Address(1));
  EXPECT_FALSE(a.received_at);
}

TEST(World, FaultsAHostWhoseDeadlineStaysDue) {
  World world{World::Options{}};
  Sender restless(Address(1), Address(2), /*restless=*/true);
  world.AddHost("a", Address(1), restless);
  EXPECT_FALSE(world.Step());
  EXPECT_EQ(world.fault(), "a has a deadline that is not in the future");
}

TEST(World, GivesUpOnOneThatNeverComesToRest) {
  World world({.steps_max = 3});
  Call call(1);
  world.AddHost("caller", Address(1), call.caller);
  world.AddHost("listener", Address(2), call.listener);
  world.AddPath(Address(1), Address(2), Stages(1));
  world.AddPath(Address(2), Address(1), Stages(2));
  while (world.Step()) continue;
  EXPECT_EQ(world.fault(), "the world does not come to rest");
}

}  // namespace
}  // namespace quiesce::sim
