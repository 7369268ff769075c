// Knows what servers really did: how often each request was executed, counted at the moment at
// which a handler saw it. What clients were told is compared with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace quiesce::sim {

class Oracle {
 public:
  void OnExecuted(std::size_t server, std::uint64_t key) {
    ++executions_[{key, server}];
    ++total_[key];
  }
  unsigned executions(std::size_t server, std::uint64_t key) const {
    const auto found = executions_.find({key, server});
    return found == executions_.end() ? 0 : found->second;
  }
  // By all servers together.
  unsigned executions(std::uint64_t key) const {
    const auto found = total_.find(key);
    return found == total_.end() ? 0 : found->second;
  }

 private:
  std::map<std::pair<std::uint64_t, std::size_t>, unsigned> executions_;
  std::map<std::uint64_t, unsigned> total_;
};

}  // namespace quiesce::sim
