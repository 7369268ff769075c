// Seals what a server wants to remember of a session into the ticket that its client keeps, and
// opens it again. RFC 8446 §4.6.1. A ticket is: name of the key, nonce, ciphertext with tag.
//
// The keys follow the calendar: each period has a key of its own, grown from one secret, and a
// ticket is opened in the period that sealed it and in the next one. So keys rotate without anybody
// doing it, and every process that has the secret opens the tickets of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/random.h"
#include "crypto/secret.h"

namespace quiesce::crypto {

class TicketKeys {
 public:
  // Bytes that a ticket is longer than what it holds.
  static constexpr std::size_t kOverhead = 16 + 12 + 16;

  // `secret`: 32 bytes or more. `period_s`, above 0: how long a ticket can be opened at least, in
  // seconds; at most twice as long.
  TicketKeys(const Secret& secret, std::int64_t period_s);

  // `context` is authenticated with the ticket and not in it: the ticket opens for the same bytes
  // only. `now_s` is the time since 1970.
  std::vector<std::uint8_t> Seal(std::int64_t now_s, std::span<const std::uint8_t> context,
                                 std::span<const std::uint8_t> content, Random& random) const;
  // nullopt for what this secret has not sealed for `context`, or too long ago.
  std::optional<std::vector<std::uint8_t>> Open(std::int64_t now_s,
                                                std::span<const std::uint8_t> context,
                                                std::span<const std::uint8_t> ticket) const;

 private:
  struct Key {
    Secret name;  // public, 16 bytes
    Secret key;   // 32 bytes
  };
  Key KeyOf(std::int64_t period) const;

  Secret root_;
  std::int64_t period_s_;
};

}  // namespace quiesce::crypto
