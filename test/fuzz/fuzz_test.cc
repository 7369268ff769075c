// Runs one fuzz target over its corpus and over random changes of it, in any build.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

std::vector<Input> Corpus() {
  std::vector<Input> corpus;
  for (const auto& entry : std::filesystem::directory_iterator(CORPUS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

void RunOnce(const Input& input) {
  const Input exact(input);  // no spare capacity: a memory checker sees any byte read beyond
  EXPECT_EQ(LLVMFuzzerTestOneInput(exact.data(), exact.size()), 0);
}

void Mutate(Input& input, std::mt19937_64& random) {
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  const auto position = [&] {
    return input.begin() + static_cast<std::ptrdiff_t>(random() % (input.size() + 1));
  };
  switch (random() % 4) {
    case 0:
      input.erase(position(), input.end());
      break;
    case 1:
      input.insert(position(), byte());
      break;
    case 2:
      input.insert(input.end(), random() % 40, byte());
      break;
    default:
      if (!input.empty()) input[random() % input.size()] = byte();
  }
}

TEST(Fuzz, SurvivesItsCorpus) {
  const std::vector<Input> corpus = Corpus();
  ASSERT_FALSE(corpus.empty());
  for (const Input& input : corpus) RunOnce(input);
}

TEST(Fuzz, SurvivesRandomChangesOfItsCorpus) {
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::fflush(stdout);  // a crash must not swallow it
  std::mt19937_64 random(seed);
  std::vector<Input> corpus = Corpus();
  corpus.emplace_back();
  for (int i = 0; i < ITERATIONS; ++i) {
    Input input = corpus[random() % corpus.size()];
    for (std::uint64_t n = 1 + random() % 8; n > 0; --n) Mutate(input, random);
    RunOnce(input);
  }
}

}  // namespace
