// A control, request or push stream, frame by frame, in one piece and byte by byte. The first byte
// chooses.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "http3/frame_reader.h"
#include "http3/frames.h"
#include "http3/settings.h"
#include "quic/base/check.h"
#include "quic/base/types.h"

namespace quiesce::http3 {
namespace {

constexpr std::uint64_t kMaxSection = 512;

// What a reader says about a stream, with DATA joined.
class Transcript {
 public:
  explicit Transcript(const FrameReaderConfig& config) : reader_(config) {}

  void Feed(std::span<const std::uint8_t> bytes) {
    while (!failed_) {
      const Result<FrameItem> item = reader_.Next(bytes);
      QUIESCE_CHECK(reader_.buffered_bytes() <= kMaxSection);
      if (!item) {
        text_ += ToString(item.error().code);
        failed_ = true;
      } else if (std::holds_alternative<NeedMore>(*item)) {
        QUIESCE_CHECK(bytes.empty());
        return;
      } else {
        Note(*item);
      }
    }
  }

  std::string End() {
    if (!failed_ && !reader_.HandleEnd().ok()) text_ += "truncated";
    return text_;
  }

 private:
  void Note(const FrameItem& item) {
    if (const auto* header = std::get_if<FrameHeader>(&item)) {
      text_ += ToString(header->type);
    } else if (const auto* data = std::get_if<DataPayload>(&item)) {
      text_.append(data->bytes.begin(), data->bytes.end());
    } else {
      const auto& payload = std::get<FramePayload>(item);
      text_.append(payload.bytes.begin(), payload.bytes.end());
      (void)ReadSettings(payload.bytes);
      (void)ReadPayload<GoawayFrame>(payload.bytes);
    }
  }

  FrameReader reader_;
  bool failed_ = false;
  std::string text_;
};

}  // namespace
}  // namespace quiesce::http3

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quiesce::http3;
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  const FrameReaderConfig config{
      .stream = static_cast<StreamKind>(data[0] % 3),
      .sender = data[0] & 0x80 ? quiesce::quic::Perspective::kServer
                               : quiesce::quic::Perspective::kClient,
      .max_section_bytes = kMaxSection,
      .max_settings_bytes = kMaxSection,
  };
  Transcript whole(config), piecewise(config);
  whole.Feed(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) piecewise.Feed(bytes.subspan(i, 1));
  QUIESCE_CHECK(whole.End() == piecewise.End());
  return 0;
}
