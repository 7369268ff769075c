#include "shutdown/process_state.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace quiesce::shutdown {
namespace {

constexpr ProcessState kStates[] = {ProcessState::kRunning,    ProcessState::kUnready,
                                    ProcessState::kStopAccept, ProcessState::kDraining,
                                    ProcessState::kForcing,    ProcessState::kClosingWait,
                                    ProcessState::kExited};
constexpr ProcessEvent kEvents[] = {
    ProcessEvent::kStop,         ProcessEvent::kUnreadyElapsed, ProcessEvent::kAcceptPathEmpty,
    ProcessEvent::kSessionsGone, ProcessEvent::kDeadline,       ProcessEvent::kForce,
    ProcessEvent::kFlushed};

// What an event leads to; nullopt when the table has no row.
std::optional<ProcessState> Next(ProcessState state, ProcessEvent event) {
  ProcessMachine machine(state);
  if (!machine.Apply(event)) {
    EXPECT_EQ(machine.state(), state);
    return std::nullopt;
  }
  return machine.state();
}

// shutdown.md 3.5, row by row; every other pair of state and event has no row.
TEST(ProcessState, TheTableIsTheDesign) {
  std::vector<std::string> rows;
  for (const ProcessState state : kStates) {
    for (const ProcessEvent event : kEvents) {
      if (const auto next = Next(state, event)) {
        rows.push_back(std::string(ToString(state)) + " " + std::string(ToString(event)) + " " +
                       std::string(ToString(*next)));
      }
    }
  }
  EXPECT_EQ(rows, (std::vector<std::string>{
                      "running stop unready",
                      "running force forcing",
                      "unready unready_elapsed stop_accept",
                      "unready force forcing",
                      "stop_accept accept_path_empty draining",
                      "stop_accept force forcing",
                      "draining sessions_gone closing_wait",
                      "draining deadline forcing",
                      "draining force forcing",
                      "forcing sessions_gone closing_wait",
                      "closing_wait flushed exited",
                  }));
}

TEST(ProcessState, EveryStateLeadsToTheExit) {
  for (const ProcessState start : kStates) {
    std::set<ProcessState> reached{start};
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const ProcessState state : std::set<ProcessState>(reached))
        for (const ProcessEvent event : kEvents)
          if (const auto next = Next(state, event)) reached.insert(*next);
    }
    EXPECT_TRUE(reached.contains(ProcessState::kExited)) << ToString(start);
  }
}

TEST(ProcessState, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (const ProcessState state : kStates) names.insert(ToString(state));
  EXPECT_EQ(names.size(), std::size(kStates));
  names.clear();
  for (const ProcessEvent event : kEvents) names.insert(ToString(event));
  EXPECT_EQ(names.size(), std::size(kEvents));
}

}  // namespace
}  // namespace quiesce::shutdown
