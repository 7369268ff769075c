#include "examples/demo/oracle.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <limits>

namespace quiesce::examples {

std::unique_ptr<Oracle> Oracle::Create(std::size_t keys_max, std::string& error) {
  void* memory = mmap(nullptr, keys_max, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    error = std::string("mmap: ") + std::strerror(errno);
    return nullptr;
  }
  return std::unique_ptr<Oracle>(new Oracle({static_cast<std::uint8_t*>(memory), keys_max}));
}

Oracle::~Oracle() { munmap(executions_.data(), executions_.size()); }

bool Oracle::Count(std::uint32_t key) {
  if (key >= executions_.size()) return false;
  if (executions_[key] < std::numeric_limits<std::uint8_t>::max()) ++executions_[key];
  return true;
}

}  // namespace quiesce::examples
