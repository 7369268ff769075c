// Error codes of HTTP/3 and QPACK, and the error value that travels from the part that noticed a
// fault to the connection, which alone turns it into a close or a reset. RFC 9114 §8, RFC 9204 §6,
// RFC 9297 §5.2.
#pragma once

#include <cstdint>
#include <string_view>

#include "qpack/error.h"
#include "quic/base/result.h"

namespace quiesce::http3 {

enum class ErrorCode : std::uint64_t {
  kDatagramError = 0x33,
  kNoError = 0x0100,
  kGeneralProtocolError = 0x0101,
  kInternalError = 0x0102,
  kStreamCreationError = 0x0103,
  kClosedCriticalStream = 0x0104,
  kFrameUnexpected = 0x0105,
  kFrameError = 0x0106,
  kExcessiveLoad = 0x0107,
  kIdError = 0x0108,
  kSettingsError = 0x0109,
  kMissingSettings = 0x010a,
  kRequestRejected = 0x010b,
  kRequestCancelled = 0x010c,
  kRequestIncomplete = 0x010d,
  kMessageError = 0x010e,
  kConnectError = 0x010f,
  kVersionFallback = 0x0110,
  kQpackDecompressionFailed = 0x0200,
  kQpackEncoderStreamError = 0x0201,
  kQpackDecoderStreamError = 0x0202,
};

// The RFC's name, such as "H3_FRAME_ERROR"; "unknown" for any other code. RFC 9114 §8: an unknown
// code received from a peer is equivalent to H3_NO_ERROR.
std::string_view ToString(ErrorCode code);

enum class ErrorScope : std::uint8_t {
  kConnection,  // close the connection with the code
  kStream,      // reset the stream and stop reading it with the code; the connection goes on
};

// `reason` is a string literal that names the broken rule.
struct Error {
  ErrorCode code = ErrorCode::kNoError;
  const char* reason = "";
  ErrorScope scope = ErrorScope::kConnection;
};

constexpr Error ConnectionError(ErrorCode code, const char* reason) {
  return {code, reason, ErrorScope::kConnection};
}
constexpr Error StreamError(ErrorCode code, const char* reason) {
  return {code, reason, ErrorScope::kStream};
}
// Every QPACK error is a connection error. RFC 9204 §2.2.3, §4.3, §4.4.
constexpr Error FromQpack(const qpack::Error& error) {
  return ConnectionError(static_cast<ErrorCode>(error.code), error.reason);
}

template <typename T>
using Result = quic::Result<T, Error>;

}  // namespace quiesce::http3
