// Senders that share one narrow queue: what each gets of it, and how much of it is used.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "quic/recovery/congestion_factory.h"
#include "test/sim/endpoint_node.h"
#include "test/sim/impairments.h"
#include "test/sim/link.h"
#include "test/sim/world.h"

namespace quiesce::sim {
namespace {

using quic::CongestionAlgorithm;
using std::chrono::milliseconds;
using std::chrono::seconds;

quic::SocketAddress Address(std::uint8_t last) {
  return quic::SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, last}, 443);
}

quic::EndpointConfig Config(CongestionAlgorithm congestion) {
  quic::EndpointConfig config;
  config.connection.congestion = congestion;
  return config;
}

// Uploads without end. Every byte is the sender's tag.
class Uploader final : public EndpointNode {
 public:
  Uploader(CongestionAlgorithm congestion, Instant begin, std::uint8_t tag)
      : EndpointNode(Role::kClient, Config(congestion), tag), begin_(begin), bytes_(16'384, tag) {}

  const quic::ConnectionStats& stats() { return endpoint().Find(handle_)->stats(); }

 private:
  void Act(Instant now) override {
    if (!begin_ || now < *begin_) return;
    begin_.reset();
    handle_ = endpoint().Connect(now, {.local = Address(1), .peer = Address(2)}, quic::Version::kV1,
                                 parts().MakeClientTls());
  }
  std::optional<Instant> NextAct() const override { return begin_; }
  void OnEvent(Instant, const quic::EndpointEvent& event) override {
    const auto* of_connection = std::get_if<quic::Event>(&event.event);
    quic::Connection* connection = endpoint().Find(event.connection);
    if (!of_connection || !connection) return;
    if (std::holds_alternative<quic::HandshakeCompleted>(*of_connection)) {
      stream_ = *connection->OpenStream(quic::StreamDirection::kUnidirectional);
    } else if (!std::holds_alternative<quic::StreamWritable>(*of_connection)) {
      return;
    }
    while (connection->Write(stream_, bytes_, false).status == quic::WriteStatus::kOk) {
    }
  }

  std::optional<Instant> begin_;
  const std::vector<std::uint8_t> bytes_;
  quic::ConnectionHandle handle_;
  quic::StreamId stream_;
};

// Several senders behind one address, so that they share the path.
class Senders final : public Node {
 public:
  void Add(std::unique_ptr<Uploader> sender) { senders_.push_back(std::move(sender)); }
  Uploader& at(std::size_t index) { return *senders_[index]; }

  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override {
    for (const auto& sender : senders_) {
      if (!sender->endpoint().HasConnectionFor(bytes)) continue;
      return sender->HandleDatagram(now, info, bytes);
    }
  }
  void HandleTimeout(Instant now) override {
    for (const auto& sender : senders_) sender->HandleTimeout(now);
  }
  std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) override {
    std::size_t sent = 0;
    for (const auto& sender : senders_) sent += sender->PollTransmit(now, out);
    return sent;
  }
  std::optional<Instant> NextTimeout() const override {
    std::optional<Instant> next;
    for (const auto& sender : senders_) next = Sooner(next, sender->NextTimeout());
    return next;
  }

 private:
  std::vector<std::unique_ptr<Uploader>> senders_;
};

// Reads everything and counts by tag.
class Receiver final : public EndpointNode {
 public:
  Receiver() : EndpointNode(Role::kServer, quic::EndpointConfig(), 99) {}
  std::array<std::uint64_t, 4> received{};

 private:
  void OnEvent(Instant, const quic::EndpointEvent& event) override {
    const auto* of_connection = std::get_if<quic::Event>(&event.event);
    quic::Connection* connection = endpoint().Find(event.connection);
    if (!of_connection || !connection) return;
    const auto* readable = std::get_if<quic::StreamReadable>(of_connection);
    if (!readable) return;
    for (;;) {
      const auto bytes = connection->Peek(readable->stream_id).bytes;
      if (bytes.empty()) return;
      received[bytes.front()] += bytes.size();
      connection->Consume(readable->stream_id, quic::ByteCount(bytes.size()));
    }
  }
};

struct Network {
  LinkOptions link{.bytes_per_second = 1'250'000,  // 10 Mbit/s
                   .delay = milliseconds(15),
                   .queue_bytes = 25 * 1200};
  std::uint64_t loss_permille = 0;
};

class Bottleneck {
 public:
  // The second sender and those behind it begin two seconds apart.
  Bottleneck(const Network& network, const std::vector<CongestionAlgorithm>& senders) {
    std::uint8_t tag = 0;
    for (const CongestionAlgorithm each : senders) {
      senders_.Add(std::make_unique<Uploader>(each, world_.now() + seconds(2 * tag), tag));
      ++tag;
    }
    world_.AddHost("senders", Address(1), senders_);
    world_.AddHost("receiver", Address(2), receiver_);
    std::vector<std::unique_ptr<Node>> there, back;
    if (network.loss_permille > 0)
      there.push_back(std::make_unique<Loss>(Rng(7), network.loss_permille, 1));
    there.push_back(std::make_unique<Link>(network.link));
    back.push_back(std::make_unique<Link>(LinkOptions{.delay = network.link.delay}));
    world_.AddPath(Address(1), Address(2), std::move(there));
    world_.AddPath(Address(2), Address(1), std::move(back));
  }

  void RunFor(Duration duration) {
    const Instant end = world_.now() + duration;
    while (world_.now() < end && world_.Step()) {
    }
    ASSERT_EQ(world_.fault(), "");
  }

  // Application bytes per second of each sender between two times after the start.
  std::vector<double> Rates(Duration from, Duration until) {
    RunFor(from);
    const auto before = receiver_.received;
    RunFor(until - from);
    std::vector<double> rates;
    for (std::size_t i = 0; i < before.size(); ++i) {
      rates.push_back(static_cast<double>(receiver_.received[i] - before[i]) /
                      std::chrono::duration<double>(until - from).count());
    }
    return rates;
  }
  const quic::ConnectionStats& stats(std::size_t sender) { return senders_.at(sender).stats(); }

 private:
  World world_{{.steps_max = 50'000'000}};
  Senders senders_;
  Receiver receiver_;
};

// RC-21: 10 Mbit/s, a round trip of 30 ms, a queue of 25 packets: 85 % of the rate is goodput.
TEST(Bottleneck, OneSenderFillsTheLink) {
  for (const auto congestion : {CongestionAlgorithm::kCubic, CongestionAlgorithm::kNewReno}) {
    Bottleneck bottleneck({}, {congestion});
    const double rate = bottleneck.Rates(Duration::zero(), seconds(10))[0];
    EXPECT_GE(rate, 0.85 * 1'250'000) << static_cast<int>(congestion);
  }
}

// RFC 9406: slow start ends when the queue begins to fill; without HyStart++ it overflows.
TEST(Bottleneck, SlowStartDoesNotOverflowADeepQueue) {
  Network network;
  network.link.queue_bytes = 600 * 1200;
  const auto lost = [&network](CongestionAlgorithm congestion) {
    Bottleneck bottleneck(network, {congestion});
    bottleneck.RunFor(seconds(3));
    return bottleneck.stats(0).packets_lost;
  };
  EXPECT_EQ(lost(CongestionAlgorithm::kCubic), 0u);
  EXPECT_GT(lost(CongestionAlgorithm::kNewReno), 100u);
}

// One packet in a hundred is lost at random: the window is small, but never collapses.
TEST(Bottleneck, RandomLossIsNoCollapse) {
  Network network;
  network.loss_permille = 10;
  for (const auto congestion : {CongestionAlgorithm::kCubic, CongestionAlgorithm::kNewReno}) {
    Bottleneck bottleneck(network, {congestion});
    const double rate = bottleneck.Rates(seconds(2), seconds(22))[0];
    EXPECT_GE(rate, 0.25 * 1'250'000) << static_cast<int>(congestion);
    EXPECT_EQ(bottleneck.stats(0).persistent_congestions, 0u);
  }
}

// RC-21: two senders get half to double of each other's share once they have settled.
TEST(Bottleneck, TwoSendersShareIt) {
  const std::pair<CongestionAlgorithm, CongestionAlgorithm> pairs[] = {
      {CongestionAlgorithm::kCubic, CongestionAlgorithm::kCubic},
      {CongestionAlgorithm::kCubic, CongestionAlgorithm::kNewReno},
      {CongestionAlgorithm::kNewReno, CongestionAlgorithm::kCubic},
      {CongestionAlgorithm::kNewReno, CongestionAlgorithm::kNewReno},
  };
  for (const auto& [first, second] : pairs) {
    Bottleneck bottleneck({}, {first, second});
    const auto rates = bottleneck.Rates(seconds(10), seconds(40));
    EXPECT_GE(rates[0], rates[1] * 0.5) << static_cast<int>(first) << static_cast<int>(second);
    EXPECT_LE(rates[0], rates[1] * 2) << static_cast<int>(first) << static_cast<int>(second);
    EXPECT_GE(rates[0] + rates[1], 0.85 * 1'250'000);
  }
}

}  // namespace
}  // namespace quiesce::sim
