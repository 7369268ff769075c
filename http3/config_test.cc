#include "http3/config.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce::http3 {
namespace {

TEST(Config, DefaultsAreValid) { EXPECT_EQ(Config{}.Validate(), nullptr); }

TEST(Config, NamesTheFieldThatIsOutOfRange) {
  const std::pair<const char*, Config> rows[] = {
      {"field_section_bytes_max", {.field_section_bytes_max = 1023}},
      {"partial_sections_bytes_max", {.partial_sections_bytes_max = 1000}},
      {"open_requests_max", {.open_requests_max = 0}},
      {"data_frame_bytes_max", {.data_frame_bytes_max = 0}},
      {"ignored_bytes_max", {.ignored_bytes_max = 0}},
      {"unanswered_requests_max", {.unanswered_requests_max = 0}},
      {"goaway_ack_ptos", {.goaway_ack_ptos = 0}},
      {"goaway_ack_ptos", {.goaway_ack_ptos = 4}},
      {"partial_headers_ptos", {.partial_headers_ptos = 0}},
      {"linger_ptos", {.linger_ptos = 4}},
      {"peer_gone_ptos", {.peer_gone_ptos = 2}},
  };
  for (const auto& [field, config] : rows) {
    const char* bad = config.Validate();
    ASSERT_NE(bad, nullptr) << field;
    EXPECT_EQ(std::string(bad), field);
  }
}

}  // namespace
}  // namespace quiesce::http3
