// What it costs to remember sent packets and to process acknowledgments, with many in flight.
// Target: 12 ns per newly acknowledged packet, 150 ns per ACK frame that acknowledges nothing new.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "quic/recovery/encoded_ack.h"
#include "quic/recovery/loss_detector.h"
#include "quic/recovery/new_reno.h"

namespace quiesce::quic {
namespace {

constexpr std::uint64_t kAckFrames = 1000;
constexpr auto kSpace = PacketNumberSpace::kApplication;

Instant TimeOf(std::uint64_t number) { return Instant(std::chrono::microseconds(number)); }

// A bulk sender: one STREAM range per packet, a packet per microsecond.
struct Sender {
  RttEstimator rtt;
  NewReno reno{ByteCount(1200)};
  LossDetector detector{Perspective::kServer, rtt, reno};
  RecoveryOutcome outcome;
  std::uint64_t next = 0;

  Sender() { detector.OnHandshakeConfirmed(Instant()); }

  void Send() {
    const SentToken token = StreamToken{StreamId(4), ByteCount(next * 1100), ByteCount(1100)};
    detector.OnPacketSent(kSpace, {PacketNumber(next), TimeOf(next), ByteCount(1200), true, true},
                          std::span(&token, 1));
    ++next;
  }
  void Receive(const EncodedAck& ack) {
    (void)detector.OnAckReceived(TimeOf(next), kSpace, ack.ranges(), Duration::zero(), outcome);
    benchmark::DoNotOptimize(outcome.acked.data());
  }
};

// `in_flight` packets stay outstanding; each ACK frame covers `every` new packets and repeats older
// ranges, with holes of one packet between them that are lost once.
void BM_SendAndAcknowledge(benchmark::State& state) {
  const auto in_flight = static_cast<std::uint64_t>(state.range(0));
  const auto every = static_cast<std::uint64_t>(state.range(1));
  const auto ranges = static_cast<std::uint64_t>(state.range(2));
  std::vector<std::unique_ptr<EncodedAck>> acks;
  for (std::uint64_t i = 1; i <= kAckFrames; ++i) {
    IntervalSet numbers;
    const std::uint64_t end = i * every;
    numbers.Add(0, end);
    for (std::uint64_t hole = 1; hole < ranges && hole * every < end; ++hole) {
      numbers.Remove(end - hole * every, end - hole * every + 1);
    }
    acks.push_back(std::make_unique<EncodedAck>(numbers.intervals()));
  }
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<Sender> sender(std::in_place);
    while (sender->next < in_flight) sender->Send();
    state.ResumeTiming();
    for (const auto& ack : acks) {
      for (std::uint64_t i = 0; i < every; ++i) sender->Send();
      sender->Receive(*ack);
    }
    state.PauseTiming();
    sender.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kAckFrames * every));
}
BENCHMARK(BM_SendAndAcknowledge)
    ->ArgNames({"in_flight", "every", "ranges"})
    ->ArgsProduct({{100, 10'000, 100'000}, {10}, {1}})
    ->ArgsProduct({{10'000}, {2, 45}, {1, 8, 32}});

// The same frame again: its ranges are read, and nothing else happens.
void BM_AcknowledgeNothingNew(benchmark::State& state) {
  const auto ranges = static_cast<std::uint64_t>(state.range(0));
  Sender sender;
  while (sender.next < 20'000) sender.Send();
  IntervalSet numbers;
  numbers.Add(0, 10'000);
  for (std::uint64_t hole = 1; hole < ranges; ++hole) {
    numbers.Remove(10'000 - hole * 10, 10'000 - hole * 10 + 1);
  }
  const EncodedAck ack(numbers.intervals());
  sender.Receive(ack);
  for (auto _ : state) sender.Receive(ack);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AcknowledgeNothingNew)->ArgName("ranges")->Arg(1)->Arg(8)->Arg(32);

// One packet that is never acknowledged while the numbers run on.
void BM_Straggler(benchmark::State& state) {
  SentPackets sent;
  std::vector<SentToken> tokens;
  const SentToken token = StreamToken{StreamId(4), ByteCount(0), ByteCount(1100)};
  std::uint64_t number = 0;
  const auto send = [&] {
    sent.Add({PacketNumber(number), Instant(), ByteCount(1200), true, true}, number,
             std::span(&token, 1));
    ++number;
  };
  send();
  for (auto _ : state) {
    send();
    tokens.clear();
    sent.RemoveAcked(number - 1, number, tokens, [](const SentPackets::Record&) {});
  }
  state.counters["capacity"] = static_cast<double>(sent.capacity());
}
BENCHMARK(BM_Straggler);

}  // namespace
}  // namespace quiesce::quic
