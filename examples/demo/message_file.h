// Messages that one process leaves for another: a file in memory, open in both. Writing never
// waits, and what was written outlives the writer.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "quic/io/file_descriptor.h"

namespace quiesce::examples {

class MessageFile {
 public:
  // Before the fork. nullopt, with one line in `error`, when the system has none.
  static std::optional<MessageFile> Create(std::string& error);

  [[nodiscard]] bool Write(std::string_view message);
  // The next one that this process has not read; nullopt when there is none, or not all of it.
  std::optional<std::string> Read();

 private:
  explicit MessageFile(quic::FileDescriptor fd) : fd_(std::move(fd)) {}

  quic::FileDescriptor fd_;
  off_t read_ = 0;
};

}  // namespace quiesce::examples
