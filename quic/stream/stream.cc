#include "quic/stream/stream.h"

namespace quiesce::quic {

std::size_t Stream::memory_bytes() const {
  std::size_t bytes = sizeof(Stream) + watched_offsets.capacity() * sizeof(ByteCount);
  if (send) bytes += send->buffer().memory_bytes();
  if (recv) bytes += recv->reassembler().memory_bytes();
  return bytes;
}

}  // namespace quiesce::quic
