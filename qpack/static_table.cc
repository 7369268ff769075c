#include "qpack/static_table.h"

#include <algorithm>
#include <array>

namespace quiesce::qpack {
namespace {

// RFC 9204 Appendix A; the position is the index.
constexpr std::array<StaticEntry, kStaticTableSize> kEntries = {{
    {":authority", ""},
    {":path", "/"},
    {"age", "0"},
    {"content-disposition", ""},
    {"content-length", "0"},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"referer", ""},
    {"set-cookie", ""},
    {":method", "CONNECT"},
    {":method", "DELETE"},
    {":method", "GET"},
    {":method", "HEAD"},
    {":method", "OPTIONS"},
    {":method", "POST"},
    {":method", "PUT"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "103"},
    {":status", "200"},
    {":status", "304"},
    {":status", "404"},
    {":status", "503"},
    {"accept", "*/*"},
    {"accept", "application/dns-message"},
    {"accept-encoding", "gzip, deflate, br"},
    {"accept-ranges", "bytes"},
    {"access-control-allow-headers", "cache-control"},
    {"access-control-allow-headers", "content-type"},
    {"access-control-allow-origin", "*"},
    {"cache-control", "max-age=0"},
    {"cache-control", "max-age=2592000"},
    {"cache-control", "max-age=604800"},
    {"cache-control", "no-cache"},
    {"cache-control", "no-store"},
    {"cache-control", "public, max-age=31536000"},
    {"content-encoding", "br"},
    {"content-encoding", "gzip"},
    {"content-type", "application/dns-message"},
    {"content-type", "application/javascript"},
    {"content-type", "application/json"},
    {"content-type", "application/x-www-form-urlencoded"},
    {"content-type", "image/gif"},
    {"content-type", "image/jpeg"},
    {"content-type", "image/png"},
    {"content-type", "text/css"},
    {"content-type", "text/html; charset=utf-8"},
    {"content-type", "text/plain"},
    {"content-type", "text/plain;charset=utf-8"},
    {"range", "bytes=0-"},
    {"strict-transport-security", "max-age=31536000"},
    {"strict-transport-security", "max-age=31536000; includesubdomains"},
    {"strict-transport-security", "max-age=31536000; includesubdomains; preload"},
    {"vary", "accept-encoding"},
    {"vary", "origin"},
    {"x-content-type-options", "nosniff"},
    {"x-xss-protection", "1; mode=block"},
    {":status", "100"},
    {":status", "204"},
    {":status", "206"},
    {":status", "302"},
    {":status", "400"},
    {":status", "403"},
    {":status", "421"},
    {":status", "425"},
    {":status", "500"},
    {"accept-language", ""},
    {"access-control-allow-credentials", "FALSE"},
    {"access-control-allow-credentials", "TRUE"},
    {"access-control-allow-headers", "*"},
    {"access-control-allow-methods", "get"},
    {"access-control-allow-methods", "get, post, options"},
    {"access-control-allow-methods", "options"},
    {"access-control-expose-headers", "content-length"},
    {"access-control-request-headers", "content-type"},
    {"access-control-request-method", "get"},
    {"access-control-request-method", "post"},
    {"alt-svc", "clear"},
    {"authorization", ""},
    {"content-security-policy", "script-src 'none'; object-src 'none'; base-uri 'none'"},
    {"early-data", "1"},
    {"expect-ct", ""},
    {"forwarded", ""},
    {"if-range", ""},
    {"origin", ""},
    {"purpose", "prefetch"},
    {"server", ""},
    {"timing-allow-origin", "*"},
    {"upgrade-insecure-requests", "1"},
    {"user-agent", ""},
    {"x-forwarded-for", ""},
    {"x-frame-options", "deny"},
    {"x-frame-options", "sameorigin"},
}};

// Two hash tables, computed when this file is compiled: names, and whole lines. They hold indices
// of kEntries. The hashes look at a length and four bytes; their multipliers were searched for
// until no two names met and hardly any lines did. Nobody can add entries, so text chosen by a peer
// cannot lengthen a probe.
constexpr std::size_t kNameSlots = 256;
constexpr std::size_t kLineSlots = 512;
constexpr std::uint8_t kEmpty = 0xff;

constexpr std::uint32_t Hash(std::string_view text, std::uint32_t multiplier) {
  if (text.empty()) return 0;
  const std::size_t last = text.size() - 1;
  std::uint32_t hash = static_cast<std::uint32_t>(text.size());
  for (const std::size_t i : {std::size_t{0}, last / 2, last - last / 4, last}) {
    hash = hash * multiplier + static_cast<std::uint8_t>(text[i]);
  }
  return hash * multiplier;
}

constexpr std::size_t NameSlot(std::string_view name) { return Hash(name, 0x340b069f) >> 24; }

constexpr std::size_t LineSlot(std::size_t lowest_index, std::string_view value) {
  return (Hash(value, 0x7f071da1) + static_cast<std::uint32_t>(lowest_index) * 0x540276a7) >> 23;
}

struct Tables {
  std::array<std::uint8_t, kNameSlots> names{};         // the lowest index of a name
  std::array<std::uint8_t, kLineSlots> lines{};         // open addressing
  std::array<std::uint8_t, kStaticTableSize> lowest{};  // index -> the lowest index of its name
  bool names_collide = false;
  std::size_t longest_run = 0;  // of occupied slots in `lines`
};

constexpr Tables BuildTables() {
  Tables tables;
  tables.names.fill(kEmpty);
  tables.lines.fill(kEmpty);
  for (std::size_t i = 0; i < kStaticTableSize; ++i) {
    std::size_t lowest = 0;
    while (kEntries[lowest].name != kEntries[i].name) ++lowest;
    tables.lowest[i] = static_cast<std::uint8_t>(lowest);
    if (lowest == i) {
      std::uint8_t& slot = tables.names[NameSlot(kEntries[i].name)];
      tables.names_collide |= slot != kEmpty;
      slot = static_cast<std::uint8_t>(i);
    }
    std::size_t slot = LineSlot(lowest, kEntries[i].value);
    while (tables.lines[slot] != kEmpty) slot = (slot + 1) % kLineSlots;
    tables.lines[slot] = static_cast<std::uint8_t>(i);
  }
  std::size_t run = 0;
  for (std::size_t i = 0; i < 2 * kLineSlots; ++i) {  // twice around, for a run across the end
    run = tables.lines[i % kLineSlots] == kEmpty ? 0 : run + 1;
    tables.longest_run = std::max(tables.longest_run, run);
  }
  return tables;
}

constexpr Tables kTables = BuildTables();
static_assert(!kTables.names_collide);
static_assert(kTables.longest_run <= 4);

}  // namespace

const StaticEntry* StaticEntryAt(std::uint64_t index) {
  return index < kStaticTableSize ? &kEntries[static_cast<std::size_t>(index)] : nullptr;
}

StaticMatch FindStatic(std::string_view name, std::string_view value) {
  const std::uint8_t lowest = kTables.names[NameSlot(name)];
  if (lowest == kEmpty || kEntries[lowest].name != name) return {};
  for (std::size_t slot = LineSlot(lowest, value); kTables.lines[slot] != kEmpty;
       slot = (slot + 1) % kLineSlots) {
    const std::uint8_t index = kTables.lines[slot];
    if (kTables.lowest[index] == lowest && kEntries[index].value == value) {
      return {StaticMatchKind::kNameAndValue, index};
    }
  }
  return {StaticMatchKind::kName, lowest};
}

}  // namespace quiesce::qpack
