// The static table. RFC 9204 §3.1, Appendix A.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quiesce::qpack {

struct StaticEntry {
  std::string_view name;
  std::string_view value;
};

inline constexpr std::size_t kStaticTableSize = 99;

// nullptr for an index past the table.
const StaticEntry* StaticEntryAt(std::uint64_t index);

enum class StaticMatchKind : std::uint8_t { kNone, kName, kNameAndValue };

struct StaticMatch {
  StaticMatchKind kind = StaticMatchKind::kNone;
  std::uint8_t index =
      0;  // with kName the lowest index of that name, which has the shortest encoding
};

// Two hash look-ups from a few bytes of each text, however long they are.
StaticMatch FindStatic(std::string_view name, std::string_view value);

}  // namespace quiesce::qpack
