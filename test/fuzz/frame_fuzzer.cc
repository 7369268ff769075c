// The payload of one packet, frame by frame.

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "quic/base/check.h"
#include "quic/base/interval_set.h"
#include "quic/wire/cursor.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/frame_table.h"
#include "quic/wire/frames.h"

namespace quiesce::quic {
namespace {

std::vector<std::uint8_t> Written(const Frame& frame) {
  return std::visit(
      [](const auto& held) {
        std::vector<std::uint8_t> bytes(FrameSize(held));
        Writer writer(bytes);
        QUIESCE_CHECK(WriteFrame(writer, held));
        QUIESCE_CHECK(writer.remaining() == 0);
        return bytes;
      },
      frame);
}

void CheckRanges(const AckFrame& ack) {
  std::uint64_t below = ack.largest_acknowledged.value() + 2;
  std::uint64_t count = 0;
  for (const IntervalSet::Interval range : ack.ranges) {
    QUIESCE_CHECK(range.start < range.end && range.end < below);
    below = range.start;
    ++count;
  }
  QUIESCE_CHECK(count > 0 && count == ack.ranges.size());
}

void Run(std::span<const std::uint8_t> payload) {
  Reader reader(payload);
  while (!reader.empty()) {
    const std::size_t start = reader.position();
    const Result<Frame> frame = ReadFrame(reader);
    if (!frame.ok()) return;
    QUIESCE_CHECK(FindFrameRow(FrameType(*frame)) != nullptr);
    if (const auto* ack = std::get_if<AckFrame>(&*frame)) CheckRanges(*ack);

    // Written again it is no longer than it was, and means the same.
    const std::vector<std::uint8_t> bytes = Written(*frame);
    QUIESCE_CHECK(bytes.size() <= reader.position() - start);
    Reader again(bytes);
    const Result<Frame> copy = ReadFrame(again);
    QUIESCE_CHECK(copy.ok() && again.empty() && copy->index() == frame->index());
    QUIESCE_CHECK(Written(*copy) == bytes);
  }
}

}  // namespace
}  // namespace quiesce::quic

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  quiesce::quic::Run({data, size});
  return 0;
}
