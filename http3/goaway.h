// GOAWAY identifiers: the strong type that says where rejection begins, and the two rules about a
// row of them, one for each direction. RFC 9114 §5.2, §7.2.6.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "http3/error.h"
#include "http3/mutation.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

// The first client-initiated bidirectional stream that is rejected; never "the last one processed",
// which is how other stacks came to have their clients retry a processed request.
class FirstRejectedId {
 public:
  // RFC 9114 §5.2: 2^62-4, the maximum for servers. Announces a shutdown and rejects nothing yet.
  static constexpr FirstRejectedId None() { return FirstRejectedId(kNone); }
  // Every request is rejected.
  static constexpr FirstRejectedId All() { return FirstRejectedId(0); }
  // Accepts everything up to `highest`, rejects what follows; All() when there is no highest.
  static constexpr FirstRejectedId After(std::optional<quic::StreamId> highest) {
    if (!highest) return All();
    if constexpr (IsMutant(Mutant::kGoawayIdOffByOne)) return FirstRejectedId(highest->value());
    // The very last stream ID has no successor, and a client that used it needs no GOAWAY (§5.2).
    return FirstRejectedId(highest->value() < kNone ? highest->value() + 4 : kNone);
  }
  // RFC 9114 §7.2.6: nullopt for an ID that is not one of a client-initiated bidirectional stream.
  static constexpr std::optional<FirstRejectedId> FromWire(std::uint64_t value) {
    if (value % 4 != 0) return std::nullopt;
    return FirstRejectedId(value);
  }

  constexpr std::uint64_t wire_value() const { return value_; }

  // The one predicate, for the side that rejects and the side that is rejected. Only requests can
  // be: rejecting a unidirectional stream would take away the peer's control or QPACK stream.
  constexpr bool IsRejected(quic::StreamId id) const {
    return id.is_bidirectional() && id.initiator() == quic::Perspective::kClient &&
           id.value() >= value_;
  }

  friend constexpr auto operator<=>(FirstRejectedId, FirstRejectedId) = default;

 private:
  static constexpr std::uint64_t kNone = quic::kMaxVarint - 3;
  static_assert(kNone == (std::uint64_t{1} << 62) - 4 && kNone % 4 == 0);

  constexpr explicit FirstRejectedId(std::uint64_t value) : value_(value) {}

  std::uint64_t value_ = kNone;
};

// Checks the identifiers of the GOAWAY frames that one peer sends: never increasing, and on a
// client naming a request stream. The value is a push ID on a server.
class ReceivedGoaways {
 public:
  explicit ReceivedGoaways(quic::Perspective self) : self_(self) {}

  // H3_ID_ERROR: larger than before (§5.2), or not a client-initiated bidirectional stream ID
  // (§7.2.6).
  [[nodiscard]] Result<void> Handle(std::uint64_t id);

  bool any() const { return last_.has_value(); }
  // On a client: what the server rejects; None() before the first GOAWAY.
  FirstRejectedId limit() const { return limit_; }

 private:
  quic::Perspective self_;
  std::optional<std::uint64_t> last_;
  FirstRejectedId limit_ = FirstRejectedId::None();
};

}  // namespace quiesce::http3
