#include "crypto/self_signed.h"

#include <openssl/asn1.h>
#include <openssl/base64.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace quiesce::crypto {
namespace {

bool IsDnsName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '*';
  });
}

bssl::UniquePtr<EVP_PKEY> NewKey() {
  const bssl::UniquePtr<EC_KEY> ec_key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (ec_key == nullptr || key == nullptr || EC_KEY_generate_key(ec_key.get()) != 1 ||
      EVP_PKEY_set1_EC_KEY(key.get(), ec_key.get()) != 1) {
    return nullptr;
  }
  return key;
}

// RFC 5280 §4.1.2.2: a positive serial number, here of 127 random bits.
bool SetSerial(X509* certificate) {
  std::uint8_t serial[16];
  RAND_bytes(serial, sizeof(serial));
  serial[0] = (serial[0] & 0x7f) | 0x01;
  const bssl::UniquePtr<BIGNUM> number(BN_bin2bn(serial, sizeof(serial), nullptr));
  return number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetNames(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  constexpr std::string_view kCommonName = "Quiesce self-signed";
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                                    reinterpret_cast<const std::uint8_t*>(kCommonName.data()),
                                    static_cast<int>(kCommonName.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool SetValidity(X509* certificate, const SelfSignedOptions& options) {
  constexpr std::int64_t kClockSkew_s = 3600;
  const bssl::UniquePtr<ASN1_TIME> from(ASN1_TIME_set(nullptr, options.now_unix_s - kClockSkew_s));
  const bssl::UniquePtr<ASN1_TIME> to(
      ASN1_TIME_set(nullptr, options.now_unix_s + options.lifetime_s));
  return from != nullptr && to != nullptr && X509_set1_notBefore(certificate, from.get()) == 1 &&
         X509_set1_notAfter(certificate, to.get()) == 1;
}

// RFC 5280 §4.2.1.6: a DNS name, or an address as 4 or 16 bytes.
bssl::UniquePtr<GENERAL_NAME> AlternativeName(const std::string& name) {
  bssl::UniquePtr<GENERAL_NAME> general(GENERAL_NAME_new());
  if (general == nullptr) return nullptr;
  if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(name.c_str()); address != nullptr) {
    GENERAL_NAME_set0_value(general.get(), GEN_IPADD, address);
    return general;
  }
  ASN1_IA5STRING* text = IsDnsName(name) ? ASN1_IA5STRING_new() : nullptr;
  if (text == nullptr) return nullptr;
  GENERAL_NAME_set0_value(general.get(), GEN_DNS, text);
  if (ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) != 1) return nullptr;
  return general;
}

bool SetAlternativeNames(X509* certificate, const SelfSignedOptions& options, std::string* error) {
  const bssl::UniquePtr<GENERAL_NAMES> names(GENERAL_NAMES_new());
  for (const std::string& name : options.names) {
    bssl::UniquePtr<GENERAL_NAME> general = AlternativeName(name);
    if (general == nullptr) {
      *error = "names: \"" + name + "\" is neither a DNS name nor an IP address";
      return false;
    }
    if (!bssl::PushToStack(names.get(), std::move(general))) return false;
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), /*crit=*/0,
                           X509V3_ADD_DEFAULT) == 1;
}

// The bytes that `write`, one of BoringSSL's PEM writers, puts out; empty when it fails.
template <typename Write>
std::string ToPem(Write write) {
  const bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  const std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  if (bio == nullptr || write(bio.get()) != 1 ||
      BIO_mem_contents(bio.get(), &bytes, &length) != 1) {
    return {};
  }
  return std::string(reinterpret_cast<const char*>(bytes), length);
}

// SHA-256 of what `encode`, one of BoringSSL's i2d functions, puts out; false when it fails.
template <typename Encode>
bool HashDer(Encode encode, std::array<std::uint8_t, 32>* out) {
  std::uint8_t* der = nullptr;
  const int length = encode(&der);
  if (length <= 0) return false;
  const bssl::UniquePtr<std::uint8_t> own_der(der);
  SHA256(der, static_cast<std::size_t>(length), out->data());
  return true;
}

std::string Base64(std::span<const std::uint8_t> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(
      EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), bytes.data(), bytes.size()));
  return text;
}

}  // namespace

bool MakeSelfSigned(const SelfSignedOptions& options, SelfSignedCertificate* out,
                    std::string* error) {
  if (options.names.empty()) {
    *error = "names: none given";
    return false;
  }
  *error = "the certificate cannot be made";
  const bssl::UniquePtr<EVP_PKEY> key = NewKey();
  const bssl::UniquePtr<X509> certificate(X509_new());
  if (key == nullptr || certificate == nullptr ||
      X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !SetSerial(certificate.get()) ||
      !SetNames(certificate.get()) || !SetValidity(certificate.get(), options) ||
      !SetAlternativeNames(certificate.get(), options, error) ||
      X509_set_pubkey(certificate.get(), key.get()) != 1 ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) <= 0) {
    return false;
  }
  SelfSignedCertificate made;
  made.certificate_pem =
      ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
  made.private_key_pem = ToPem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (made.certificate_pem.empty() || made.private_key_pem.empty() ||
      !HashDer([&](std::uint8_t** der) { return i2d_X509(certificate.get(), der); },
               &made.certificate_sha256) ||
      !HashDer([&](std::uint8_t** der) { return i2d_PUBKEY(key.get(), der); }, &made.spki_sha256)) {
    return false;
  }
  made.spki_sha256_base64 = Base64(made.spki_sha256);
  *out = std::move(made);
  error->clear();
  return true;
}

}  // namespace quiesce::crypto
