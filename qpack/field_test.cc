#include "qpack/field.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace quiesce::qpack {
namespace {

TEST(FieldSection, KeepsCopiesInOrder) {
  FieldSection section;
  {
    std::string name = "x-name", value = "a value";
    section.Add(name, value, true);
    section.Add("empty", "");
    name.assign(name.size(), '!');
    value.assign(value.size(), '!');
  }
  ASSERT_EQ(section.size(), 2u);
  EXPECT_EQ(section[0], (Field{"x-name", "a value", true}));
  EXPECT_EQ(section[1], (Field{"empty", "", false}));
}

TEST(FieldSection, ViewsSurviveGrowthAndMove) {
  FieldSection section;
  const std::string_view first = section.Copy("the first text");
  for (int i = 0; i < 1000; ++i) section.Add("name", std::string(100, 'v'));
  EXPECT_EQ(first, "the first text");
  const FieldSection moved = std::move(section);
  EXPECT_EQ(first, "the first text");
  EXPECT_EQ(moved.size(), 1000u);
  EXPECT_EQ(moved[999].value, std::string(100, 'v'));
}

// RFC 9114 §4.2.2: name, value and 32 bytes for each line.
TEST(FieldSection, CountsExpandedSize) {
  FieldSection section;
  EXPECT_EQ(section.expanded_size(), 0u);
  section.Add("abc", "de");
  section.Add("f", "");
  EXPECT_EQ(section.expanded_size(), 37u + 33u);
}

TEST(FieldSection, CommitsPartOfAReservation) {
  FieldSection section;
  std::span<char> room = section.Reserve(10);
  ASSERT_EQ(room.size(), 10u);
  room[0] = 'h';
  room[1] = 'i';
  const std::string_view text = section.Commit(2);
  EXPECT_EQ(text, "hi");
  EXPECT_EQ(section.Copy("there").data(), text.data() + 2);
}

TEST(FieldSection, ClearForgetsLinesAndReusesMemory) {
  FieldSection section;
  section.Add("name", std::string(2000, 'v'));
  const char* memory = section[0].value.data();
  section.Clear();
  EXPECT_TRUE(section.empty());
  const std::string_view text = section.Copy(std::string(2000, 'w'));
  EXPECT_LE(std::abs(text.data() - memory), 4);  // the same block, without the name before it
}

}  // namespace
}  // namespace quiesce::qpack
