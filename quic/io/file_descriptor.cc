#include "quic/io/file_descriptor.h"

#include <unistd.h>

namespace quiesce::quic {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace quiesce::quic
