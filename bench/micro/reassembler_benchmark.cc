// What a packet's worth of stream bytes costs on its way to the reader, and what a hostile cut
// costs.

#include <cstdint>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "quic/base/block_pool.h"
#include "quic/stream/reassembler.h"
#include "quic/stream/send_buffer.h"

namespace quiesce::quic {
namespace {

constexpr std::size_t kPacketBytes = 1420;

void ReadAll(Reassembler& reassembler) {
  while (true) {
    const auto bytes = reassembler.Peek();
    if (bytes.empty()) return;
    benchmark::DoNotOptimize(bytes.data());
    reassembler.Consume(ByteCount(bytes.size()));
  }
}

void BM_InOrder(benchmark::State& state) {
  BlockPool pool;
  Reassembler reassembler(pool);
  const std::vector<std::uint8_t> data(kPacketBytes);
  ByteCount offset;
  for (auto _ : state) {
    benchmark::DoNotOptimize(reassembler.Insert(offset, data).ok());
    offset += ByteCount(kPacketBytes);
    ReadAll(reassembler);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kPacketBytes));
}
BENCHMARK(BM_InOrder);

// Pairs of packets swapped.
void BM_Reordered(benchmark::State& state) {
  BlockPool pool;
  Reassembler reassembler(pool);
  const std::vector<std::uint8_t> data(kPacketBytes);
  const ByteCount size(kPacketBytes);
  ByteCount offset;
  for (auto _ : state) {
    benchmark::DoNotOptimize(reassembler.Insert(offset + size, data).ok());
    benchmark::DoNotOptimize(reassembler.Insert(offset, data).ok());
    offset += size * 2;
    ReadAll(reassembler);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * 2 * kPacketBytes));
}
BENCHMARK(BM_Reordered);

// Single bytes at every second offset of a window of this many bytes, from its end: the time per
// byte must not depend on the window.
void BM_SingleBytesDescending(benchmark::State& state) {
  const auto window = static_cast<std::uint64_t>(state.range(0));
  BlockPool pool(1024);
  const std::vector<std::uint8_t> byte(1);
  for (auto _ : state) {
    Reassembler reassembler(pool);
    for (std::uint64_t offset = window; offset >= 2; offset -= 2) {
      benchmark::DoNotOptimize(reassembler.Insert(ByteCount(offset - 1), byte).ok());
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * window / 2));
}
BENCHMARK(BM_SingleBytesDescending)->Arg(1 << 16)->Arg(1 << 20)->Arg(1 << 22);

// The sender's side of the same packet: append, copy into the packet, acknowledge.
void BM_SendBuffer(benchmark::State& state) {
  BlockPool pool;
  SendBuffer buffer(pool);
  const std::vector<std::uint8_t> data(kPacketBytes);
  std::vector<std::uint8_t> packet(kPacketBytes);
  for (auto _ : state) {
    buffer.Append(data);
    const SendBuffer::Chunk chunk = buffer.NextChunk(ByteCount(kPacketBytes));
    buffer.CopyTo(chunk.offset, packet);
    buffer.OnSent(chunk);
    buffer.OnAcked(chunk.offset, chunk.length);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kPacketBytes));
}
BENCHMARK(BM_SendBuffer);

}  // namespace
}  // namespace quiesce::quic
