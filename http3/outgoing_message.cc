#include "http3/outgoing_message.h"

#include <algorithm>

namespace quiesce::http3 {

OutgoingMessage::OutgoingMessage(quic::Transport& transport, quic::StreamId id,
                                 std::size_t data_frame_bytes_max)
    : stream_(transport, id), data_frame_bytes_max_(data_frame_bytes_max) {}

SendStatus OutgoingMessage::SendInterim(std::span<const std::uint8_t> section) {
  if (const SendStatus status = Expect(State::kExpectHead); status != SendStatus::kOk)
    return status;
  AppendSection(section, false);
  return SendStatus::kOk;
}

SendStatus OutgoingMessage::SendHead(std::span<const std::uint8_t> section, BodyLength length,
                                     bool end) {
  if (const SendStatus status = Expect(State::kExpectHead); status != SendStatus::kOk)
    return status;
  // RFC 9114 §4.1.2: a message that ends here must not have declared a body.
  if (end && !length.OnEnd()) return SendStatus::kOutOfOrder;
  length_ = length;
  state_ = end ? State::kEnded : State::kBody;
  AppendSection(section, end);
  return SendStatus::kOk;
}

SendStatus OutgoingMessage::SendTrailers(std::span<const std::uint8_t> section) {
  if (const SendStatus status = Expect(State::kBody); status != SendStatus::kOk) return status;
  if (!length_->OnEnd()) return SendStatus::kOutOfOrder;
  state_ = State::kEnded;
  AppendSection(section, true);
  return SendStatus::kOk;
}

BodyResult OutgoingMessage::WriteBody(std::span<const std::uint8_t> bytes, bool end) {
  if (state_ == State::kStopped) return {BodyStatus::kClosed, 0};
  if (state_ != State::kBody) return {BodyStatus::kOutOfOrder, 0};
  BodyLength length = *length_;
  // RFC 9114 §4.1.2: what the peer would call malformed does not leave.
  if (!length.OnData(bytes.size()) || (end && !length.OnEnd()))
    return {BodyStatus::kWrongLength, 0};

  std::size_t accepted = 0;
  while (accepted < bytes.size() && stream_.flushed() && !stream_.stopped()) {
    const std::size_t count = std::min(bytes.size() - accepted, data_frame_bytes_max_);
    const bool last = end && accepted + count == bytes.size();
    AppendData(bytes.subspan(accepted, count), last);
    accepted += count;
  }
  if (stream_.stopped()) {
    NoteStopped();
    return {BodyStatus::kClosed, 0};
  }
  if (!length_->OnData(accepted)) return {BodyStatus::kWrongLength, 0};
  if (accepted < bytes.size()) {
    writer_waits_ = true;
    return {BodyStatus::kBlocked, accepted};
  }
  if (end) {
    state_ = State::kEnded;
    if (bytes.empty()) stream_.Append({}, true);
    NoteStopped();
  }
  return {BodyStatus::kOk, accepted};
}

bool OutgoingMessage::HandleWritable() {
  stream_.Flush();
  NoteStopped();
  if (!writer_waits_ || !stream_.flushed()) return false;
  writer_waits_ = false;
  return state_ == State::kBody;
}

void OutgoingMessage::Stop() {
  stream_.Stop();
  state_ = State::kStopped;
}

SendStatus OutgoingMessage::Expect(State state) const {
  if (state_ == State::kStopped) return SendStatus::kClosed;
  return state_ == state ? SendStatus::kOk : SendStatus::kOutOfOrder;
}

void OutgoingMessage::AppendSection(std::span<const std::uint8_t> section, bool end) {
  std::vector<std::uint8_t> frame;
  frame.reserve(section.size() + 16);
  AppendFrameHeader(FrameType::kHeaders, section.size(), frame);
  frame.insert(frame.end(), section.begin(), section.end());
  stream_.Append(frame, end);
  NoteStopped();
}

void OutgoingMessage::AppendData(std::span<const std::uint8_t> bytes, bool end) {
  std::vector<std::uint8_t> header;
  AppendFrameHeader(FrameType::kData, bytes.size(), header);
  stream_.Append(header);
  stream_.Append(bytes, end);
}

void OutgoingMessage::NoteStopped() {
  if (stream_.stopped()) state_ = State::kStopped;
}

}  // namespace quiesce::http3
