#include "http3/error.h"

#include <gtest/gtest.h>

#include <utility>

namespace quiesce::http3 {
namespace {

// RFC 9114 §8.1, RFC 9204 §6, RFC 9297 §5.2.
TEST(Error, CodesHaveTheNamesOfTheRfcs) {
  const std::pair<std::uint64_t, std::string_view> codes[] = {
      {0x33, "H3_DATAGRAM_ERROR"},
      {0x0100, "H3_NO_ERROR"},
      {0x0101, "H3_GENERAL_PROTOCOL_ERROR"},
      {0x0102, "H3_INTERNAL_ERROR"},
      {0x0103, "H3_STREAM_CREATION_ERROR"},
      {0x0104, "H3_CLOSED_CRITICAL_STREAM"},
      {0x0105, "H3_FRAME_UNEXPECTED"},
      {0x0106, "H3_FRAME_ERROR"},
      {0x0107, "H3_EXCESSIVE_LOAD"},
      {0x0108, "H3_ID_ERROR"},
      {0x0109, "H3_SETTINGS_ERROR"},
      {0x010a, "H3_MISSING_SETTINGS"},
      {0x010b, "H3_REQUEST_REJECTED"},
      {0x010c, "H3_REQUEST_CANCELLED"},
      {0x010d, "H3_REQUEST_INCOMPLETE"},
      {0x010e, "H3_MESSAGE_ERROR"},
      {0x010f, "H3_CONNECT_ERROR"},
      {0x0110, "H3_VERSION_FALLBACK"},
      {0x0200, "QPACK_DECOMPRESSION_FAILED"},
      {0x0201, "QPACK_ENCODER_STREAM_ERROR"},
      {0x0202, "QPACK_DECODER_STREAM_ERROR"},
      {0x0111, "unknown"},
      {0x21, "unknown"},
  };
  for (const auto& [code, name] : codes) {
    EXPECT_EQ(ToString(static_cast<ErrorCode>(code)), name);
  }
}

TEST(Error, QpackErrorsCloseTheConnection) {
  const Error error = FromQpack({qpack::ErrorCode::kEncoderStreamError, "why"});
  EXPECT_EQ(error.code, ErrorCode::kQpackEncoderStreamError);
  EXPECT_EQ(error.scope, ErrorScope::kConnection);
  EXPECT_STREQ(error.reason, "why");
}

}  // namespace
}  // namespace quiesce::http3
