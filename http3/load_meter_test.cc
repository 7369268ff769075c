#include "http3/load_meter.h"

#include <gtest/gtest.h>

namespace quiesce::http3 {
namespace {

// RFC 9114 §10.5: what means nothing is bounded.
TEST(LoadMeter, IgnoredBytesAddUp) {
  const Config config{.ignored_bytes_max = 3000};
  LoadMeter meter(config);
  meter.OnIgnored(3000);
  EXPECT_EQ(meter.excess(), nullptr);
  meter.OnIgnored(1);
  EXPECT_NE(meter.excess(), nullptr);
}

TEST(LoadMeter, UsefulBytesGiveCreditButNotInAdvance) {
  const Config config{.ignored_bytes_max = 3000};
  LoadMeter meter(config);
  for (int i = 0; i < 100; ++i) meter.OnSection();
  meter.OnIgnored(3000);
  meter.OnData(10);
  meter.OnIgnored(10);
  EXPECT_EQ(meter.excess(), nullptr);
  meter.OnIgnored(1);
  EXPECT_NE(meter.excess(), nullptr);
}

TEST(LoadMeter, OneLargeBodyDoesNotPayForEverything) {
  const Config config{.ignored_bytes_max = 3000};
  LoadMeter meter(config);
  meter.OnIgnored(3000);
  meter.OnData(1'000'000);
  meter.OnIgnored(1025);
  EXPECT_NE(meter.excess(), nullptr);
}

TEST(LoadMeter, AnsweredRequestsOutweighCancelledOnes) {
  const Config config{.unanswered_requests_max = 10};
  LoadMeter meter(config);
  for (int i = 0; i < 1000; ++i) {
    meter.OnUnanswered();
    meter.OnAnswered();
  }
  for (int i = 0; i < 10; ++i) meter.OnUnanswered();
  EXPECT_EQ(meter.excess(), nullptr);
  meter.OnUnanswered();
  EXPECT_NE(meter.excess(), nullptr);
}

TEST(LoadMeter, PartialSectionsOfAllStreamsShareOneLimit) {
  const Config config{.field_section_bytes_max = 1024, .partial_sections_bytes_max = 1500};
  LoadMeter meter(config);
  meter.OnPartialSection(0, 800);
  meter.OnPartialSection(0, 700);
  EXPECT_FALSE(meter.partial_sections_full());
  meter.OnPartialSection(700, 701);
  EXPECT_TRUE(meter.partial_sections_full());
  meter.OnPartialSection(800, 0);
  EXPECT_FALSE(meter.partial_sections_full());
}

}  // namespace
}  // namespace quiesce::http3
