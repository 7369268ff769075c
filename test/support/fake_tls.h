// A stand-in for TLS 1.3 that costs microseconds and repeats itself exactly: the messages, levels,
// secrets and faults of a real handshake without certificates, signatures or key exchange. RFC 9001
// §4. For simulations; it keeps nothing secret from anybody who listens.
//
//   client -> server   Initial: ClientHello (name, ALPN, transport parameters)
//   server -> client   Initial: ServerHello; Handshake: EncryptedExtensions, Certificate, Finished
//   client -> server   Handshake: Finished
//
// Both sides derive their secrets from the two randoms and from the transcript, so packets are
// really protected, and a changed byte fails the handshake as it would in TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "crypto/cipher_suite.h"
#include "crypto/random.h"
#include "crypto/tls_handshake.h"

namespace quiesce::test {

struct FakeTlsOptions {
  // What a client offers; what a server insists on.
  std::string alpn = "h3";
  // Client: the name that it asks for.
  std::string server_name = "sim.example";
  // Server: filler in place of a certificate chain; a usual one makes three datagrams of the
  // flight.
  std::size_t certificate_bytes = 2'500;
  // What both sides agree on; null: the suite of Initial packets.
  const crypto::CipherSuite* suite = nullptr;
};

// `random` gives the public 32 bytes of the hello, at construction; it need not outlive the object.
std::unique_ptr<crypto::TlsHandshake> NewFakeClient(const FakeTlsOptions& options,
                                                    crypto::Random& random);
std::unique_ptr<crypto::TlsHandshake> NewFakeServer(const FakeTlsOptions& options,
                                                    crypto::Random& random);

}  // namespace quiesce::test
