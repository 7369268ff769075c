#include "quic/connection/config.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::quic {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string BadField(const ConnectionConfig& config) {
  const auto error = config.Validate();
  return error ? error->field : "";
}

TEST(ConnectionConfig, DefaultsAreValid) { EXPECT_EQ(BadField({}), ""); }

TEST(ConnectionConfig, NamesTheFieldThatIsOutOfRange) {
  EXPECT_EQ(BadField({.idle_timeout = milliseconds(-1)}), "idle_timeout");
  EXPECT_EQ(BadField({.idle_timeout = microseconds(1)}), "idle_timeout");
  EXPECT_EQ(BadField({.idle_timeout = Duration::zero()}), "");
  EXPECT_EQ(BadField({.handshake_timeout = Duration::zero()}), "handshake_timeout");
  EXPECT_EQ(BadField({.keep_alive_interval = milliseconds(-1)}), "keep_alive_interval");
  EXPECT_EQ(BadField({.max_ack_delay = milliseconds(1 << 14)}), "max_ack_delay");
  EXPECT_EQ(BadField({.max_ack_delay = milliseconds((1 << 14) - 1)}), "");
  EXPECT_EQ(BadField({.ack_delay_exponent = 21}), "ack_delay_exponent");
  EXPECT_EQ(BadField({.active_connection_id_limit = 1}), "active_connection_id_limit");
  EXPECT_EQ(BadField({.active_connection_id_limit = 9}), "active_connection_id_limit");
  EXPECT_EQ(BadField({.max_udp_payload_size = ByteCount(1199)}), "max_udp_payload_size");
  EXPECT_EQ(BadField({.max_udp_payload_size = ByteCount(65528)}), "max_udp_payload_size");
  EXPECT_EQ(BadField({.max_datagram_size = ByteCount(1199)}), "max_datagram_size");
  EXPECT_EQ(BadField({.max_datagram_size = ByteCount(65528)}), "max_datagram_size");
  EXPECT_EQ(BadField({.crypto_buffer_limit = ByteCount(4095)}), "crypto_buffer_limit");
  EXPECT_EQ(BadField({.undecryptable_packets_max = 65}), "undecryptable_packets_max");
}

TEST(ConnectionConfig, NamesTheFirstOfSeveralBadFields) {
  EXPECT_EQ(BadField({.ack_delay_exponent = 99, .active_connection_id_limit = 0}),
            "ack_delay_exponent");
}

}  // namespace
}  // namespace quiesce::quic
