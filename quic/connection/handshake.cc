#include "quic/connection/handshake.h"

#include <array>
#include <utility>

#include "quic/base/check.h"
#include "quic/connection/remembered_parameters.h"
#include "quic/wire/cursor.h"

namespace quiesce::quic {
namespace {

// Sessions that one connection hands to its application.
constexpr int kSessionsMax = 8;

Error ParameterError(const char* reason) {
  return {TransportErrorCode::kTransportParameterError, 0, reason};
}

// RFC 9000 §7.3: what was seen in headers must be repeated where it is authenticated.
Result<void> CheckCids(const TransportParameters& parameters, Perspective sender,
                       const ExpectedCids& expected) {
  if (!parameters.initial_source_connection_id)
    return ParameterError("initial_source_connection_id is missing");
  if (parameters.initial_source_connection_id != expected.peer_source)
    return ParameterError("initial_source_connection_id differs from the header's");
  if (sender == Perspective::kClient) return {};
  if (!parameters.original_destination_connection_id)
    return ParameterError("original_destination_connection_id is missing");
  if (*parameters.original_destination_connection_id != expected.original_destination)
    return ParameterError("original_destination_connection_id differs from the one sent");
  if (parameters.retry_source_connection_id == expected.retry_source) return {};
  if (!expected.retry_source) return ParameterError("retry_source_connection_id without a Retry");
  return ParameterError(parameters.retry_source_connection_id
                            ? "retry_source_connection_id differs from the Retry's"
                            : "retry_source_connection_id is missing");
}

}  // namespace

Handshake::Handshake(std::unique_ptr<crypto::TlsHandshake> tls, Perspective perspective,
                     const crypto::ProtectionLabels& labels)
    : tls_(std::move(tls)), perspective_(perspective), labels_(labels) {}

Result<void> Handshake::Start(const TransportParameters& local, Version version,
                              PacketSpaces& spaces) {
  if (perspective_ == Perspective::kServer) {
    // RFC 9369 §5: a ticket is of one version.
    std::array<std::uint8_t, 4> context;
    Writer(context).U32(static_cast<std::uint32_t>(version));
    tls_->SetResumptionContext(context, EncodeRemembered(local));
  }
  const bool started = tls_->Start(EncodeTransportParameters(local, perspective_));
  CollectOutput(spaces);
  if (!started) return TlsError();
  return {};
}

Result<void> Handshake::HandleCrypto(PacketNumberSpace space, const CryptoFrame& frame,
                                     PacketSpaces& spaces) {
  PacketSpace& target = spaces[static_cast<std::size_t>(space)];
  if (auto inserted = target.crypto_in.Insert(frame.offset, frame.data); !inserted)
    return Error{inserted.error().code, FrameType(frame), inserted.error().reason};
  return FeedTls(spaces);
}

Result<void> Handshake::FeedTls(PacketSpaces& spaces) {
  for (;;) {
    QUIESCE_RETURN_IF_ERROR(CheckLowerLevels(spaces));
    const crypto::EncryptionLevel level = tls_->read_level();
    PacketSpace& space = spaces[static_cast<std::size_t>(SpaceOf(level))];
    const std::span<const std::uint8_t> bytes = space.crypto_in.Peek();
    if (bytes.empty()) return {};
    const bool accepted = tls_->HandleBytes(level, bytes);
    space.crypto_in.Consume(ByteCount(bytes.size()));
    // After a failure too: an alert may have become sendable at a higher level.
    CollectOutput(spaces);
    if (!accepted) return TlsError();
  }
}

// RFC 9001 §4.1.3: once TLS reads a later level, an earlier one is complete; bytes that would
// extend it are a fault, repetitions are not.
Result<void> Handshake::CheckLowerLevels(PacketSpaces& spaces) const {
  const PacketNumberSpace current = SpaceOf(tls_->read_level());
  for (const PacketSpace& space : spaces) {
    if (space.space >= current) break;
    if (!space.crypto_in.Peek().empty() || space.crypto_in.has_out_of_order_bytes()) {
      return Error{TransportErrorCode::kProtocolViolation, CryptoFrame::kType,
                   "CRYPTO data at a level that is complete"};
    }
  }
  return {};
}

void Handshake::CollectOutput(PacketSpaces& spaces) {
  while (auto secret = tls_->PollSecret()) {
    // RFC 9001 §4.6: 0-RTT is neither offered nor accepted, so its secrets have no use.
    if (secret->level == crypto::EncryptionLevel::kZeroRtt) continue;
    PacketSpace& space = spaces[static_cast<std::size_t>(SpaceOf(secret->level))];
    auto& keys =
        secret->direction == crypto::SecretDirection::kRead ? space.read_keys : space.write_keys;
    keys.emplace(crypto::PacketKeys::Derive(*secret->suite, secret->secret.bytes(), labels_));
  }
  while (auto crypto = tls_->PollBytes()) {
    PacketSpace& space = spaces[static_cast<std::size_t>(SpaceOf(crypto->level))];
    if (space.discarded) continue;
    const std::size_t taken = space.crypto_out.Append(crypto->bytes);
    QUIESCE_CHECK(taken == crypto->bytes.size());
  }
}

Result<std::optional<TransportParameters>> Handshake::TakePeerParameters(
    const ExpectedCids& expected) {
  if (peer_parameters_taken_) return std::optional<TransportParameters>();
  const auto encoded = tls_->peer_transport_parameters();
  if (!encoded) return std::optional<TransportParameters>();
  peer_parameters_taken_ = true;
  const Perspective sender = Opposite(perspective_);
  auto decoded = DecodeTransportParameters(*encoded, sender);
  if (!decoded) return decoded.error();
  QUIESCE_RETURN_IF_ERROR(CheckCids(*decoded, sender, expected));
  if (perspective_ == Perspective::kClient) remembered_ = EncodeRemembered(*decoded);
  return std::optional<TransportParameters>(std::move(*decoded));
}

std::optional<SavedSession> Handshake::PollSession(Version version) {
  auto session = tls_->PollSession();
  // RFC 8446 §4.6.1: a server may send as many as it likes.
  if (!session || sessions_ == kSessionsMax) return std::nullopt;
  ++sessions_;
  return SavedSession{.version = version, .tls = std::move(*session), .parameters = remembered_};
}

Error Handshake::TlsError() const {
  switch (tls_->fault()) {
    case crypto::TlsFault::kProtocolViolation:
      return {TransportErrorCode::kProtocolViolation, CryptoFrame::kType,
              "TLS message that QUIC forbids"};
    case crypto::TlsFault::kCryptoBufferExceeded:
      return {TransportErrorCode::kCryptoBufferExceeded, CryptoFrame::kType,
              "TLS message larger than any handshake needs"};
    case crypto::TlsFault::kNone:
    case crypto::TlsFault::kAlert:
      break;
  }
  return {CryptoError(tls_->alert()), CryptoFrame::kType, "TLS handshake failed"};
}

}  // namespace quiesce::quic
