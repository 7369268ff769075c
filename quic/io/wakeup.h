// Makes another thread's EventLoop return: an eventfd to watch.
#pragma once

#include "quic/io/file_descriptor.h"

namespace quiesce::quic {

class Wakeup {
 public:
  Wakeup();

  // Any thread. Makes fd() readable until Clear().
  void Signal() const;
  // The watching thread, before it looks for what the signal was about.
  void Clear() const;

  int fd() const { return fd_.get(); }

 private:
  FileDescriptor fd_;
};

}  // namespace quiesce::quic
