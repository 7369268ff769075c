// A state machine whose only way to change state is a table of transitions. The table is data:
// tests walk it, print it as a graph and compare it with the drawing in the specification.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quiesce::quic {

template <typename State, typename Event>
struct Transition {
  State from;
  Event event;
  State to;
};

// `kTable` is a constexpr array of Transition<State, Event>.
template <typename State, typename Event, const auto& kTable>
class StateMachine {
 public:
  constexpr explicit StateMachine(State initial) : state_(initial) {}

  constexpr State state() const { return state_; }

  // Moves along the matching row. Returns false, and stays, when there is none: the caller names
  // the fault, because only it knows whether the peer or the application caused it.
  [[nodiscard]] constexpr bool Apply(Event event) {
    for (const auto& row : kTable) {
      if (row.from == state_ && row.event == event) {
        state_ = row.to;
        return true;
      }
    }
    return false;
  }

  constexpr bool Allows(Event event) const {
    for (const auto& row : kTable)
      if (row.from == state_ && row.event == event) return true;
    return false;
  }

 private:
  State state_;
};

// One line per row, "from -> to : event", in table order. `name` maps states and events to text
// (overloads of ToString in the caller's namespace are found by argument).
template <typename State, typename Event>
std::string PrintTransitions(std::span<const Transition<State, Event>> table) {
  std::string text;
  for (const auto& row : table) {
    text += std::string(ToString(row.from)) + " -> " + std::string(ToString(row.to)) + " : " +
            std::string(ToString(row.event)) + "\n";
  }
  return text;
}

}  // namespace quiesce::quic
