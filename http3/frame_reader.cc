#include "http3/frame_reader.h"

#include <algorithm>

namespace quiesce::http3 {
namespace {

// RFC 9000 §16: the longest variable-length integer, hence the longest payload of one.
constexpr std::uint64_t kMaxIntegerLength = 8;

}  // namespace

Result<FrameItem> FrameReader::Next(std::span<const std::uint8_t>& bytes) {
  for (;;) {
    switch (state_) {
      case State::kType: {
        if (!buffer_.empty()) buffer_ = {};  // the payload given out by the last call
        const std::optional<std::uint64_t> type = integer_.Read(bytes);
        if (!type) return FrameItem(NeedMore{});
        QUIESCE_RETURN_IF_ERROR(HandleType(*type));
        break;
      }
      case State::kLength: {
        const std::optional<std::uint64_t> length = integer_.Read(bytes);
        if (!length) return FrameItem(NeedMore{});
        remaining_ = *length;
        if (row_ != nullptr) return HandleLength();
        state_ = State::kSkip;
        break;
      }
      case State::kData: {
        const std::span<const std::uint8_t> part = Take(bytes);
        if (remaining_ == 0) state_ = State::kType;
        if (!part.empty()) return FrameItem(DataPayload{part});
        if (remaining_ != 0) return FrameItem(NeedMore{});
        break;
      }
      case State::kCollect:
        return Collect(bytes);
      case State::kSkip:
        Take(bytes);
        if (remaining_ != 0) return FrameItem(NeedMore{});
        state_ = State::kType;
        break;
    }
  }
}

Result<void> FrameReader::HandleEnd() const {
  if (at_frame_boundary()) return {};
  return ConnectionError(ErrorCode::kFrameError, "stream ended within a frame");
}

Result<void> FrameReader::HandleType(std::uint64_t type) {
  const bool is_settings = type == static_cast<std::uint64_t>(FrameType::kSettings);
  if (config_.stream == StreamKind::kControl && first_frame_ && !is_settings) {
    // RFC 9114 §6.2.1; an unknown type does not satisfy the rule either, §9.
    return ConnectionError(ErrorCode::kMissingSettings, "control stream starts without SETTINGS");
  }
  QUIESCE_RETURN_IF_ERROR(CheckFramePlace(type, config_.stream, config_.sender));
  if (is_settings && !first_frame_) {  // RFC 9114 §7.2.4
    return ConnectionError(ErrorCode::kFrameUnexpected, "second SETTINGS");
  }
  first_frame_ = false;
  row_ = FindFrame(type);
  state_ = State::kLength;
  return {};
}

Result<FrameItem> FrameReader::HandleLength() {
  QUIESCE_RETURN_IF_ERROR(CheckLength());
  state_ = row_->payload == PayloadKind::kStreamed ? State::kData : State::kCollect;
  return FrameItem(FrameHeader{row_->type, remaining_});
}

// Refuses at its header what would be refused, or not be held, as a whole.
Result<void> FrameReader::CheckLength() const {
  switch (row_->payload) {
    case PayloadKind::kInteger:  // RFC 9114 §7.1
      if (remaining_ == 0) return ConnectionError(ErrorCode::kFrameError, "empty frame payload");
      if (remaining_ > kMaxIntegerLength) {
        return ConnectionError(ErrorCode::kFrameError, "frame payload longer than its fields");
      }
      return {};
    case PayloadKind::kSettings:
      if (remaining_ > config_.max_settings_bytes) {
        return ConnectionError(ErrorCode::kExcessiveLoad, "SETTINGS above the size limit");
      }
      return {};
    case PayloadKind::kSection:  // RFC 9114 §4.2.2, §10.5.1
      if (remaining_ > config_.max_section_bytes) {
        return StreamError(ErrorCode::kExcessiveLoad, "field section above the size limit");
      }
      return {};
    case PayloadKind::kStreamed:
    case PayloadKind::kNone:
      return {};
  }
  return {};
}

std::span<const std::uint8_t> FrameReader::Take(std::span<const std::uint8_t>& bytes) {
  const std::size_t size =
      static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
  const std::span<const std::uint8_t> part = bytes.first(size);
  bytes = bytes.subspan(size);
  remaining_ -= size;
  return part;
}

// A payload that is here as a whole is given out where it lies; one in pieces is put together.
FrameItem FrameReader::Collect(std::span<const std::uint8_t>& bytes) {
  std::span<const std::uint8_t> part = Take(bytes);
  if (!buffer_.empty() || remaining_ != 0) {
    buffer_.insert(buffer_.end(), part.begin(), part.end());
    part = buffer_;
  }
  if (remaining_ != 0) return NeedMore{};
  state_ = State::kType;
  return FramePayload{row_->type, part};
}

}  // namespace quiesce::http3
