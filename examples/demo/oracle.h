// Who knows the truth: how often each request was executed. Memory that the server's process and
// its parent share, so that the counts outlive the server however it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace quiesce::examples {

class Oracle {
 public:
  // Before the fork. nullptr, with one line in `error`, when there is no memory.
  static std::unique_ptr<Oracle> Create(std::size_t keys_max, std::string& error);
  ~Oracle();
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  // The server: a request was executed. False when there is no such key.
  bool Count(std::uint32_t key);

  // By key, up to 255 each. The parent, once the server is gone.
  std::span<const std::uint8_t> executions() const { return executions_; }
  std::size_t keys_max() const { return executions_.size(); }

 private:
  explicit Oracle(std::span<std::uint8_t> executions) : executions_(executions) {}

  std::span<std::uint8_t> executions_;
};

}  // namespace quiesce::examples
