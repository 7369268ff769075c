// Cuts a control, request or push stream into frames, however its bytes arrive. RFC 9114 §7. One
// per stream, owned by whoever reads that stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "http3/error.h"
#include "http3/frames.h"
#include "http3/integer_reader.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

struct FrameReaderConfig {
  StreamKind stream = StreamKind::kRequest;
  quic::Perspective sender = quic::Perspective::kClient;  // who writes this stream
  // Most bytes of one HEADERS or PUSH_PROMISE payload, which is collected before it is given out. A
  // frame that announces more is refused at its header.
  std::uint64_t max_section_bytes = 64 * 1024;
  // Likewise for SETTINGS: some thousand pairs.
  std::uint64_t max_settings_bytes = 16 * 1024;
};

// The header of a known frame that is allowed on this stream, before any of its payload. Comes for
// every such frame, so that the order of frames can be checked at the earliest byte (§4.1).
struct FrameHeader {
  FrameType type{};
  std::uint64_t length = 0;
};

// A part of a DATA payload, inside the bytes given to Next(). A DATA frame of length 0 has none.
struct DataPayload {
  std::span<const std::uint8_t> bytes;
};

// The whole payload of any other known frame. Valid until the next call and as long as the bytes
// given to Next() are.
struct FramePayload {
  FrameType type{};
  std::span<const std::uint8_t> bytes;
};

// Every byte was taken; nothing to report until more arrive.
struct NeedMore {};

using FrameItem = std::variant<NeedMore, FrameHeader, DataPayload, FramePayload>;

class FrameReader {
 public:
  explicit FrameReader(const FrameReaderConfig& config) : config_(config) {}

  // The next item of the stream; removes from the front of `bytes` what it took. Call until
  // NeedMore. Unknown and reserved frames pass without being stored or reported (§9). Errors:
  // H3_FRAME_UNEXPECTED for a frame that may not stand here, see CheckFramePlace;
  // H3_MISSING_SETTINGS when a control stream starts with anything but SETTINGS (§6.2.1), and
  // H3_FRAME_UNEXPECTED for a second SETTINGS (§7.2.4); H3_FRAME_ERROR for a length that cannot
  // hold the frame's integer (§7.1); H3_EXCESSIVE_LOAD above the limits, for a section a stream
  // error. After an error the reader is not to be used again.
  Result<FrameItem> Next(std::span<const std::uint8_t>& bytes);

  // The stream ended cleanly. H3_FRAME_ERROR in the middle of a frame (§7.1). A reset stream is not
  // reported here: it may end anywhere.
  Result<void> HandleEnd() const;

  // Between frames: every byte so far belongs to a complete frame.
  bool at_frame_boundary() const { return state_ == State::kType && !integer_.in_progress(); }
  std::size_t buffered_bytes() const { return buffer_.size(); }

 private:
  enum class State : std::uint8_t { kType, kLength, kData, kCollect, kSkip };

  Result<void> HandleType(std::uint64_t type);
  Result<FrameItem> HandleLength();
  Result<void> CheckLength() const;
  std::span<const std::uint8_t> Take(std::span<const std::uint8_t>& bytes);
  FrameItem Collect(std::span<const std::uint8_t>& bytes);

  FrameReaderConfig config_;
  State state_ = State::kType;
  bool first_frame_ = true;
  IntegerReader integer_;
  const FrameRow* row_ = nullptr;     // of the current frame; nullptr when it is unknown
  std::uint64_t remaining_ = 0;       // payload bytes not yet taken
  std::vector<std::uint8_t> buffer_;  // of a collected payload that came in pieces
};

}  // namespace quiesce::http3
