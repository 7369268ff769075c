#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/require.h"

namespace quiesce::crypto {

void SystemRandom::FillPublic(std::span<std::uint8_t> out) { FillSecret(out); }

void SystemRandom::FillSecret(std::span<std::uint8_t> out) {
  Require(RAND_bytes(out.data(), out.size()) == 1, "no randomness");
}

}  // namespace quiesce::crypto
