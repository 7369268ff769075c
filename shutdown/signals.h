// SIGTERM, SIGINT and SIGQUIT as messages to a loop: nothing runs in a signal's context.
#pragma once

#include <signal.h>

#include "quic/io/file_descriptor.h"

namespace quiesce::shutdown {

// Lives in main(), before other threads are made: they inherit that the signals are blocked, or one
// of them would take the signal and end the process.
class Signals {
 public:
  // Blocks the three for the calling thread and collects them.
  Signals();
  // As it was before; a signal that was not taken is delivered then.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Readable while a signal waits.
  int fd() const { return fd_.get(); }
  // How many signals came since the last call. The same signal twice before it is taken counts
  // once: that is how the system keeps them.
  int TakeAll();

 private:
  sigset_t before_;
  quic::FileDescriptor fd_;
};

}  // namespace quiesce::shutdown
