#include "quic/base/state_machine.h"

#include <gtest/gtest.h>

#include <string_view>

namespace quiesce::quic {
namespace {

enum class Door { kOpen, kClosed };
enum class Push { kShut, kPull };
constexpr Transition<Door, Push> kDoor[] = {
    {Door::kOpen, Push::kShut, Door::kClosed},
    {Door::kClosed, Push::kPull, Door::kOpen},
};
std::string_view ToString(Door door) { return door == Door::kOpen ? "open" : "closed"; }
std::string_view ToString(Push push) { return push == Push::kShut ? "shut" : "pull"; }

TEST(StateMachine, MovesOnlyAlongItsRows) {
  StateMachine<Door, Push, kDoor> door(Door::kOpen);
  EXPECT_FALSE(door.Allows(Push::kPull));
  EXPECT_FALSE(door.Apply(Push::kPull));
  EXPECT_EQ(door.state(), Door::kOpen);
  EXPECT_TRUE(door.Apply(Push::kShut));
  EXPECT_EQ(door.state(), Door::kClosed);
}

TEST(StateMachine, PrintsItsTable) {
  EXPECT_EQ((PrintTransitions<Door, Push>(kDoor)),
            "open -> closed : shut\nclosed -> open : pull\n");
}

}  // namespace
}  // namespace quiesce::quic
