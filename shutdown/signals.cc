#include "shutdown/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "quic/base/check.h"

namespace quiesce::shutdown {

Signals::Signals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int each : {SIGTERM, SIGINT, SIGQUIT}) sigaddset(&ours, each);
  QUIESCE_CHECK(pthread_sigmask(SIG_BLOCK, &ours, &before_) == 0);
  fd_ = quic::FileDescriptor(signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC));
  QUIESCE_CHECK(fd_.valid());
}

Signals::~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

int Signals::TakeAll() {
  int count = 0;
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) ++count;
  return count;
}

}  // namespace quiesce::shutdown
