// What can be wrong with a peer's QPACK bytes. RFC 9204 §6.
#pragma once

#include <cstdint>
#include <string_view>

namespace quiesce::qpack {

// Every one is a connection error in HTTP/3.
enum class ErrorCode : std::uint64_t {
  kDecompressionFailed = 0x0200,  // an encoded field section
  kEncoderStreamError = 0x0201,   // the peer's encoder stream
  kDecoderStreamError = 0x0202,   // the peer's decoder stream
};

constexpr std::string_view ToString(ErrorCode code) {
  switch (code) {
    case ErrorCode::kDecompressionFailed:
      return "QPACK_DECOMPRESSION_FAILED";
    case ErrorCode::kEncoderStreamError:
      return "QPACK_ENCODER_STREAM_ERROR";
    case ErrorCode::kDecoderStreamError:
      return "QPACK_DECODER_STREAM_ERROR";
  }
  return "unknown";
}

// `reason` is a string literal that names the broken rule.
struct Error {
  ErrorCode code = ErrorCode::kDecompressionFailed;
  const char* reason = "";
};

}  // namespace quiesce::qpack
