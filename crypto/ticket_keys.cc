#include "crypto/ticket_keys.h"

#include <openssl/aead.h>
#include <openssl/digest.h>
#include <openssl/err.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "crypto/hkdf.h"
#include "crypto/require.h"

namespace quiesce::crypto {
namespace {

constexpr std::size_t kNameSize = 16;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kKeySize = 32;

Secret Expand(const Secret& root, std::string_view use, std::int64_t period, std::size_t size) {
  Secret out(size);
  HkdfExpandLabel(EVP_sha256(), root.bytes(), std::string(use) + ' ' + std::to_string(period),
                  out.bytes());
  return out;
}

// AES-256-GCM: a random nonce is safe for 2^32 tickets of one period (NIST SP 800-38D, 8.3).
void Init(bssl::ScopedEVP_AEAD_CTX& context, const Secret& key) {
  Require(EVP_AEAD_CTX_init(context.get(), EVP_aead_aes_256_gcm(), key.bytes().data(), key.size(),
                            kTagSize, nullptr) == 1,
          "AES-256-GCM context");
}

}  // namespace

TicketKeys::TicketKeys(const Secret& secret, std::int64_t period_s)
    : root_(HkdfExtract(EVP_sha256(), {}, secret.bytes())), period_s_(period_s) {}

TicketKeys::Key TicketKeys::KeyOf(std::int64_t period) const {
  return {.name = Expand(root_, "ticket name", period, kNameSize),
          .key = Expand(root_, "ticket key", period, kKeySize)};
}

std::vector<std::uint8_t> TicketKeys::Seal(std::int64_t now_s,
                                           std::span<const std::uint8_t> context,
                                           std::span<const std::uint8_t> content,
                                           Random& random) const {
  const Key key = KeyOf(now_s / period_s_);
  std::vector<std::uint8_t> ticket(content.size() + kOverhead);
  const std::span<std::uint8_t> nonce = std::span(ticket).subspan(kNameSize, kNonceSize);
  std::ranges::copy(key.name.bytes(), ticket.begin());
  random.FillPublic(nonce);
  bssl::ScopedEVP_AEAD_CTX aead;
  Init(aead, key.key);
  const std::size_t start = kNameSize + kNonceSize;
  std::size_t length = 0;
  Require(EVP_AEAD_CTX_seal(aead.get(), ticket.data() + start, &length, ticket.size() - start,
                            nonce.data(), nonce.size(), content.data(), content.size(),
                            context.data(), context.size()) == 1,
          "sealing a ticket");
  Require(start + length == ticket.size(), "size of a sealed ticket");
  return ticket;
}

std::optional<std::vector<std::uint8_t>> TicketKeys::Open(
    std::int64_t now_s, std::span<const std::uint8_t> context,
    std::span<const std::uint8_t> ticket) const {
  if (ticket.size() < kOverhead) return std::nullopt;
  const auto name = ticket.first(kNameSize);
  const auto nonce = ticket.subspan(kNameSize, kNonceSize);
  const auto sealed = ticket.subspan(kNameSize + kNonceSize);
  const std::int64_t current = now_s / period_s_;
  for (const std::int64_t period : {current, current - 1}) {
    const Key key = KeyOf(period);
    if (!std::ranges::equal(key.name.bytes(), name)) continue;
    bssl::ScopedEVP_AEAD_CTX aead;
    Init(aead, key.key);
    std::vector<std::uint8_t> content(sealed.size());
    std::size_t length = 0;
    if (EVP_AEAD_CTX_open(aead.get(), content.data(), &length, content.size(), nonce.data(),
                          nonce.size(), sealed.data(), sealed.size(), context.data(),
                          context.size()) != 1) {
      ERR_clear_error();  // or the handshake would report it as its own
      return std::nullopt;
    }
    content.resize(length);
    return content;
  }
  return std::nullopt;
}

}  // namespace quiesce::crypto
