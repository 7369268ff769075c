#include "quic/io/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "quic/base/check.h"

namespace quiesce::quic {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { QUIESCE_CHECK(fd_.valid()); }

void Wakeup::Signal() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is at its end, and then it is readable anyway.
  [[maybe_unused]] const auto written = write(fd_.get(), &one, sizeof one);
}

void Wakeup::Clear() const {
  std::uint64_t count;
  // Fails only when nothing was signalled.
  [[maybe_unused]] const auto taken = read(fd_.get(), &count, sizeof count);
}

}  // namespace quiesce::quic
