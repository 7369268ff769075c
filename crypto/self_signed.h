// A certificate made in memory, for demonstrations and tests: ECDSA P-256, signed by itself.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace quiesce::crypto {

struct SelfSignedOptions {
  // Subject alternative names: DNS names ("localhost", "*.example.com") and IP addresses in text
  // form.
  std::vector<std::string> names;
  // Seconds since 1970. Valid from one hour before, for clocks that run late.
  std::int64_t now_unix_s = 0;
  // Browsers accept a certificate by its hash only up to 14 days.
  std::int64_t lifetime_s = 13 * 24 * 3600;
};

struct SelfSignedCertificate {
  std::string
      certificate_pem;  // is also its own root: give it to a client as ClientTlsOptions::roots
  std::string private_key_pem;
  std::array<std::uint8_t, 32>
      certificate_sha256;  // of the DER form; WebTransport serverCertificateHashes
  std::array<std::uint8_t, 32> spki_sha256;  // of the public key; curl and Chromium pins
  std::string spki_sha256_base64;
};

// False when `names` is empty or holds what a certificate cannot say; `error` then names it, and
// `out` is untouched.
[[nodiscard]] bool MakeSelfSigned(const SelfSignedOptions& options, SelfSignedCertificate* out,
                                  std::string* error);

}  // namespace quiesce::crypto
