// What a connection is born with.
#pragma once

#include <memory>

#include "crypto/random.h"
#include "crypto/tls_handshake.h"
#include "quic/base/address.h"
#include "quic/base/block_pool.h"
#include "quic/base/types.h"
#include "quic/connection/config.h"
#include "quic/connection/local_cids.h"

namespace quiesce::quic {

// The references outlive the connection.
struct ConnectionSeed {
  Perspective perspective = Perspective::kClient;
  Version version = Version::kV1;
  NetworkPath path;
  // The Destination Connection ID of the client's first Initial: made up by this client (8 bytes or
  // more), or seen by this server. Initial keys come from it. RFC 9001 §5.2, RFC 9000 §7.2.
  ConnectionId original_destination_cid;
  // Server: the Source Connection ID of the client's first Initial.
  ConnectionId peer_cid;
  std::unique_ptr<crypto::TlsHandshake> tls;
  const ConnectionConfig& config;
  CidIssuer& cid_issuer;
  BlockPool& block_pool;
  crypto::Random& random;
};

}  // namespace quiesce::quic
