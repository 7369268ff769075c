// The parts of a simulated network, each by itself.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "test/sim/impairments.h"
#include "test/sim/link.h"

namespace quiesce::sim {
namespace {

using std::chrono::milliseconds;
using Datagram = std::vector<std::uint8_t>;

constexpr Instant kStart = Instant() + std::chrono::hours(1);

struct Arrival {
  Instant when;
  Datagram bytes;
};

void Put(Node& node, Instant now, Datagram bytes) { node.HandleDatagram(now, {}, bytes); }

// Everything that comes out, with its time.
std::vector<Arrival> Drain(Node& node, Instant now) {
  std::vector<Arrival> arrivals;
  quic::TransmitBatch batch(64 * 1024);
  for (std::optional<Instant> next = now; next; next = node.NextTimeout()) {
    now = std::max(now, *next);
    while (node.PollTransmit(now, batch) > 0) {
      for (const auto& datagram : batch.datagrams())
        arrivals.push_back({now, {datagram.bytes.begin(), datagram.bytes.end()}});
      batch.Clear();
    }
  }
  return arrivals;
}

TEST(Link, AddsTheDelayAndTheTimeOnTheWire) {
  Link link({.bytes_per_second = 100'000, .delay = milliseconds(5)});
  Put(link, kStart, Datagram(1000, 1));
  Put(link, kStart, Datagram(500, 2));
  const auto arrivals = Drain(link, kStart);
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].when, kStart + milliseconds(15));
  EXPECT_EQ(arrivals[1].when, kStart + milliseconds(20));
  EXPECT_EQ(arrivals[1].bytes, Datagram(500, 2));
}

TEST(Link, AnIdleWireHasNoMemory) {
  Link link({.bytes_per_second = 100'000, .delay = milliseconds(5)});
  Put(link, kStart, Datagram(1000));
  Put(link, kStart + milliseconds(50), Datagram(1000));
  const auto arrivals = Drain(link, kStart);
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[1].when, kStart + milliseconds(65));
}

TEST(Link, DropsWhatTheQueueDoesNotHold) {
  Link link({.bytes_per_second = 100'000, .delay = milliseconds(5), .queue_bytes = 2500});
  for (std::uint8_t i = 0; i < 5; ++i) Put(link, kStart, Datagram(1000, i));
  const auto arrivals = Drain(link, kStart);
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[1].bytes[0], 1);
  // What has left makes room.
  Put(link, kStart + milliseconds(20), Datagram(1000, 9));
  EXPECT_EQ(Drain(link, kStart + milliseconds(20)).size(), 1u);
}

TEST(Impairments, LossTakesItsShareInRuns) {
  Loss loss(Rng(1), 100, 3);
  int arrived = 0;
  for (int i = 0; i < 10'000; ++i) {
    Put(loss, kStart, Datagram(10));
    arrived += static_cast<int>(Drain(loss, kStart).size());
  }
  // One run of losses, of two on average, after nine that pass.
  EXPECT_GT(arrived, 7'500);
  EXPECT_LT(arrived, 8'700);
}

TEST(Impairments, AnOutageBeginsAndEnds) {
  Outage outage(Rng(1), kStart + milliseconds(10), kStart + milliseconds(20));
  int arrived = 0;
  for (int i = 0; i < 30; ++i) {
    const Instant now = kStart + milliseconds(i);
    Put(outage, now, Datagram(10));
    arrived += static_cast<int>(Drain(outage, now).size());
  }
  EXPECT_EQ(arrived, 20);
}

TEST(Impairments, DuplicateSendsTheSameAgain) {
  Duplicate duplicate(Rng(1), 1000);
  Put(duplicate, kStart, {1, 2, 3});
  const auto arrivals = Drain(duplicate, kStart);
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].bytes, arrivals[1].bytes);
}

TEST(Impairments, CorruptChangesOneByte) {
  Corrupt corrupt(Rng(1), 1000);
  for (int i = 0; i < 100; ++i) {
    Put(corrupt, kStart, Datagram(20, 7));
    const auto arrivals = Drain(corrupt, kStart);
    ASSERT_EQ(arrivals.size(), 1u);
    EXPECT_EQ(std::ranges::count(arrivals[0].bytes, 7), 19);
  }
}

TEST(Impairments, ReorderLetsLaterDatagramsOvertake) {
  Reorder reorder(Rng(1), 300, milliseconds(10));
  for (std::uint8_t i = 0; i < 100; ++i) Put(reorder, kStart + milliseconds(i), {i});
  const auto arrivals = Drain(reorder, kStart);
  ASSERT_EQ(arrivals.size(), 100u);
  EXPECT_FALSE(std::ranges::is_sorted(arrivals, {}, &Arrival::bytes));
  EXPECT_TRUE(std::ranges::is_sorted(arrivals, {}, &Arrival::when));
}

TEST(Impairments, WithoutChanceNothingChanges) {
  Loss loss(Rng(1), 0, 1);
  Duplicate duplicate(Rng(1), 0);
  Corrupt corrupt(Rng(1), 0);
  Reorder reorder(Rng(1), 0, milliseconds(10));
  for (Node* node : {static_cast<Node*>(&loss), static_cast<Node*>(&duplicate),
                     static_cast<Node*>(&corrupt), static_cast<Node*>(&reorder)}) {
    for (std::uint8_t i = 0; i < 100; ++i) Put(*node, kStart, {i});
    const auto arrivals = Drain(*node, kStart);
    ASSERT_EQ(arrivals.size(), 100u);
    for (std::uint8_t i = 0; i < 100; ++i) EXPECT_EQ(arrivals[i].bytes, Datagram{i});
  }
}

}  // namespace
}  // namespace quiesce::sim
