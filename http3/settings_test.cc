#include "http3/settings.h"

#include <gtest/gtest.h>

#include "http3/grease.h"
#include "http3/integer_reader.h"

namespace quiesce::http3 {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Payload(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> pairs) {
  Bytes out;
  for (const auto& [id, value] : pairs) {
    AppendInteger(id, out);
    AppendInteger(value, out);
  }
  return out;
}

std::string_view ErrorOf(const Bytes& payload) {
  const Result<Settings> settings = ReadSettings(payload);
  if (settings.ok()) return "";
  EXPECT_EQ(settings.error().scope, ErrorScope::kConnection);
  return ToString(settings.error().code);
}

// RFC 9114 §7.2.4.1, RFC 9204 §5: the values in force until SETTINGS says otherwise.
TEST(Settings, StartWithTheirDefaults) {
  const Result<Settings> settings = ReadSettings({});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(*settings, Settings{});
  EXPECT_EQ(settings->max_field_section_size, kUnlimitedFieldSection);
  EXPECT_EQ(settings->qpack_max_table_capacity, 0u);
}

// Walks the table.
TEST(Settings, EveryRowRoundTrips) {
  for (const SettingRow& row : SettingTable()) {
    Settings settings;
    settings.*row.field = 1;
    Bytes frame;
    AppendSettingsFrame(settings, 12345, frame);
    ASSERT_EQ(frame[0], 0x04);
    ASSERT_EQ(frame[1], frame.size() - 2);
    const Result<Settings> read = ReadSettings(std::span(frame).subspan(2));
    ASSERT_TRUE(read.ok()) << row.name;
    EXPECT_EQ(*read, settings) << row.name;

    const Result<Settings> most = ReadSettings(Payload({{row.id, row.max}}));
    ASSERT_TRUE(most.ok());
    EXPECT_EQ((*most).*row.field, row.max);
    if (row.max < kUnlimitedFieldSection) {
      EXPECT_EQ(ErrorOf(Payload({{row.id, row.max + 1}})), "H3_SETTINGS_ERROR") << row.name;
    }
  }
}

// H3-17, RFC 9114 §7.2.4.
TEST(Settings, RefusesKnownIdentifiersTwice) {
  for (const SettingRow& row : SettingTable()) {
    EXPECT_EQ(ErrorOf(Payload({{row.id, 1}, {0x21, 0}, {row.id, 1}})), "H3_SETTINGS_ERROR");
  }
  EXPECT_EQ(ErrorOf(Payload({{0x21, 1}, {0x21, 1}, {0x99, 0}, {0x99, 0}})), "");
}

// H3-18, H3S-H10, RFC 9114 §7.2.4.1.
TEST(Settings, RefusesIdentifiersOfHttp2) {
  for (const std::uint64_t id : {0x00, 0x02, 0x03, 0x04, 0x05}) {
    EXPECT_EQ(ErrorOf(Payload({{id, 200}})), "H3_SETTINGS_ERROR") << id;
    EXPECT_EQ(ErrorOf(Payload({{0x06, 1}, {id, 0}})), "H3_SETTINGS_ERROR") << id;
  }
}

// H3-19: unknown ones, in number and in long forms.
TEST(Settings, IgnoresUnknownIdentifiers) {
  Bytes payload{0xc0, 0, 0, 0, 0, 0, 0, 0x06, 0xc0, 0, 0, 0, 0, 0, 0x10, 0x00};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    AppendInteger(0x1f * i + 0x21, payload);
    AppendInteger(i, payload);
  }
  const Result<Settings> settings = ReadSettings(payload);
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(*settings, (Settings{.max_field_section_size = 0x1000}));
}

// H3-09, RFC 9114 §7.1: cut at each byte.
TEST(Settings, RefusesTruncatedPairs) {
  const Bytes payload = Payload({{0x06, 5000}, {0x4000, 70'000}});
  for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
    const Bytes head(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(cut));
    EXPECT_EQ(ErrorOf(head), cut == 0 || cut == 3 || cut == payload.size() ? "" : "H3_FRAME_ERROR");
  }
}

// RFC 9114 §7.2.4.1: at least one reserved identifier, and nothing that equals its default.
TEST(Settings, SendsOneReservedIdentifier) {
  for (const std::uint64_t random : {0ull, 1ull, 77777ull, ~0ull}) {
    Bytes frame;
    AppendSettingsFrame({}, random, frame);
    IntegerReader reader;
    std::span<const std::uint8_t> rest = std::span(frame).subspan(2);
    const auto id = reader.Read(rest);
    ASSERT_TRUE(id.has_value());
    EXPECT_GE(*id, 0x21u);
    EXPECT_EQ((*id - 0x21) % 0x1f, 0u);
    EXPECT_TRUE(reader.Read(rest).has_value());
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Grease, CoversTheReservedIdentifiersAndNoMore) {
  EXPECT_EQ(GreaseId(0), 0x21u);
  EXPECT_EQ(GreaseId(1), 0x40u);
  constexpr std::uint64_t kLast = 0x3ffffffffffffffe;  // RFC 9114 §11.2.2
  EXPECT_EQ(GreaseId((kLast - 0x21) / 0x1f), kLast);
  EXPECT_EQ(GreaseId((kLast - 0x21) / 0x1f + 1), 0x21u);
}

}  // namespace
}  // namespace quiesce::http3
