// One packet's payload for tests: parts write into it, the test reads the frames back.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quic/base/result.h"
#include "quic/base/token.h"
#include "quic/stream/packet_writer.h"
#include "quic/wire/cursor.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {

class TestPacket {
 public:
  explicit TestPacket(std::size_t room = 1200)
      : buffer_(room), writer_(buffer_), packet_(writer_, tokens_) {}
  TestPacket(const TestPacket&) = delete;
  TestPacket& operator=(const TestPacket&) = delete;

  PacketWriter& out() { return packet_; }
  const std::vector<SentToken>& tokens() const { return tokens_; }
  std::size_t size() const { return writer_.position(); }

  // The frames written so far; their data points into this packet.
  std::vector<Frame> Frames() const {
    std::vector<Frame> frames;
    Reader reader(std::span<const std::uint8_t>(buffer_).first(size()));
    while (!reader.empty()) {
      Result<Frame> frame = ReadFrame(reader);
      if (!frame.ok()) {
        ADD_FAILURE() << frame.error().reason;
        break;
      }
      frames.push_back(*frame);
    }
    return frames;
  }

  // The frames of one type, in order.
  template <typename F>
  std::vector<F> Only() const {
    std::vector<F> found;
    for (const Frame& frame : Frames()) {
      if (const F* match = std::get_if<F>(&frame)) found.push_back(*match);
    }
    return found;
  }

 private:
  std::vector<std::uint8_t> buffer_;
  Writer writer_;
  std::vector<SentToken> tokens_;
  PacketWriter packet_;
};

// Bytes that tell their offset, so that a misplaced one shows.
inline std::vector<std::uint8_t> Pattern(std::uint64_t offset, std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint64_t position = offset + i;
    bytes[i] = static_cast<std::uint8_t>(position * 131 + (position >> 8) * 17 + (position >> 16));
  }
  return bytes;
}

}  // namespace quiesce::quic
