// The connection IDs of one endpoint: every ID says which process generation and which shard made
// it, and only a holder of the key can read that. RFC 9000 §5.1. Owned by the endpoint.
//
//   plaintext: generation (1 byte) | shard (1 byte) | counter (length - 2 bytes)
//   ID:        the plaintext permuted by a six-round Feistel network over AES-128
//
// A permutation cannot give the same ID twice as long as the counter does not repeat within one
// generation and shard; it starts at a random value, so that a generation number that comes round
// again meets other counters. The ID has the entropy of its length to whoever lacks the key.
#pragma once

#include <openssl/aes.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "crypto/random.h"
#include "crypto/secret.h"
#include "quic/base/types.h"
#include "quic/connection/local_cids.h"
#include "quic/endpoint/stateless_reset.h"

namespace quiesce::quic {

// Who made an ID.
struct CidOrigin {
  std::uint8_t generation = 0;  // counts restarts, modulo 256
  std::uint8_t shard = 0;
  friend bool operator==(const CidOrigin&, const CidOrigin&) = default;
};

class CidGenerator final : public CidIssuer {
 public:
  // 8 bytes make the header of a full packet short and its payload a good length for AES-GCM.
  static constexpr std::size_t kDefaultLength = 8;
  static constexpr std::size_t kMinLength = 8;
  static constexpr std::size_t kMaxLength = 16;

  struct Options {
    std::size_t length = kDefaultLength;  // even, kMinLength to kMaxLength
    CidOrigin origin{};
  };

  // `key` is 16 secret bytes, shared by all shards and generations. `resetter` makes the tokens;
  // `random` is used here only.
  CidGenerator(const Options& options, const crypto::Secret& key, const StatelessResetter& resetter,
               crypto::Random& random);
  CidGenerator(const CidGenerator&) = default;
  CidGenerator& operator=(const CidGenerator&) = default;
  ~CidGenerator() override;

  IssuedCid Issue() override;

  // Who made `id`, nullopt when its length is not ours. An ID that somebody made up gives an
  // arbitrary answer: it is a hint for routing, never a proof.
  std::optional<CidOrigin> Origin(const ConnectionId& id) const;

  // Of every ID; what short headers do not say.
  std::size_t length() const { return options_.length; }

 private:
  Options options_;
  AES_KEY key_;
  StatelessResetter resetter_;
  std::uint64_t counter_;
};

}  // namespace quiesce::quic
