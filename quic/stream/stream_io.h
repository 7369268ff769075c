// What passes between a stream and the application that reads and writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace quiesce::quic {

// In-order bytes of a receiving half.
struct Readable {
  std::span<const std::uint8_t>
      bytes;         // first contiguous block; valid until the next transport call
  bool fin = false;  // nothing follows `bytes`
};

enum class WriteStatus : std::uint8_t {
  kOk,       // everything was taken
  kBlocked,  // only a part was taken; StreamWritable follows
  kClosed,   // no such sending half: finished, reset, stopped by the peer, or the connection is
             // closing
};

struct WriteResult {
  WriteStatus status = WriteStatus::kOk;
  std::size_t accepted = 0;  // bytes copied
};

}  // namespace quiesce::quic
