#include "quic/stream/intrusive_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace quiesce::quic {
namespace {

struct Item {
  int value;
  ListLink<Item> link;
};
using List = IntrusiveList<Item, &Item::link>;

std::vector<int> Drain(List& list) {
  std::vector<int> values;
  while (!list.empty()) values.push_back(list.PopFront().value);
  return values;
}

TEST(IntrusiveList, KeepsTheOrderOfArrival) {
  List list;
  Item a{1, {}}, b{2, {}}, c{3, {}};
  list.PushBack(a);
  list.PushBack(b);
  list.PushBack(c);
  EXPECT_EQ(Drain(list), (std::vector<int>{1, 2, 3}));
}

TEST(IntrusiveList, PushingTwiceKeepsTheFirstPlace) {
  List list;
  Item a{1, {}}, b{2, {}};
  list.PushBack(a);
  list.PushBack(b);
  list.PushBack(a);
  EXPECT_EQ(Drain(list), (std::vector<int>{1, 2}));
}

TEST(IntrusiveList, RemovesFromAnyPlace) {
  for (int removed = 1; removed <= 3; ++removed) {
    List list;
    Item items[] = {{1, {}}, {2, {}}, {3, {}}};
    std::vector<int> expected;
    for (Item& item : items) {
      list.PushBack(item);
      if (item.value != removed) expected.push_back(item.value);
    }
    list.Remove(items[removed - 1]);
    list.Remove(items[removed - 1]);
    EXPECT_EQ(Drain(list), expected);
  }
}

}  // namespace
}  // namespace quiesce::quic
