// TLS around another TLS: passes everything on, so that a test overrides what it wants to change.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/tls_handshake.h"

namespace quiesce::test {

class ForwardingTls : public crypto::TlsHandshake {
 public:
  explicit ForwardingTls(std::unique_ptr<crypto::TlsHandshake> tls) : tls_(std::move(tls)) {}

  void SetResumptionContext(std::span<const std::uint8_t> ticket,
                            std::span<const std::uint8_t> early_data) override {
    tls_->SetResumptionContext(ticket, early_data);
  }
  bool resumed() const override { return tls_->resumed(); }
  crypto::EarlyData early_data() const override { return tls_->early_data(); }
  std::optional<std::vector<std::uint8_t>> PollSession() override { return tls_->PollSession(); }
  bool Start(std::span<const std::uint8_t> parameters) override { return tls_->Start(parameters); }
  bool HandleBytes(crypto::EncryptionLevel level, std::span<const std::uint8_t> bytes) override {
    return tls_->HandleBytes(level, bytes);
  }
  crypto::EncryptionLevel read_level() const override { return tls_->read_level(); }
  std::optional<crypto::TrafficSecret> PollSecret() override { return tls_->PollSecret(); }
  std::optional<crypto::CryptoBytes> PollBytes() override { return tls_->PollBytes(); }
  std::optional<std::span<const std::uint8_t>> peer_transport_parameters() const override {
    return tls_->peer_transport_parameters();
  }
  bool complete() const override { return tls_->complete(); }
  std::string_view alpn() const override { return tls_->alpn(); }
  std::string_view server_name() const override { return tls_->server_name(); }
  crypto::TlsFault fault() const override { return tls_->fault(); }
  std::uint8_t alert() const override { return tls_->alert(); }
  std::string_view error() const override { return tls_->error(); }

 private:
  std::unique_ptr<crypto::TlsHandshake> tls_;
};

}  // namespace quiesce::test
