// SETTINGS: one row per setting. RFC 9114 §7.2.4, RFC 9204 §5, RFC 9220 §3, RFC 9297 §2.1.1.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "http3/error.h"

namespace quiesce::http3 {

inline constexpr std::uint64_t kUnlimitedFieldSection = (std::uint64_t{1} << 62) - 1;

// What one side has said. The initial values are the RFCs' defaults, in force until SETTINGS
// arrives.
struct Settings {
  std::uint64_t qpack_max_table_capacity = 0;                     // bytes
  std::uint64_t max_field_section_size = kUnlimitedFieldSection;  // bytes, RFC 9114 §4.2.2
  std::uint64_t qpack_blocked_streams = 0;
  std::uint64_t enable_connect_protocol = 0;  // 0 or 1; sent by servers
  std::uint64_t h3_datagram = 0;              // 0 or 1

  friend bool operator==(const Settings&, const Settings&) = default;
};

struct SettingRow {
  std::uint64_t id;
  std::string_view name;
  std::uint64_t Settings::*field;
  std::uint64_t max;
};

std::span<const SettingRow> SettingTable();

// Reads a SETTINGS payload; settings that it does not mention keep their defaults, unknown ones are
// ignored. H3_FRAME_ERROR: a truncated pair (§7.1). H3_SETTINGS_ERROR: a value above the row's
// maximum, the HTTP/2 identifiers 0x00 and 0x02 to 0x05 (§7.2.4.1), a known identifier twice
// (§7.2.4).
Result<Settings> ReadSettings(std::span<const std::uint8_t> payload);

// Appends a whole SETTINGS frame: every setting that differs from its default, and one reserved
// identifier with a meaningless value, both drawn from `random` (public randomness; §7.2.4.1).
void AppendSettingsFrame(const Settings& settings, std::uint64_t random,
                         std::vector<std::uint8_t>& out);

}  // namespace quiesce::http3
