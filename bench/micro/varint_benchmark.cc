// Variable-length integers of each size, one after another.

#include <array>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {
namespace {

constexpr std::size_t kCount = 1000;

// The largest value of an encoding of `size` bytes; of all four sizes in turn for 0.
std::uint64_t Value(std::size_t size, std::size_t index) {
  constexpr std::array<std::size_t, 4> kSizes = {1, 2, 4, 8};
  if (size == 0) size = kSizes[index % 4];
  return (std::uint64_t{1} << (8 * size - 2)) - 1;
}

void BM_ReadVarint(benchmark::State& state) {
  std::vector<std::uint8_t> bytes(8 * kCount);
  Writer writer(bytes);
  for (std::size_t i = 0; i < kCount; ++i) {
    WriteVarint(writer, Value(static_cast<std::size_t>(state.range(0)), i));
  }
  for (auto _ : state) {
    Reader reader(writer.written());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kCount; ++i) sum += ReadVarint(reader);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCount));
}
BENCHMARK(BM_ReadVarint)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Arg(0);

void BM_WriteVarint(benchmark::State& state) {
  std::vector<std::uint8_t> bytes(8 * kCount);
  std::vector<std::uint64_t> values(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    values[i] = Value(static_cast<std::size_t>(state.range(0)), i);
  }
  for (auto _ : state) {
    Writer writer(bytes);
    for (const std::uint64_t value : values) WriteVarint(writer, value);
    benchmark::DoNotOptimize(bytes.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCount));
}
BENCHMARK(BM_WriteVarint)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Arg(0);

}  // namespace
}  // namespace quiesce::quic
