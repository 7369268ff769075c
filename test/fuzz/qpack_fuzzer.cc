// A field section, and the two instruction streams, of a hostile peer. The first byte chooses.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "http3/message.h"
#include "qpack/decoder.h"
#include "qpack/encoder.h"
#include "quic/base/check.h"

namespace quiesce::qpack {
namespace {

constexpr std::uint64_t kMaxSize = 4096;

bool SameText(const Field& a, const Field& b) { return a.name == b.name && a.value == b.value; }

// What decodes can be encoded, and decodes to the same again.
void CheckSection(std::span<const std::uint8_t> bytes) {
  Decoder decoder({.max_field_section_size = kMaxSize});
  FieldSection section;
  if (decoder.Decode(0, bytes, section).status != DecodeStatus::kDecoded) return;
  QUIESCE_CHECK(section.expanded_size() <= kMaxSize);

  std::vector<std::uint8_t> encoded;
  Encoder().Encode(0, section.fields(), encoded);
  FieldSection again;
  QUIESCE_CHECK(decoder.Decode(0, encoded, again).status == DecodeStatus::kDecoded);
  QUIESCE_CHECK(std::ranges::equal(section.fields(), again.fields(), SameText));

  (void)http3::CheckTrailers(section);
  (void)http3::ParseResponseHead(std::move(section));
  const auto head = http3::ParseRequestHead(std::move(again), {.extended_connect = true});
  QUIESCE_CHECK(!head.ok() || !head->method.empty());
}

// Bytes mean the same however they arrive.
template <typename Handle>
void CheckStream(std::span<const std::uint8_t> bytes, Handle whole, Handle piecewise) {
  std::optional<Error> error;
  for (std::size_t i = 0; i < bytes.size() && !error; ++i) error = piecewise(bytes.subspan(i, 1));
  QUIESCE_CHECK(whole(bytes).has_value() == error.has_value());
}

void CheckEncoderStream(std::span<const std::uint8_t> bytes) {
  Decoder a, b;
  const auto handle = [](Decoder& decoder) {
    return [&decoder](std::span<const std::uint8_t> part) {
      return decoder.HandleEncoderStream(part);
    };
  };
  CheckStream(bytes, handle(a), handle(b));
}

void CheckDecoderStream(std::span<const std::uint8_t> bytes) {
  Encoder a, b;
  const auto handle = [](Encoder& encoder) {
    return [&encoder](std::span<const std::uint8_t> part) {
      return encoder.HandleDecoderStream(part);
    };
  };
  CheckStream(bytes, handle(a), handle(b));
}

}  // namespace
}  // namespace quiesce::qpack

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      quiesce::qpack::CheckEncoderStream(bytes);
      break;
    case 1:
      quiesce::qpack::CheckDecoderStream(bytes);
      break;
    default:
      quiesce::qpack::CheckSection(bytes);
  }
  return 0;
}
