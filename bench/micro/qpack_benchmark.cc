// Field sections of a browser's request and of a plain response: encoding, decoding, static
// look-up. Items are field lines.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "qpack/decoder.h"
#include "qpack/encoder.h"
#include "qpack/static_table.h"

namespace quiesce::qpack {
namespace {

constexpr std::array kRequest = {
    Field{":method", "GET"},
    Field{":scheme", "https"},
    Field{":authority", "www.example.com"},
    Field{":path", "/static/assets/app-3f9c1b7e.min.js?v=20240611&lang=en"},
    Field{"accept", "*/*"},
    Field{"accept-encoding", "gzip, deflate, br"},
    Field{"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"},
    Field{"sec-fetch-mode", "no-cors"},
    Field{"cookie", "session=Zm9vYmFyYmF6cXV4; theme=dark; consent=A1B2C3D4E5F6G7H8I9J0"},
};
constexpr std::array kResponse = {
    Field{":status", "200"},         Field{"content-type", "text/html; charset=utf-8"},
    Field{"content-length", "1024"}, Field{"date", "Mon, 21 Oct 2013 20:13:21 GMT"},
    Field{"server", "quiesce"},
};

std::span<const Field> Fields(const benchmark::State& state) {
  if (state.range(0) == 0) return kRequest;
  return kResponse;
}

void CountLines(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(Fields(state).size()));
}

void BM_Encode(benchmark::State& state) {
  Encoder encoder;
  std::vector<std::uint8_t> bytes;
  for (auto _ : state) {
    bytes.clear();
    encoder.Encode(0, Fields(state), bytes);
    benchmark::DoNotOptimize(bytes.data());
    benchmark::ClobberMemory();
  }
  CountLines(state);
}
BENCHMARK(BM_Encode)->Arg(0)->Arg(1);

void BM_Decode(benchmark::State& state) {
  std::vector<std::uint8_t> bytes;
  Encoder().Encode(0, Fields(state), bytes);
  Decoder decoder;
  FieldSection section;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.Decode(0, bytes, section).status);
    benchmark::ClobberMemory();
  }
  CountLines(state);
}
BENCHMARK(BM_Decode)->Arg(0)->Arg(1);

void BM_FindStatic(benchmark::State& state) {
  for (auto _ : state) {
    for (const Field& field : Fields(state)) {
      benchmark::DoNotOptimize(FindStatic(field.name, field.value));
    }
  }
  CountLines(state);
}
BENCHMARK(BM_FindStatic)->Arg(0)->Arg(1);

}  // namespace
}  // namespace quiesce::qpack
