// The two frames that nearly every packet holds, and headers.

#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "quic/base/interval_set.h"
#include "quic/wire/cursor.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/header.h"

namespace quiesce::quic {
namespace {

// A full packet's STREAM frame, somewhere in a large stream.
StreamFrame FullStreamFrame(std::span<const std::uint8_t> data) {
  return {.stream_id = StreamId(400), .offset = ByteCount(123'456'789), .data = data};
}

void BM_ReadStreamFrame(benchmark::State& state) {
  const std::vector<std::uint8_t> data(1150);
  std::vector<std::uint8_t> bytes(1200);
  Writer writer(bytes);
  if (!WriteFrame(writer, FullStreamFrame(data))) state.SkipWithError("no room");
  for (auto _ : state) {
    Reader reader(writer.written());
    const auto frame = ReadFrame(reader);
    benchmark::DoNotOptimize(std::get_if<StreamFrame>(&*frame)->data.size());
  }
}
BENCHMARK(BM_ReadStreamFrame);

void BM_WriteStreamFrame(benchmark::State& state) {
  const std::vector<std::uint8_t> data(1150);
  std::vector<std::uint8_t> bytes(1200);
  for (auto _ : state) {
    Writer writer(bytes);
    benchmark::DoNotOptimize(WriteFrame(writer, FullStreamFrame(data)));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(BM_WriteStreamFrame);

IntervalSet EveryOtherPacket(std::int64_t ranges) {
  IntervalSet received;
  for (std::int64_t i = 0; i < ranges; ++i) {
    const std::uint64_t start = 1'000'000 + 10 * static_cast<std::uint64_t>(i);
    received.Add(start, start + 8);
  }
  return received;
}

void BM_ReadAckFrame(benchmark::State& state) {
  const IntervalSet received = EveryOtherPacket(state.range(0));
  std::vector<std::uint8_t> bytes(1200);
  Writer writer(bytes);
  if (WriteAckFrame(writer, {.received = received.intervals(), .ack_delay = 100}) == 0) {
    state.SkipWithError("no room");
  }
  for (auto _ : state) {
    Reader reader(writer.written());
    const auto frame = ReadFrame(reader);
    std::uint64_t packets = 0;
    for (const auto range : std::get_if<AckFrame>(&*frame)->ranges) packets += range.length();
    benchmark::DoNotOptimize(packets);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ReadAckFrame)->Arg(1)->Arg(10)->Arg(100);

void BM_WriteAckFrame(benchmark::State& state) {
  const IntervalSet received = EveryOtherPacket(state.range(0));
  std::vector<std::uint8_t> bytes(1200);
  for (auto _ : state) {
    Writer writer(bytes);
    benchmark::DoNotOptimize(
        WriteAckFrame(writer, {.received = received.intervals(), .ack_delay = 100}));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_WriteAckFrame)->Arg(1)->Arg(10)->Arg(100);

void BM_ParseShortHeader(benchmark::State& state) {
  const std::vector<std::uint8_t> datagram(1200, 0x40);
  for (auto _ : state) {
    PacketHeader header;
    benchmark::DoNotOptimize(ParseHeader(datagram, {.local_cid_length = 8}, header));
    benchmark::DoNotOptimize(header.packet_number_offset);
  }
}
BENCHMARK(BM_ParseShortHeader);

}  // namespace
}  // namespace quiesce::quic
