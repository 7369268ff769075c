#include "quic/endpoint/cid_generator.h"

#include <openssl/mem.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "quic/base/check.h"

namespace quiesce::quic {
namespace {

// With halves of 32 bits, four rounds withstand about 2^16 known IDs, six about 2^32.
constexpr int kRounds = 6;
constexpr std::size_t kMaxHalf = CidGenerator::kMaxLength / 2;

// One Feistel round: mixes `from` into `into`, which undoes itself when repeated.
void Round(const AES_KEY& key, int round, std::span<const std::uint8_t> from,
           std::span<std::uint8_t> into) {
  std::array<std::uint8_t, AES_BLOCK_SIZE> block{};
  block[0] = static_cast<std::uint8_t>(round);
  block[1] = static_cast<std::uint8_t>(from.size());  // lengths are independent permutations
  std::ranges::copy(from, block.begin() + 2);
  AES_encrypt(block.data(), block.data(), &key);
  for (std::size_t i = 0; i < into.size(); ++i) into[i] ^= block[i];
}

void Encrypt(const AES_KEY& key, std::span<std::uint8_t> bytes) {
  const std::span<std::uint8_t> left = bytes.first(bytes.size() / 2);
  const std::span<std::uint8_t> right = bytes.last(bytes.size() / 2);
  for (int round = 0; round < kRounds; round += 2) {
    Round(key, round, right, left);
    Round(key, round + 1, left, right);
  }
}

void Decrypt(const AES_KEY& key, std::span<std::uint8_t> bytes) {
  const std::span<std::uint8_t> left = bytes.first(bytes.size() / 2);
  const std::span<std::uint8_t> right = bytes.last(bytes.size() / 2);
  for (int round = kRounds - 2; round >= 0; round -= 2) {
    Round(key, round + 1, left, right);
    Round(key, round, right, left);
  }
}

static_assert(2 + kMaxHalf <= AES_BLOCK_SIZE);

}  // namespace

CidGenerator::CidGenerator(const Options& options, const crypto::Secret& key,
                           const StatelessResetter& resetter, crypto::Random& random)
    : options_(options), resetter_(resetter) {
  QUIESCE_CHECK(options.length >= kMinLength && options.length <= kMaxLength &&
                options.length % 2 == 0);
  QUIESCE_CHECK(
      AES_set_encrypt_key(key.bytes().data(), static_cast<unsigned>(8 * key.size()), &key_) == 0);
  std::array<std::uint8_t, sizeof counter_> start;
  random.FillSecret(start);
  std::memcpy(&counter_, start.data(), sizeof counter_);
}

CidGenerator::~CidGenerator() { OPENSSL_cleanse(&key_, sizeof key_); }

IssuedCid CidGenerator::Issue() {
  std::array<std::uint8_t, kMaxLength> plaintext{};
  plaintext[0] = options_.origin.generation;
  plaintext[1] = options_.origin.shard;
  std::uint64_t counter = counter_++;
  for (std::size_t i = 2; i < options_.length; ++i, counter >>= 8) {
    plaintext[i] = static_cast<std::uint8_t>(counter);
  }
  const std::span<std::uint8_t> bytes = std::span(plaintext).first(options_.length);
  Encrypt(key_, bytes);
  const ConnectionId id(bytes);
  return {id, resetter_.Token(id)};
}

std::optional<CidOrigin> CidGenerator::Origin(const ConnectionId& id) const {
  if (id.length() != options_.length) return std::nullopt;
  std::array<std::uint8_t, kMaxLength> bytes;
  std::ranges::copy(id.bytes(), bytes.begin());
  Decrypt(key_, std::span(bytes).first(options_.length));
  return CidOrigin{.generation = bytes[0], .shard = bytes[1]};
}

}  // namespace quiesce::quic
