// The two addresses of a connection and how much may be sent between them before the peer's is
// validated. RFC 9000 §8.1. Owned by the connection.
#pragma once

#include "quic/base/address.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class Path {
 public:
  // A client's path is validated from the start: it chose the address itself.
  Path(const NetworkPath& addresses, bool validated)
      : addresses_(addresses), validated_(validated) {}

  const NetworkPath& addresses() const { return addresses_; }
  bool validated() const { return validated_; }
  // A Handshake packet was processed, or a token or PATH_RESPONSE proved the address.
  void Validate() { validated_ = true; }

  // UDP payload bytes of every datagram that is attributed to this connection alone, whether or not
  // its packets could be processed. Each datagram counts once.
  void OnDatagramReceived(ByteCount size) { credit_ += size * kAmplificationFactor; }
  void OnDatagramSent(ByteCount size) { credit_ -= size; }

  // How many UDP payload bytes may be sent now; ByteCount::Max() once validated.
  ByteCount send_credit() const { return validated_ ? ByteCount::Max() : credit_; }

 private:
  // RFC 9000 §8.1: at most three times what was received.
  static constexpr std::uint64_t kAmplificationFactor = 3;

  NetworkPath addresses_;
  ByteCount credit_;
  bool validated_;
};

}  // namespace quiesce::quic
