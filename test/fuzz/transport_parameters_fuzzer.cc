// The transport parameters extension; the lowest bit of the first byte says which side sent it.

#include <cstddef>
#include <cstdint>
#include <span>

#include "quic/base/check.h"
#include "quic/wire/transport_parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quiesce::quic;
  if (size == 0) return 0;
  const Perspective sender = (data[0] & 1) == 0 ? Perspective::kClient : Perspective::kServer;
  const auto decoded = DecodeTransportParameters(std::span(data, size).subspan(1), sender);
  if (!decoded.ok()) return 0;
  const auto bytes = EncodeTransportParameters(*decoded, sender);
  const auto again = DecodeTransportParameters(bytes, sender);
  QUIESCE_CHECK(again.ok());
  QUIESCE_CHECK(*again == *decoded);
  return 0;
}
