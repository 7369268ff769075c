// Transport error codes and the error value that travels from the part that noticed a fault up to
// the connection, which alone turns it into a close. RFC 9000 §11, §20.
#pragma once

#include <cstdint>
#include <string_view>

namespace quiesce::quic {

// RFC 9000 §20.1, RFC 9368 §6.
enum class TransportErrorCode : std::uint64_t {
  kNoError = 0x00,
  kInternalError = 0x01,
  kConnectionRefused = 0x02,
  kFlowControlError = 0x03,
  kStreamLimitError = 0x04,
  kStreamStateError = 0x05,
  kFinalSizeError = 0x06,
  kFrameEncodingError = 0x07,
  kTransportParameterError = 0x08,
  kConnectionIdLimitError = 0x09,
  kProtocolViolation = 0x0a,
  kInvalidToken = 0x0b,
  kApplicationError = 0x0c,
  kCryptoBufferExceeded = 0x0d,
  kKeyUpdateError = 0x0e,
  kAeadLimitReached = 0x0f,
  kNoViablePath = 0x10,
  kVersionNegotiationError = 0x11,
  kCryptoErrorBase = 0x0100,  // to 0x01ff: plus the TLS alert, RFC 9001 §4.8
};

// RFC 9001 §4.8: the QUIC error that carries a TLS alert.
constexpr TransportErrorCode CryptoError(std::uint8_t tls_alert) {
  return static_cast<TransportErrorCode>(
      static_cast<std::uint64_t>(TransportErrorCode::kCryptoErrorBase) + tls_alert);
}

// The RFC's name of a code, "CRYPTO_ERROR" for the whole crypto range, "unknown" otherwise.
std::string_view ToString(TransportErrorCode code);

// `reason` is a string literal that names the broken rule; `frame_type` is 0 when no frame is to
// blame.
struct Error {
  TransportErrorCode code = TransportErrorCode::kNoError;
  std::uint64_t frame_type = 0;
  const char* reason = "";
};

}  // namespace quiesce::quic
