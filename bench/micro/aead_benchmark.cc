// Packet protection: seal and open in place, header masks, key derivation; per cipher suite. The
// first lines of the output name the BoringSSL that was measured.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "crypto/cipher_suite.h"
#include "crypto/initial_secrets.h"
#include "crypto/packet_keys.h"
#include "crypto/protection_labels.h"
#include "openssl/base.h"

namespace quiesce::crypto {
namespace {

constexpr std::size_t kHeaderSize = 11;  // short header: first byte, 8-byte connection ID, number

PacketKeys MakeKeys(const CipherSuite& suite) {
  return PacketKeys::Derive(suite, std::vector<std::uint8_t>(suite.hash_length, 7), kProtectionV1);
}

// `packet_size` is the payload with its tag.
void Seal(benchmark::State& state, const CipherSuite& suite) {
  const auto packet_size = static_cast<std::size_t>(state.range(0));
  const PacketKeys keys = MakeKeys(suite);
  const std::array<std::uint8_t, kHeaderSize> header{};
  std::vector<std::uint8_t> payload(packet_size);
  std::uint64_t packet_number = 0;
  for (auto _ : state) {
    if (!keys.Seal(packet_number++, header, payload)) std::abort();
    benchmark::DoNotOptimize(payload.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void Open(benchmark::State& state, const CipherSuite& suite) {
  const auto packet_size = static_cast<std::size_t>(state.range(0));
  const PacketKeys keys = MakeKeys(suite);
  const std::array<std::uint8_t, kHeaderSize> header{};
  std::vector<std::uint8_t> sealed(packet_size);
  if (!keys.Seal(1, header, sealed)) std::abort();
  std::vector<std::uint8_t> payload(packet_size);
  for (auto _ : state) {
    payload = sealed;  // opening destroys it; a copy in the first-level cache, about 20 ns
    if (!keys.Open(1, header, payload)) std::abort();
    benchmark::DoNotOptimize(payload.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void Mask(benchmark::State& state, const CipherSuite& suite) {
  const PacketKeys keys = MakeKeys(suite);
  std::array<std::uint8_t, kHeaderSampleLength> sample{};
  for (auto _ : state) {
    sample[0] = keys.Mask(sample)[0];
    benchmark::DoNotOptimize(sample);
  }
}

void NextPhase(benchmark::State& state, const CipherSuite& suite) {
  PacketKeys keys = MakeKeys(suite);
  for (auto _ : state) keys = keys.NextPhase();
}

void InitialKeysOfBothSides(benchmark::State& state) {
  const std::array<std::uint8_t, 8> dcid{};
  for (auto _ : state) benchmark::DoNotOptimize(DeriveInitialKeys(kProtectionV1, dcid));
}

void RegisterAll() {
  for (const CipherSuite& suite : CipherSuites()) {
    const auto name = [&](const char* what) {
      return "bm_aead/" + std::string(what) + "/" + std::string(suite.name);
    };
    const auto with = [&suite](auto body) {
      return [&suite, body](benchmark::State& state) { body(state, suite); };
    };
    for (const int size : {64, 256, 1200, 1444}) {
      benchmark::RegisterBenchmark(name("seal").c_str(), with(Seal))->Arg(size);
      benchmark::RegisterBenchmark(name("open").c_str(), with(Open))->Arg(size);
    }
    benchmark::RegisterBenchmark(name("mask").c_str(), with(Mask));
    benchmark::RegisterBenchmark(name("next_phase").c_str(), with(NextPhase));
  }
  benchmark::RegisterBenchmark("bm_aead/initial_keys", InitialKeysOfBothSides);
}

}  // namespace
}  // namespace quiesce::crypto

int main(int argc, char** argv) {
  benchmark::AddCustomContext("boringssl_api", std::to_string(BORINGSSL_API_VERSION));
  quiesce::crypto::RegisterAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
