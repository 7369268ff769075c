// Stateless reset: the tokens of our connection IDs, and the datagram that ends a connection whose
// state is lost. RFC 9000 §10.3. A value that the endpoint and the ID generator each hold;
// detecting a reset from the peer is quic/connection/remote_cids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/random.h"
#include "crypto/secret.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class StatelessResetter {
 public:
  // RFC 9000 §10.3: the smallest datagram that can be taken for a short-header packet.
  static constexpr std::size_t kMinSize = 21;
  // The largest that Write() makes.
  static constexpr std::size_t kMaxSize = 74;

  // `key` is 32 secret bytes, the same in every process that may answer for another's IDs, and used
  // for nothing else.
  explicit StatelessResetter(const crypto::Secret& key) : key_(key) {}

  // RFC 9000 §10.3.2: a keyed pseudorandom function of the ID.
  StatelessResetToken Token(const ConnectionId& id) const;

  // Writes a reset for the ID that a datagram of `trigger_size` bytes was sent to, always smaller
  // than that datagram (§10.3.3), and returns its size; 0 when the trigger is too small to be
  // answered or `out` has less than kMaxSize bytes of room. `id` is not empty.
  std::size_t Write(const ConnectionId& id, std::size_t trigger_size, crypto::Random& random,
                    std::span<std::uint8_t> out) const;

 private:
  crypto::Secret key_;
};

}  // namespace quiesce::quic
