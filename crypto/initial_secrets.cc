#include "crypto/initial_secrets.h"

#include "crypto/cipher_suite.h"
#include "crypto/hkdf.h"

namespace quiesce::crypto {

InitialSecrets DeriveInitialSecrets(const ProtectionLabels& labels,
                                    std::span<const std::uint8_t> client_dcid) {
  const CipherSuite& suite = InitialCipherSuite();
  const Secret initial = HkdfExtract(suite.hash(), labels.initial_salt, client_dcid);
  InitialSecrets secrets{Secret(suite.hash_length), Secret(suite.hash_length)};
  HkdfExpandLabel(suite.hash(), initial.bytes(), "client in", secrets.client.bytes());
  HkdfExpandLabel(suite.hash(), initial.bytes(), "server in", secrets.server.bytes());
  return secrets;
}

InitialKeys DeriveInitialKeys(const ProtectionLabels& labels,
                              std::span<const std::uint8_t> client_dcid) {
  const InitialSecrets secrets = DeriveInitialSecrets(labels, client_dcid);
  return {PacketKeys::Derive(InitialCipherSuite(), secrets.client.bytes(), labels),
          PacketKeys::Derive(InitialCipherSuite(), secrets.server.bytes(), labels)};
}

}  // namespace quiesce::crypto
