#include "http3/settings.h"

#include <array>

#include "http3/frames.h"
#include "http3/grease.h"
#include "http3/integer_reader.h"
#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::http3 {
namespace {

constexpr std::uint64_t kAnyValue = (std::uint64_t{1} << 62) - 1;

// The defaults are those of `Settings`.
constexpr std::array<SettingRow, 5> kTable = {{
    {0x01, "QPACK_MAX_TABLE_CAPACITY", &Settings::qpack_max_table_capacity, kAnyValue},
    {0x06, "MAX_FIELD_SECTION_SIZE", &Settings::max_field_section_size, kAnyValue},
    {0x07, "QPACK_BLOCKED_STREAMS", &Settings::qpack_blocked_streams, kAnyValue},
    {0x08, "ENABLE_CONNECT_PROTOCOL", &Settings::enable_connect_protocol, 1},  // RFC 8441 §3
    {0x33, "H3_DATAGRAM", &Settings::h3_datagram, 1},                          // RFC 9297 §2.1.1
}};

// RFC 9114 §7.2.4.1, §11.2.2: settings of HTTP/2 that have no counterpart.
bool IsReserved(std::uint64_t id) { return id == 0x00 || (id >= 0x02 && id <= 0x05); }

Error SettingsError(const char* reason) {
  return ConnectionError(ErrorCode::kSettingsError, reason);
}

}  // namespace

std::span<const SettingRow> SettingTable() { return kTable; }

Result<Settings> ReadSettings(std::span<const std::uint8_t> payload) {
  Settings settings;
  std::array<bool, kTable.size()> seen{};
  quic::Reader reader(payload);
  while (!reader.empty()) {
    const std::uint64_t id = quic::ReadVarint(reader);
    const std::uint64_t value = quic::ReadVarint(reader);
    if (!reader.ok()) break;
    if (IsReserved(id)) return SettingsError("setting reserved from HTTP/2");
    for (std::size_t i = 0; i < kTable.size(); ++i) {
      if (kTable[i].id != id) continue;
      // RFC 9114 §7.2.4. Unknown identifiers are not remembered, so not compared.
      if (seen[i]) return SettingsError("setting given twice");
      if (value > kTable[i].max) return SettingsError("setting above its maximum");
      seen[i] = true;
      settings.*kTable[i].field = value;
    }
  }
  if (!reader.ok()) {  // RFC 9114 §7.1
    return ConnectionError(ErrorCode::kFrameError, "SETTINGS ends within a setting");
  }
  return settings;
}

void AppendSettingsFrame(const Settings& settings, std::uint64_t random,
                         std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> payload;
  for (const SettingRow& row : kTable) {
    if (settings.*row.field == Settings{}.*row.field) continue;
    AppendInteger(row.id, payload);
    AppendInteger(settings.*row.field, payload);
  }
  AppendInteger(GreaseId(random), payload);  // RFC 9114 §7.2.4.1
  AppendInteger(random >> 58, payload);
  AppendFrameHeader(FrameType::kSettings, payload.size(), out);
  out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace quiesce::http3
