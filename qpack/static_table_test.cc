#include "qpack/static_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace quiesce::qpack {
namespace {

std::string Unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

// QP-02, RFC 9204 Appendix A, as text.
TEST(StaticTable, EqualsTheTableInTheRfc) {
  std::ifstream file("qpack/testdata/rfc9204_static_table.csv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "index,name,value");
  std::size_t entries = 0;
  for (; std::getline(file, line); ++entries) {
    const std::size_t comma = line.find(','), second = line.find(',', comma + 1);
    ASSERT_EQ(std::stoul(line), entries);
    const StaticEntry* entry = StaticEntryAt(entries);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->name, line.substr(comma + 1, second - comma - 1));
    EXPECT_EQ(entry->value, Unquoted(line.substr(second + 1)));
  }
  EXPECT_EQ(entries, kStaticTableSize);
}

// QP-09, RFC 9204 §3.1.
TEST(StaticTable, HasNothingPastItsEnd) {
  EXPECT_EQ(StaticEntryAt(99), nullptr);
  EXPECT_EQ(StaticEntryAt(~std::uint64_t{0}), nullptr);
}

TEST(StaticTable, FindsEveryEntryByNameAndValue) {
  for (std::size_t i = 0; i < kStaticTableSize; ++i) {
    const StaticEntry& entry = *StaticEntryAt(i);
    const StaticMatch match = FindStatic(entry.name, entry.value);
    EXPECT_EQ(match.kind, StaticMatchKind::kNameAndValue);
    EXPECT_EQ(match.index, i);
  }
}

TEST(StaticTable, FindsTheLowestIndexOfAName) {
  for (std::size_t i = 0; i < kStaticTableSize; ++i) {
    const StaticEntry& entry = *StaticEntryAt(i);
    std::size_t lowest = 0;
    while (StaticEntryAt(lowest)->name != entry.name) ++lowest;
    const StaticMatch match = FindStatic(entry.name, std::string(entry.value) + "!");
    EXPECT_EQ(match.kind, StaticMatchKind::kName);
    EXPECT_EQ(match.index, lowest);
  }
}

TEST(StaticTable, DoesNotFindWhatIsNotThere) {
  EXPECT_EQ(FindStatic("", "").kind, StaticMatchKind::kNone);
  EXPECT_EQ(FindStatic("x", "/").kind, StaticMatchKind::kNone);
  for (std::size_t i = 0; i < kStaticTableSize; ++i) {
    std::string name(StaticEntryAt(i)->name);
    name[name.size() / 3] = '~';  // the hash may be the same, the name is not
    EXPECT_EQ(FindStatic(name, StaticEntryAt(i)->value).kind, StaticMatchKind::kNone);
  }
}

}  // namespace
}  // namespace quiesce::qpack
