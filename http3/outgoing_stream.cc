#include "http3/outgoing_stream.h"

namespace quiesce::http3 {

bool OutgoingStream::Open() {
  if (id_) return true;
  id_ = transport_.OpenStream(quic::StreamDirection::kUnidirectional);
  if (!id_) return false;
  Flush();
  return true;
}

void OutgoingStream::Append(std::span<const std::uint8_t> bytes, bool fin) {
  if (stopped_) return;
  fin_ = fin_ || fin;
  if (id_ && pending_.empty()) {
    const quic::WriteResult result = transport_.Write(*id_, bytes, fin);
    taken_ += quic::ByteCount(result.accepted);
    if (result.status == quic::WriteStatus::kClosed) return Stop();
    fin_taken_ = fin && result.accepted == bytes.size();
    bytes = bytes.subspan(result.accepted);
  }
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

void OutgoingStream::Flush() {
  if (!id_ || stopped_ || flushed()) return;
  const quic::WriteResult result = transport_.Write(*id_, pending_, fin_);
  taken_ += quic::ByteCount(result.accepted);
  if (result.status == quic::WriteStatus::kClosed) return Stop();
  fin_taken_ = fin_ && result.accepted == pending_.size();
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(result.accepted));
}

void OutgoingStream::Stop() {
  stopped_ = true;
  pending_.clear();
}

}  // namespace quiesce::http3
