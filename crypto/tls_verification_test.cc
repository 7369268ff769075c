// Whom a client believes. RFC 9001 §4.4.
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <fstream>

#include "crypto/tls_pair_for_test.h"

namespace quiesce::crypto {
namespace {

// The client must refuse, with `alert` and a text that contains `reason`, before its Finished.
void ExpectRefused(TlsPair& pair, int alert, std::string_view reason) {
  ASSERT_TRUE(pair.Start());
  EXPECT_FALSE(pair.Run());
  const TlsHandshake& client = *pair.client.tls;
  EXPECT_FALSE(client.complete());
  EXPECT_EQ(client.fault(), TlsFault::kAlert);
  EXPECT_EQ(client.alert(), alert);
  EXPECT_NE(client.error().find(reason), std::string_view::npos) << client.error();
  pair.client.Drain();
  EXPECT_TRUE(pair.client.bytes.empty());
  EXPECT_EQ(pair.client.Find(EncryptionLevel::kOneRtt, SecretDirection::kWrite), nullptr);
  EXPECT_FALSE(pair.server.tls->complete());
}

TEST(Verification, RefusesAnUnknownRoot) {
  const auto other = MakeCertificate({.names = {"localhost"}, .now_unix_s = std::time(nullptr)});
  TlsPair pair(ServerOptions(), ClientOptions(other));
  ExpectRefused(pair, SSL_AD_UNKNOWN_CA, "self");
}

TEST(Verification, RefusesAnotherName) {
  for (const char* name : {"localhost.example", "example.com", "a.b.example.com", "127.0.0.2",
                           "Quiesce self-signed"}) {
    SCOPED_TRACE(name);
    TlsPair pair(ServerOptions(), ClientOptions(), name);
    ASSERT_TRUE(pair.Start()) << pair.client.tls->error();
    EXPECT_FALSE(pair.Run());
    EXPECT_EQ(pair.client.tls->fault(), TlsFault::kAlert);
    EXPECT_EQ(pair.client.tls->alert(), SSL_AD_BAD_CERTIFICATE);
    EXPECT_NE(pair.client.tls->error().find("mismatch"), std::string_view::npos)
        << pair.client.tls->error();
  }
}

// RFC 9110 §4.3.4: a name in the subject does not count.
TEST(Verification, RefusesANameThatOnlyTheSubjectHolds) {
  SelfSignedCertificate made =
      MakeCertificate({.names = {"192.0.2.1"}, .now_unix_s = std::time(nullptr)});
  const auto open = [](const std::string& pem) {
    return bssl::UniquePtr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  const bssl::UniquePtr<X509> certificate(
      PEM_read_bio_X509(open(made.certificate_pem).get(), nullptr, nullptr, nullptr));
  const bssl::UniquePtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(open(made.private_key_pem).get(), nullptr, nullptr, nullptr));
  // Without subjectAltName, the only extension.
  X509_EXTENSION_free(X509_delete_ext(certificate.get(), 0));
  const bssl::UniquePtr<X509_NAME> name(X509_NAME_new());
  ASSERT_EQ(
      X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const std::uint8_t*>("localhost"), -1, -1, 0),
      1);
  ASSERT_EQ(X509_set_subject_name(certificate.get(), name.get()), 1);
  ASSERT_EQ(X509_set_issuer_name(certificate.get(), name.get()), 1);
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_X509(out.get(), certificate.get()), 1);
  const std::uint8_t* pem = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(BIO_mem_contents(out.get(), &pem, &size), 1);
  made.certificate_pem.assign(reinterpret_cast<const char*>(pem), size);

  TlsPair pair(ServerOptions(made), ClientOptions(made));
  ExpectRefused(pair, SSL_AD_BAD_CERTIFICATE, "mismatch");
}

TEST(Verification, AcceptsWildcardsAndAnyCase) {
  for (const char* name : {"a.example.com", "A.Example.COM", "LOCALHOST"}) {
    TlsPair pair(ServerOptions(), ClientOptions(), name);
    ASSERT_TRUE(pair.Start());
    EXPECT_TRUE(pair.Run()) << name << ": " << pair.client.tls->error();
  }
}

TEST(Verification, RefusesAnExpiredCertificate) {
  const auto old = MakeCertificate({.names = {"localhost"}, .now_unix_s = 1'000'000'000});
  TlsPair pair(ServerOptions(old), ClientOptions(old));
  ExpectRefused(pair, SSL_AD_CERTIFICATE_EXPIRED, "expired");
}

TEST(Verification, RefusesACertificateOfTheFuture) {
  const auto early =
      MakeCertificate({.names = {"localhost"}, .now_unix_s = std::time(nullptr) + 365 * 24 * 3600});
  TlsPair pair(ServerOptions(early), ClientOptions(early));
  // RFC 8446 §6.2: certificate_expired stands for "not currently valid" too.
  ExpectRefused(pair, SSL_AD_CERTIFICATE_EXPIRED, "not yet valid");
}

TEST(Verification, IsOnUnlessSaidOtherwise) {
  // A system whose roots do not know the server's.
  const auto other = MakeCertificate({.names = {"localhost"}, .now_unix_s = std::time(nullptr)});
  const std::string path = testing::TempDir() + "/roots.pem";
  std::ofstream(path) << other.certificate_pem;
  setenv("SSL_CERT_FILE", path.c_str(), 1);
  TlsPair pair(ServerOptions(), {.alpn = {"h3"}});
  unsetenv("SSL_CERT_FILE");
  ExpectRefused(pair, SSL_AD_UNKNOWN_CA, "certificate not accepted: ");
}

TEST(Verification, InsecureBelievesAnybody) {
  const auto old = MakeCertificate({.names = {"elsewhere"}, .now_unix_s = 1'000'000'000});
  for (const char* name : {"localhost", "127.0.0.1", ""}) {
    TlsPair pair(ServerOptions(old), {.verification = PeerVerification::kInsecure, .alpn = {"h3"}},
                 name);
    ASSERT_TRUE(pair.Start());
    EXPECT_TRUE(pair.Run()) << pair.client.tls->error();
    EXPECT_TRUE(pair.client.tls->complete());
  }
}

TEST(Verification, NeedsAName) {
  TlsPair pair(ServerOptions(), ClientOptions(), "");
  EXPECT_FALSE(pair.client.tls->Start({}));
  EXPECT_EQ(pair.client.tls->fault(), TlsFault::kAlert);
  EXPECT_EQ(pair.client.tls->alert(), SSL_AD_INTERNAL_ERROR);
  EXPECT_EQ(pair.client.tls->error(),
            "server_name: none given, so that no certificate could be right");
}

TEST(Verification, RefusesANameThatContinuesAfterANul) {
  TlsPair pair(ServerOptions(), ClientOptions(), std::string("localhost\0.evil", 15));
  EXPECT_FALSE(pair.client.tls->Start({}));
  EXPECT_EQ(pair.client.tls->fault(), TlsFault::kAlert);
}

}  // namespace
}  // namespace quiesce::crypto
