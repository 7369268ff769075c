#include "test/support/fake_tls.h"

#include <openssl/digest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/hkdf.h"
#include "crypto/secret.h"
#include "quic/wire/cursor.h"

namespace quiesce::test {
namespace {

using crypto::CryptoBytes;
using crypto::EncryptionLevel;
using crypto::Secret;
using crypto::SecretDirection;
using crypto::TlsFault;
using crypto::TrafficSecret;

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

// RFC 8446 §4, the messages that are imitated.
enum class Message : std::uint8_t {
  kClientHello = 1,
  kServerHello = 2,
  kEncryptedExtensions = 8,
  kCertificate = 11,
  kFinished = 20,
};

constexpr std::size_t kHeaderSize = 4;  // type, 24-bit length
constexpr std::size_t kMessageMax = 16 * 1024;
constexpr std::size_t kSecretSize = 32;  // of SHA-256, and of the randoms

constexpr std::string_view kClientFinished = "client finished";
constexpr std::string_view kServerFinished = "server finished";

View ViewOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void Append(Bytes& out, View bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// A 16-bit length and so many bytes.
void AppendVector(Bytes& out, View bytes) {
  out.push_back(static_cast<std::uint8_t>(bytes.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(bytes.size()));
  Append(out, bytes);
}

View ReadVector(quic::Reader& in) {
  const std::size_t size = in.U16();
  return in.Bytes(size);
}

// What both roles do: messages in and out, the transcript, and what is derived from it.
class FakeHandshake : public crypto::TlsHandshake {
 public:
  FakeHandshake(const FakeTlsOptions& options, crypto::Random& random) : options_(options) {
    random.FillPublic(random_);
  }

  bool Start(View local_transport_parameters) final {
    if (fault_ != TlsFault::kNone) return false;
    if (started_) return Fail(SSL_AD_INTERNAL_ERROR, "started twice");
    started_ = true;
    local_parameters_.assign(local_transport_parameters.begin(), local_transport_parameters.end());
    return OnStart();
  }

  bool HandleBytes(EncryptionLevel level, View bytes) final {
    if (fault_ != TlsFault::kNone) return false;
    if (bytes.empty()) return true;
    if (level != read_level_) {
      // RFC 9001 §4.1.3
      return FailWith(TlsFault::kProtocolViolation, 0,
                      "handshake bytes at a level that is not being read");
    }
    Append(input_, bytes);
    return ReadMessages();
  }

  EncryptionLevel read_level() const final { return read_level_; }
  std::optional<TrafficSecret> PollSecret() final { return Take(secrets_); }
  std::optional<CryptoBytes> PollBytes() final { return Take(output_); }
  std::optional<View> peer_transport_parameters() const final { return peer_parameters_; }
  bool complete() const final { return complete_; }
  std::string_view alpn() const final { return alpn_; }
  std::string_view server_name() const final { return server_name_; }
  TlsFault fault() const final { return fault_; }
  std::uint8_t alert() const final { return alert_; }
  std::string_view error() const final { return error_; }

 protected:
  virtual bool OnStart() = 0;
  // The expected message, already part of the transcript. False: failed.
  virtual bool OnMessage(Message type, View body) = 0;
  virtual std::string_view peer_finished_label() const = 0;

  bool started() const { return started_; }
  View random() const { return random_; }
  View local_parameters() const { return local_parameters_; }
  const FakeTlsOptions& options() const { return options_; }
  void set_server_name(std::string_view name) { server_name_ = name; }
  // nullopt: bytes wait, or are a fault once the handshake is complete.
  void Expect(std::optional<Message> message) { expected_ = message; }
  void Complete() { complete_ = true; }

  bool Fail(std::uint8_t alert, const char* error) {
    return FailWith(TlsFault::kAlert, alert, error);
  }

  // What both sides have in a hello beside their random.
  bool TakePeerFacts(quic::Reader& in) {
    const View alpn = ReadVector(in);
    const View parameters = ReadVector(in);
    if (!in.ok() || !in.empty()) return Fail(SSL_AD_DECODE_ERROR, "malformed message");
    // RFC 9001 §8.1
    if (!std::ranges::equal(alpn, ViewOf(options_.alpn)))
      return Fail(SSL_AD_NO_APPLICATION_PROTOCOL, "no protocol in common");
    alpn_ = options_.alpn;
    peer_parameters_.emplace(parameters.begin(), parameters.end());
    return true;
  }

  void Send(EncryptionLevel level, Message type, View body) {
    const std::size_t start = transcript_.size();
    AppendMessage(transcript_, type, body);
    if (output_.empty() || output_.back().level != level) output_.push_back({level, {}});
    Append(output_.back().bytes, View(transcript_).subspan(start));
  }

  // Once both hellos are in the transcript.
  void DeriveMaster() { master_ = Derive(View(), "master"); }

  Secret Finished(std::string_view label) const { return Derive(master_.bytes(), label); }

  void Install(EncryptionLevel level, SecretDirection direction, std::string_view label) {
    const crypto::CipherSuite& suite =
        options_.suite != nullptr ? *options_.suite : crypto::InitialCipherSuite();
    Secret secret(suite.hash_length);
    crypto::HkdfExpandLabel(EVP_sha256(), master_.bytes(), label, secret.bytes());
    secrets_.push_back({level, direction, &suite, std::move(secret)});
  }

  // RFC 9001 §4.1.3: nothing may be left over at a level that ends.
  bool MoveTo(EncryptionLevel level) {
    if (!input_.empty())
      return FailWith(TlsFault::kProtocolViolation, 0, "bytes left over when keys change");
    read_level_ = level;
    return true;
  }

 private:
  template <typename T>
  static std::optional<T> Take(std::deque<T>& queue) {
    if (queue.empty()) return std::nullopt;
    std::optional<T> first(std::move(queue.front()));
    queue.pop_front();
    return first;
  }

  static void AppendMessage(Bytes& out, Message type, View body) {
    out.push_back(static_cast<std::uint8_t>(type));
    out.push_back(static_cast<std::uint8_t>(body.size() >> 16));
    out.push_back(static_cast<std::uint8_t>(body.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(body.size()));
    Append(out, body);
  }

  Secret Derive(View salt, std::string_view label) const {
    const Secret extracted = crypto::HkdfExtract(EVP_sha256(), salt, transcript_);
    Secret secret(kSecretSize);
    crypto::HkdfExpandLabel(EVP_sha256(), extracted.bytes(), label, secret.bytes());
    return secret;
  }

  bool ReadMessages() {
    while (expected_ && input_.size() >= kHeaderSize) {
      const std::size_t size =
          std::size_t{input_[1]} << 16 | std::size_t{input_[2]} << 8 | input_[3];
      if (size > kMessageMax) {
        return FailWith(TlsFault::kCryptoBufferExceeded, 0,
                        "more bytes than a handshake message has");
      }
      if (input_.size() < kHeaderSize + size) return true;
      const auto end = input_.begin() + static_cast<std::ptrdiff_t>(kHeaderSize + size);
      const auto type = static_cast<Message>(input_[0]);
      const Bytes body(input_.begin() + kHeaderSize, end);
      input_.erase(input_.begin(), end);
      if (type != *expected_) return Fail(SSL_AD_UNEXPECTED_MESSAGE, "unexpected message");
      if (type == Message::kFinished &&
          !std::ranges::equal(body, Finished(peer_finished_label()).bytes())) {
        return Fail(SSL_AD_DECRYPT_ERROR, "Finished does not match the transcript");
      }
      AppendMessage(transcript_, type, body);
      if (!OnMessage(type, body)) return false;
    }
    if (complete_ && !input_.empty())
      return Fail(SSL_AD_UNEXPECTED_MESSAGE, "message after the handshake");
    return true;
  }

  bool FailWith(TlsFault fault, std::uint8_t alert, const char* error) {
    fault_ = fault;
    alert_ = alert;
    error_ = error;
    return false;
  }

  const FakeTlsOptions options_;
  std::array<std::uint8_t, kSecretSize> random_;
  Bytes local_parameters_;
  Bytes input_;  // bytes of messages that are not complete
  Bytes transcript_;
  Secret master_;
  std::optional<Message> expected_;
  bool started_ = false;
  bool complete_ = false;
  EncryptionLevel read_level_ = EncryptionLevel::kInitial;
  std::deque<TrafficSecret> secrets_;
  std::deque<CryptoBytes> output_;
  std::optional<Bytes> peer_parameters_;
  std::string alpn_;
  std::string server_name_;
  TlsFault fault_ = TlsFault::kNone;
  std::uint8_t alert_ = 0;
  const char* error_ = "";
};

class FakeClient final : public FakeHandshake {
 public:
  FakeClient(const FakeTlsOptions& options, crypto::Random& random)
      : FakeHandshake(options, random) {
    set_server_name(options.server_name);
    Expect(Message::kServerHello);
  }

 private:
  bool OnStart() override {
    Bytes hello(random().begin(), random().end());
    AppendVector(hello, ViewOf(options().server_name));
    AppendVector(hello, ViewOf(options().alpn));
    AppendVector(hello, local_parameters());
    Send(EncryptionLevel::kInitial, Message::kClientHello, hello);
    return true;
  }

  bool OnMessage(Message type, View body) override {
    switch (type) {
      case Message::kServerHello:
        if (body.size() != kSecretSize) return Fail(SSL_AD_DECODE_ERROR, "malformed message");
        DeriveMaster();
        Install(EncryptionLevel::kHandshake, SecretDirection::kWrite, "c hs");
        Install(EncryptionLevel::kHandshake, SecretDirection::kRead, "s hs");
        Expect(Message::kEncryptedExtensions);
        return MoveTo(EncryptionLevel::kHandshake);
      case Message::kEncryptedExtensions: {
        Expect(Message::kCertificate);
        quic::Reader in(body);
        return TakePeerFacts(in);
      }
      case Message::kCertificate:
        Expect(Message::kFinished);
        return true;
      case Message::kFinished:
        Expect(std::nullopt);
        Send(EncryptionLevel::kHandshake, Message::kFinished, Finished(kClientFinished).bytes());
        Install(EncryptionLevel::kOneRtt, SecretDirection::kWrite, "c ap");
        Install(EncryptionLevel::kOneRtt, SecretDirection::kRead, "s ap");
        Complete();
        return MoveTo(EncryptionLevel::kOneRtt);
      case Message::kClientHello:
        break;  // never expected
    }
    return false;
  }

  std::string_view peer_finished_label() const override { return kServerFinished; }
};

class FakeServer final : public FakeHandshake {
 public:
  FakeServer(const FakeTlsOptions& options, crypto::Random& random)
      : FakeHandshake(options, random) {
    Expect(Message::kClientHello);
  }

 private:
  bool OnStart() override { return !hello_read_ || Answer(); }

  bool OnMessage(Message type, View body) override {
    if (type == Message::kClientHello) {
      Expect(std::nullopt);
      hello_read_ = true;
      quic::Reader in(body);
      (void)in.Bytes(kSecretSize);
      const View name = ReadVector(in);
      if (!TakePeerFacts(in)) return false;
      set_server_name({reinterpret_cast<const char*>(name.data()), name.size()});
      return !started() || Answer();
    }
    // The client's Finished.
    Expect(std::nullopt);
    Install(EncryptionLevel::kOneRtt, SecretDirection::kRead, "c ap");
    Complete();
    return MoveTo(EncryptionLevel::kOneRtt);
  }

  bool Answer() {
    Send(EncryptionLevel::kInitial, Message::kServerHello, random());
    DeriveMaster();
    Install(EncryptionLevel::kHandshake, SecretDirection::kWrite, "s hs");
    Install(EncryptionLevel::kHandshake, SecretDirection::kRead, "c hs");
    Bytes extensions;
    AppendVector(extensions, ViewOf(options().alpn));
    AppendVector(extensions, local_parameters());
    Send(EncryptionLevel::kHandshake, Message::kEncryptedExtensions, extensions);
    Send(EncryptionLevel::kHandshake, Message::kCertificate,
         Bytes(options().certificate_bytes, 0xce));
    Send(EncryptionLevel::kHandshake, Message::kFinished, Finished(kServerFinished).bytes());
    Install(EncryptionLevel::kOneRtt, SecretDirection::kWrite, "s ap");
    Expect(Message::kFinished);
    return MoveTo(EncryptionLevel::kHandshake);
  }

  std::string_view peer_finished_label() const override { return kClientFinished; }

  bool hello_read_ = false;
};

}  // namespace

std::unique_ptr<crypto::TlsHandshake> NewFakeClient(const FakeTlsOptions& options,
                                                    crypto::Random& random) {
  return std::make_unique<FakeClient>(options, random);
}

std::unique_ptr<crypto::TlsHandshake> NewFakeServer(const FakeTlsOptions& options,
                                                    crypto::Random& random) {
  return std::make_unique<FakeServer>(options, random);
}

}  // namespace quiesce::test
