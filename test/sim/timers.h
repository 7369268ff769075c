// What a host has set out to do later, in order of time.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "test/sim/node.h"

namespace quiesce::sim {

class Timers {
 public:
  using Task = std::function<void(Instant)>;

  void Add(Instant when, Task task) { tasks_.emplace(when, std::move(task)); }
  void RunDue(Instant now) {
    while (!tasks_.empty() && tasks_.begin()->first <= now) {
      const Task task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      task(now);
    }
  }
  std::optional<Instant> NextTimeout() const {
    if (tasks_.empty()) return std::nullopt;
    return tasks_.begin()->first;
  }
  void Clear() { tasks_.clear(); }

 private:
  std::multimap<Instant, Task> tasks_;
};

}  // namespace quiesce::sim
