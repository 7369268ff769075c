#include "quic/stream/stream_config.h"

#include <gtest/gtest.h>

#include <string_view>

#include "quic/wire/frames.h"

namespace quiesce::quic {
namespace {

std::string_view BadField(const StreamConfig& config) {
  const auto error = config.Validate();
  return error ? error->field : "";
}

TEST(StreamConfig, DefaultsAreValid) { EXPECT_FALSE(StreamConfig{}.Validate()); }

TEST(StreamConfig, NamesTheFirstBadField) {
  const ByteCount too_large(kMaxVarint + 1);
  EXPECT_EQ(BadField({.initial_max_data = too_large}), "initial_max_data");
  EXPECT_EQ(BadField({.connection_window_max = ByteCount(1)}), "connection_window_max");
  EXPECT_EQ(BadField({.connection_window_max = too_large}), "connection_window_max");
  EXPECT_EQ(BadField({.initial_max_stream_data = too_large}), "initial_max_stream_data");
  EXPECT_EQ(BadField({.stream_window_max = ByteCount(1)}), "stream_window_max");
  EXPECT_EQ(BadField({.max_streams_bidi = kMaxStreamCount + 1}), "max_streams_bidi");
  EXPECT_EQ(BadField({.max_streams_uni = kMaxStreamCount + 1}), "max_streams_uni");
  EXPECT_EQ(BadField({.max_unsent_per_stream = ByteCount(0)}), "max_unsent_per_stream");
  EXPECT_EQ(BadField({.max_send_buffer = ByteCount(1)}), "max_send_buffer");
}

}  // namespace
}  // namespace quiesce::quic
