#include "crypto/tls_config.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "crypto/tls_pair_for_test.h"

namespace quiesce::crypto {
namespace {

std::string ServerError(const ServerTlsOptions& options) {
  std::string error;
  EXPECT_EQ(ServerTlsConfig::Create(options, &error), nullptr);
  return error;
}

std::string ClientError(const ClientTlsOptions& options) {
  std::string error;
  EXPECT_EQ(ClientTlsConfig::Create(options, &error), nullptr);
  return error;
}

std::string WriteFile(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

// `pem` with its body cut down to a few characters.
std::string Damage(const std::string& pem) {
  const std::size_t body = pem.find('\n') + 1;
  return pem.substr(0, body) + "MIIB\n" + pem.substr(pem.find("-----END"));
}

TEST(ServerTlsConfig, ReadsChainAndKeyFromFiles) {
  ServerTlsOptions options = ServerOptions();
  options.certificate_chain =
      PemSource::File(WriteFile("chain.pem", TestCertificate().certificate_pem));
  options.private_key = PemSource::File(WriteFile("key.pem", TestCertificate().private_key_pem));
  EXPECT_NE(MustCreate<ServerTlsConfig>(options), nullptr);
}

TEST(ServerTlsConfig, ReadsChainAndKeyFromOneFile) {
  const std::string path =
      WriteFile("both.pem", TestCertificate().private_key_pem + TestCertificate().certificate_pem);
  ServerTlsOptions options = ServerOptions();
  options.certificate_chain = PemSource::File(path);
  options.private_key = PemSource::File(path);
  EXPECT_NE(MustCreate<ServerTlsConfig>(options), nullptr);
}

TEST(ServerTlsConfig, SaysWhichFileCannotBeRead) {
  ServerTlsOptions options = ServerOptions();
  options.certificate_chain = PemSource::File("/nonexistent/chain.pem");
  EXPECT_EQ(ServerError(options),
            "/nonexistent/chain.pem: cannot be read: No such file or directory");
  options = ServerOptions();
  options.private_key = PemSource::File(testing::TempDir());
  EXPECT_NE(ServerError(options).find("cannot be read: Is a directory"), std::string::npos);
}

TEST(ServerTlsConfig, SaysWhatIsWrongWithTheCertificate) {
  ServerTlsOptions options = ServerOptions();
  options.certificate_chain = PemSource::Text("nothing here", "chain.pem");
  EXPECT_EQ(ServerError(options),
            "chain.pem: no certificate found (expected -----BEGIN CERTIFICATE-----)");
  options.certificate_chain = PemSource::Text("", "chain.pem");
  EXPECT_EQ(ServerError(options),
            "chain.pem: no certificate found (expected -----BEGIN CERTIFICATE-----)");
  options.certificate_chain = PemSource::Text(
      TestCertificate().certificate_pem + Damage(TestCertificate().certificate_pem), "chain.pem");
  EXPECT_EQ(ServerError(options).rfind("chain.pem: certificate 2 is damaged: ", 0), 0u);
  const std::string& whole = TestCertificate().certificate_pem;
  options.certificate_chain = PemSource::Text(whole.substr(0, whole.size() / 2), "chain.pem");
  EXPECT_EQ(ServerError(options).rfind("chain.pem: PEM block is damaged: ", 0), 0u);
}

TEST(ServerTlsConfig, SaysWhatIsWrongWithTheKey) {
  ServerTlsOptions options = ServerOptions();
  options.private_key = PemSource::Text(TestCertificate().certificate_pem, "key.pem");
  EXPECT_EQ(ServerError(options),
            "key.pem: no private key found (expected -----BEGIN PRIVATE KEY-----)");
  options.private_key = PemSource::Text(Damage(TestCertificate().private_key_pem), "key.pem");
  EXPECT_EQ(ServerError(options).rfind("key.pem: the private key is damaged: ", 0), 0u);
  options.private_key = PemSource::Text(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
      "key.pem");
  EXPECT_EQ(ServerError(options), "key.pem: the private key is encrypted; give it unencrypted");
}

TEST(ServerTlsConfig, RefusesAKeyOfAnotherCertificate) {
  const auto other = MakeCertificate({.names = {"localhost"}, .now_unix_s = std::time(nullptr)});
  ServerTlsOptions options = ServerOptions();
  options.private_key = PemSource::Text(other.private_key_pem, "key.pem");
  EXPECT_EQ(ServerError(options),
            "key.pem: the private key does not belong to the first certificate in certificate");
}

TEST(ServerTlsConfig, NeedsCertificateAndKey) {
  ServerTlsOptions options = ServerOptions();
  options.private_key = {};
  EXPECT_EQ(ServerError(options), "certificate_chain and private_key: both are needed");
  options = ServerOptions();
  options.certificate_chain = {};
  EXPECT_EQ(ServerError(options), "certificate_chain and private_key: both are needed");
}

// RFC 9001 §8.1: ALPN is not optional.
TEST(TlsConfig, NeedsEncodableProtocols) {
  for (const std::vector<std::string>& alpn :
       {std::vector<std::string>{}, {""}, {std::string(256, 'x')}}) {
    ServerTlsOptions server = ServerOptions();
    server.alpn = alpn;
    ClientTlsOptions client = ClientOptions();
    client.alpn = alpn;
    EXPECT_EQ(ServerError(server).rfind("alpn: ", 0), 0u);
    EXPECT_EQ(ClientError(client).rfind("alpn: ", 0), 0u);
  }
  ClientTlsOptions many = ClientOptions();
  many.alpn = std::vector<std::string>(257, std::string(255, 'x'));
  EXPECT_EQ(ClientError(many), "alpn: too many protocols");
}

// RFC 7301 §3.2: the server chooses.
TEST(ServerTlsConfig, SelectsItsOwnMostPreferredProtocol) {
  ServerTlsOptions options = ServerOptions();
  options.alpn = {"h3", "hq-interop"};
  const auto config = MustCreate<ServerTlsConfig>(options);
  EXPECT_EQ(config->SelectAlpn("\x0ahq-interop\x02h3"), "h3");
  EXPECT_EQ(config->SelectAlpn("\x02h2\x0ahq-interop"), "hq-interop");
  EXPECT_EQ(config->SelectAlpn("\x02h2"), "");
  EXPECT_EQ(config->SelectAlpn("\x03h3x"), "");
  EXPECT_EQ(config->SelectAlpn(""), "");
}

// BoringSSL checks the list before; a length that lies must still not be followed.
TEST(ServerTlsConfig, SelectionStaysInsideTheList) {
  const auto config = MustCreate<ServerTlsConfig>(ServerOptions());
  EXPECT_EQ(config->SelectAlpn("\xff"), "");
  EXPECT_EQ(config->SelectAlpn("\x05h3"), "");
  EXPECT_EQ(config->SelectAlpn(std::string_view("\0\0\0", 3)), "");
}

TEST(ClientTlsConfig, SaysWhatIsWrongWithTheRoots) {
  ClientTlsOptions options = ClientOptions();
  options.roots = PemSource::Text("nothing here", "roots.pem");
  EXPECT_EQ(ClientError(options),
            "roots.pem: no certificate found (expected -----BEGIN CERTIFICATE-----)");
  options.roots = PemSource::Text(Damage(TestCertificate().certificate_pem), "roots.pem");
  EXPECT_EQ(ClientError(options).rfind("roots.pem: certificate 1 is damaged: ", 0), 0u);
  options.roots = {};
  EXPECT_EQ(ClientError(options), "roots: none given");
}

TEST(ClientTlsConfig, AcceptsARootTwice) {
  ClientTlsOptions options = ClientOptions();
  options.roots = PemSource::Text(
      TestCertificate().certificate_pem + TestCertificate().certificate_pem, "roots.pem");
  EXPECT_NE(MustCreate<ClientTlsConfig>(options), nullptr);
}

class SystemRoots : public testing::Test {
 protected:
  ~SystemRoots() override { unsetenv("SSL_CERT_FILE"); }

  static std::shared_ptr<const ClientTlsConfig> Create(std::string* error) {
    return ClientTlsConfig::Create({.alpn = {"h3"}}, error);
  }
};

TEST_F(SystemRoots, AreTakenFromSslCertFile) {
  const std::string path = WriteFile("system.pem", TestCertificate().certificate_pem);
  setenv("SSL_CERT_FILE", path.c_str(), 1);
  std::string error;
  EXPECT_NE(Create(&error), nullptr) << error;
  setenv("SSL_CERT_FILE", "/nonexistent/system.pem", 1);
  EXPECT_EQ(Create(&error), nullptr);
  EXPECT_EQ(error, "/nonexistent/system.pem: cannot be read: No such file or directory");
}

TEST_F(SystemRoots, OneDamagedCertificateDoesNotTakeTheOthersAway) {
  const std::string path = WriteFile(
      "system2.pem", Damage(TestCertificate().certificate_pem) + TestCertificate().certificate_pem);
  setenv("SSL_CERT_FILE", path.c_str(), 1);
  std::string error;
  EXPECT_NE(Create(&error), nullptr) << error;
}

}  // namespace
}  // namespace quiesce::crypto
