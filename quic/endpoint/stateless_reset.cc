#include "quic/endpoint/stateless_reset.h"

#include <openssl/digest.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "quic/base/check.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §10.3: up to here a reset is one byte shorter than its trigger; a longer one would stand
// out less only if the peer's packets were that long.
constexpr std::size_t kUsualSize = 42;
constexpr std::size_t kSizeVariations = 33;
static_assert(kUsualSize + kSizeVariations - 1 == StatelessResetter::kMaxSize);

}  // namespace

StatelessResetToken StatelessResetter::Token(const ConnectionId& id) const {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> mac;
  unsigned mac_size = 0;
  QUIESCE_CHECK(HMAC(EVP_sha256(), key_.bytes().data(), key_.size(), id.bytes().data(), id.length(),
                     mac.data(), &mac_size) != nullptr);
  StatelessResetToken token;
  std::copy_n(mac.begin(), token.size(), token.begin());
  return token;
}

std::size_t StatelessResetter::Write(const ConnectionId& id, std::size_t trigger_size,
                                     crypto::Random& random, std::span<std::uint8_t> out) const {
  // RFC 9000 §10.3.3: smaller than the trigger, so that two endpoints without state stop answering
  // each other; that is also far below the amplification limit of §10.3.
  if (trigger_size <= kMinSize || out.size() < kMaxSize) return 0;
  std::uint8_t variation = 0;
  random.FillPublic({&variation, 1});
  const std::size_t size = std::min(trigger_size - 1, kUsualSize + variation % kSizeVariations);

  const StatelessResetToken token = Token(id);
  const std::span<std::uint8_t> unpredictable = out.first(size - token.size());
  random.FillPublic(unpredictable);
  // RFC 9000 §10.3: the first two bits of a packet with a short header, 01; all else looks random.
  unpredictable[0] = static_cast<std::uint8_t>((unpredictable[0] & 0x3f) | 0x40);
  std::ranges::copy(token, out.subspan(unpredictable.size()).begin());
  return size;
}

}  // namespace quiesce::quic
