#include "quic/connection/remembered_parameters.h"

#include <gtest/gtest.h>

#include <array>

namespace quiesce::quic {
namespace {

TransportParameters Everything() {
  TransportParameters parameters;
  parameters.original_destination_connection_id = ConnectionId(std::array<std::uint8_t, 1>{1});
  parameters.max_idle_timeout_ms = 30'000;
  parameters.stateless_reset_token.emplace();
  parameters.max_udp_payload_size = ByteCount(1500);
  parameters.initial_max_data = ByteCount(1'000);
  parameters.initial_max_stream_data_bidi_local = ByteCount(101);
  parameters.initial_max_stream_data_bidi_remote = ByteCount(102);
  parameters.initial_max_stream_data_uni = ByteCount(103);
  parameters.initial_max_streams_bidi = 10;
  parameters.initial_max_streams_uni = 11;
  parameters.ack_delay_exponent = 7;
  parameters.max_ack_delay_ms = 99;
  parameters.disable_active_migration = true;
  parameters.preferred_address = PreferredAddress{};
  parameters.preferred_address->connection_id = ConnectionId(std::array<std::uint8_t, 1>{2});
  parameters.active_connection_id_limit = 5;
  parameters.initial_source_connection_id = ConnectionId(std::array<std::uint8_t, 1>{3});
  parameters.retry_source_connection_id = ConnectionId(std::array<std::uint8_t, 1>{4});
  parameters.max_datagram_frame_size = ByteCount(1'200);
  return parameters;
}

// TR-310, RFC 9000 §7.4.1: what belongs to one connection is forgotten, everything else is kept.
TEST(RememberedParameters, ForgetWhatBelongsToOneConnection) {
  const auto remembered = DecodeRemembered(EncodeRemembered(Everything()));
  ASSERT_TRUE(remembered.has_value());
  TransportParameters expected = Everything();
  expected.ack_delay_exponent = 3;
  expected.max_ack_delay_ms = 25;
  expected.initial_source_connection_id.reset();
  expected.original_destination_connection_id.reset();
  expected.preferred_address.reset();
  expected.retry_source_connection_id.reset();
  expected.stateless_reset_token.reset();
  EXPECT_EQ(*remembered, expected);
  // Also when the bytes, which may come from a file, hold it.
  const auto stuffed =
      DecodeRemembered(EncodeTransportParameters(Everything(), Perspective::kServer));
  ASSERT_TRUE(stuffed.has_value());
  EXPECT_EQ(*stuffed, expected);
}

TEST(RememberedParameters, DamagedBytesAreNothing) {
  const auto bytes = EncodeRemembered(Everything());
  EXPECT_EQ(DecodeRemembered(std::span(bytes).first(bytes.size() - 1)), std::nullopt);
}

TEST(RememberedParameters, SameOrHigherLimitsAreFine) {
  EXPECT_TRUE(CheckNotReduced(Everything(), Everything()));
  TransportParameters more = Everything();
  more.initial_max_data = ByteCount(5'000);
  more.initial_max_streams_bidi = 1'000;
  more.max_idle_timeout_ms = 1;  // no limit that 0-RTT could break
  EXPECT_TRUE(CheckNotReduced(Everything(), more));
}

TEST(RememberedParameters, EveryLowerLimitIsAViolation) {
  using P = TransportParameters;
  for (const auto field : {&P::initial_max_data, &P::initial_max_stream_data_bidi_local,
                           &P::initial_max_stream_data_bidi_remote, &P::initial_max_stream_data_uni,
                           &P::max_datagram_frame_size}) {
    TransportParameters less = Everything();
    less.*field -= ByteCount(1);
    const auto checked = CheckNotReduced(Everything(), less);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, TransportErrorCode::kProtocolViolation);
  }
  for (const auto field : {&P::initial_max_streams_bidi, &P::initial_max_streams_uni,
                           &P::active_connection_id_limit}) {
    TransportParameters less = Everything();
    --(less.*field);
    EXPECT_FALSE(CheckNotReduced(Everything(), less));
  }
}

}  // namespace
}  // namespace quiesce::quic
