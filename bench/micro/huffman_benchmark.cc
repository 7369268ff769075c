// Huffman coding of strings as they stand in requests: a short token, a URL, a user agent, a
// cookie.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include "qpack/huffman.h"

namespace quiesce::qpack {
namespace {

constexpr std::array<std::string_view, 4> kTexts = {
    "gzip, deflate, br",
    "/static/assets/app-3f9c1b7e.min.js?v=20240611&lang=en",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 "
    "Safari/537.36",
    "session=Zm9vYmFyYmF6cXV4; theme=dark; consent=A1B2C3D4E5F6G7H8I9J0; ab=x7:y3; "
    "id=5f2d9c81-77aa-4e0b",
};

void BM_HuffmanDecode(benchmark::State& state) {
  const std::string_view text = kTexts[static_cast<std::size_t>(state.range(0))];
  std::vector<std::uint8_t> encoded;
  AppendHuffman(text, HuffmanEncodedLength(text), encoded);
  std::vector<char> room(HuffmanDecodeRoom(encoded.size()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(HuffmanDecode(encoded, room));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(BM_HuffmanDecode)->DenseRange(0, kTexts.size() - 1);

void BM_HuffmanEncode(benchmark::State& state) {
  const std::string_view text = kTexts[static_cast<std::size_t>(state.range(0))];
  std::vector<std::uint8_t> encoded;
  for (auto _ : state) {
    encoded.clear();
    AppendHuffman(text, HuffmanEncodedLength(text), encoded);
    benchmark::DoNotOptimize(encoded.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(BM_HuffmanEncode)->DenseRange(0, kTexts.size() - 1);

}  // namespace
}  // namespace quiesce::qpack
