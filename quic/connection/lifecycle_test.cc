#include "quic/connection/lifecycle.h"

#include <gtest/gtest.h>

#include <span>

namespace quiesce::quic {
namespace {

using enum LifecycleState;

// RFC 9000 §10, RFC 9001 §4.1.
TEST(Lifecycle, HasExactlyTheTransitionsOfTheSpecification) {
  EXPECT_EQ(PrintTransitions(
                std::span<const Transition<LifecycleState, LifecycleEvent>>(kLifecycleTransitions)),
            "handshaking -> established : handshake_completed\n"
            "handshaking -> closing : close_sent\n"
            "handshaking -> draining : close_received\n"
            "handshaking -> draining : stateless_reset\n"
            "handshaking -> closed : idle_timeout\n"
            "handshaking -> closed : discarded\n"
            "established -> confirmed : handshake_confirmed\n"
            "established -> closing : close_sent\n"
            "established -> draining : close_received\n"
            "established -> draining : stateless_reset\n"
            "established -> closed : idle_timeout\n"
            "established -> closed : discarded\n"
            "confirmed -> closing : close_sent\n"
            "confirmed -> draining : close_received\n"
            "confirmed -> draining : stateless_reset\n"
            "confirmed -> closed : idle_timeout\n"
            "confirmed -> closed : discarded\n"
            "closing -> draining : close_received\n"
            "closing -> draining : stateless_reset\n"
            "closing -> closed : close_period_ended\n"
            "closing -> closed : discarded\n"
            "draining -> closed : close_period_ended\n"
            "draining -> closed : discarded\n");
}

TEST(Lifecycle, LivesFromHandshakeToTheEndOfTheClosingPeriod) {
  Lifecycle lifecycle(kHandshaking);
  EXPECT_TRUE(lifecycle.Apply(LifecycleEvent::kHandshakeCompleted));
  EXPECT_TRUE(lifecycle.Apply(LifecycleEvent::kHandshakeConfirmed));
  EXPECT_TRUE(lifecycle.Apply(LifecycleEvent::kCloseSent));
  EXPECT_TRUE(lifecycle.Apply(LifecycleEvent::kCloseReceived));
  EXPECT_TRUE(lifecycle.Apply(LifecycleEvent::kClosePeriodEnded));
  EXPECT_EQ(lifecycle.state(), kClosed);
}

// RFC 9000 §10.2.2: nothing is sent in draining, so that closing cannot follow it.
TEST(Lifecycle, DrainingNeverTurnsIntoClosing) {
  Lifecycle lifecycle(kDraining);
  EXPECT_FALSE(lifecycle.Apply(LifecycleEvent::kCloseSent));
  EXPECT_EQ(lifecycle.state(), kDraining);
}

TEST(Lifecycle, ConfirmationDoesNotOvertakeCompletion) {
  Lifecycle lifecycle(kHandshaking);
  EXPECT_FALSE(lifecycle.Apply(LifecycleEvent::kHandshakeConfirmed));
}

TEST(Lifecycle, CanBeDiscardedInEveryStateAndLeavesClosedByNone) {
  for (const auto state : {kHandshaking, kEstablished, kConfirmed, kClosing, kDraining}) {
    Lifecycle lifecycle(state);
    EXPECT_TRUE(lifecycle.Apply(LifecycleEvent::kDiscarded)) << ToString(state);
    EXPECT_EQ(lifecycle.state(), kClosed);
  }
  for (const auto& row : kLifecycleTransitions) EXPECT_NE(row.from, kClosed);
}

}  // namespace
}  // namespace quiesce::quic
