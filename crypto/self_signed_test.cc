#include "crypto/self_signed.h"

#include <gtest/gtest.h>
#include <openssl/asn1.h>
#include <openssl/base64.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <vector>

#include "crypto/hex_for_test.h"

namespace quiesce::crypto {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

bssl::UniquePtr<X509> ReadCertificate(const std::string& pem) {
  const bssl::UniquePtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return bssl::UniquePtr<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

SelfSignedCertificate Make(const SelfSignedOptions& options) {
  SelfSignedCertificate made;
  std::string error;
  EXPECT_TRUE(MakeSelfSigned(options, &made, &error)) << error;
  return made;
}

TEST(SelfSigned, KeyBelongsToCertificate) {
  const auto made = Make({.names = {"localhost"}, .now_unix_s = kNow});
  const auto certificate = ReadCertificate(made.certificate_pem);
  ASSERT_NE(certificate, nullptr);
  const bssl::UniquePtr<BIO> bio(BIO_new_mem_buf(made.private_key_pem.data(), -1));
  const bssl::UniquePtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()), 1);
  EXPECT_EQ(X509_verify(certificate.get(), key.get()), 1);
}

TEST(SelfSigned, HoldsDnsNamesAndAddresses) {
  const auto made = Make(
      {.names = {"localhost", "*.example.com", "192.0.2.7", "2001:db8::7"}, .now_unix_s = kNow});
  const auto certificate = ReadCertificate(made.certificate_pem);
  ASSERT_NE(certificate, nullptr);
  const auto has_host = [&](std::string_view name) {
    return X509_check_host(certificate.get(), name.data(), name.size(),
                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
  };
  EXPECT_TRUE(has_host("localhost"));
  EXPECT_TRUE(has_host("a.example.com"));
  EXPECT_FALSE(has_host("example.com"));
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "2001:db8::7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.8", 0), 0);
}

TEST(SelfSigned, IsValidFromAnHourBeforeToTheEndOfItsLifetime) {
  const auto made = Make({.names = {"localhost"}, .now_unix_s = kNow, .lifetime_s = 7200});
  const auto certificate = ReadCertificate(made.certificate_pem);
  ASSERT_NE(certificate, nullptr);
  const auto valid_at = [&](std::int64_t unix_s) {
    std::time_t at = unix_s;
    return X509_cmp_time(X509_get0_notBefore(certificate.get()), &at) < 0 &&
           X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) > 0;
  };
  EXPECT_FALSE(valid_at(kNow - 3601));
  EXPECT_TRUE(valid_at(kNow - 3599));
  EXPECT_TRUE(valid_at(kNow + 7199));
  EXPECT_FALSE(valid_at(kNow + 7201));
}

TEST(SelfSigned, HashesAreThoseOfTheDerForms) {
  const auto made = Make({.names = {"localhost"}, .now_unix_s = kNow});
  const auto certificate = ReadCertificate(made.certificate_pem);
  ASSERT_NE(certificate, nullptr);
  std::uint8_t digest[32];
  unsigned length = 0;
  ASSERT_EQ(X509_digest(certificate.get(), EVP_sha256(), digest, &length), 1);
  EXPECT_EQ(ToHex(made.certificate_sha256), ToHex({digest, length}));

  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(certificate.get()));
  std::uint8_t* der = nullptr;
  const int der_length = i2d_PUBKEY(key.get(), &der);
  ASSERT_GT(der_length, 0);
  const bssl::UniquePtr<std::uint8_t> own_der(der);
  SHA256(der, static_cast<std::size_t>(der_length), digest);
  EXPECT_EQ(ToHex(made.spki_sha256), ToHex(digest));

  std::vector<std::uint8_t> decoded(made.spki_sha256_base64.size());
  std::size_t decoded_length = 0;
  ASSERT_EQ(EVP_DecodeBase64(decoded.data(), &decoded_length, decoded.size(),
                             reinterpret_cast<const std::uint8_t*>(made.spki_sha256_base64.data()),
                             made.spki_sha256_base64.size()),
            1);
  EXPECT_EQ(ToHex(std::span(decoded).first(decoded_length)), ToHex(made.spki_sha256));
}

TEST(SelfSigned, NoTwoAreAlike) {
  const auto first = Make({.names = {"localhost"}, .now_unix_s = kNow});
  const auto second = Make({.names = {"localhost"}, .now_unix_s = kNow});
  EXPECT_NE(first.spki_sha256, second.spki_sha256);
  // Browsers refuse two certificates of one issuer with one serial number.
  const auto a = ReadCertificate(first.certificate_pem),
             b = ReadCertificate(second.certificate_pem);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.get()), X509_get0_serialNumber(b.get())), 0);
}

TEST(SelfSigned, SaysWhichNameIsWrong) {
  SelfSignedCertificate made;
  std::string error;
  EXPECT_FALSE(MakeSelfSigned({.names = {"localhost", "not a name"}}, &made, &error));
  EXPECT_EQ(error, "names: \"not a name\" is neither a DNS name nor an IP address");
  EXPECT_FALSE(MakeSelfSigned({.names = {std::string(254, 'a')}}, &made, &error));
  EXPECT_FALSE(MakeSelfSigned({.names = {""}}, &made, &error));
  EXPECT_FALSE(MakeSelfSigned({}, &made, &error));
  EXPECT_EQ(error, "names: none given");
  EXPECT_TRUE(made.certificate_pem.empty());
}

}  // namespace
}  // namespace quiesce::crypto
