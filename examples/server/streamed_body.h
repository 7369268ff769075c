// A response whose body is made piece by piece, as fast as the client takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "http3/server/exchange.h"

namespace quiesce::examples {

// Fills `out` with the body's bytes from `offset` on and returns how many there were; less than
// asked for means that the source has failed.
using BodySource = std::function<std::size_t(std::uint64_t offset, std::span<std::uint8_t> out)>;

class StreamedBody final : public http3::ExchangeListener {
 public:
  // Starts a 200 response of exactly `size` bytes. A source that fails resets the stream: the
  // client must not take the part for the whole.
  static void Send(http3::Exchange& exchange, std::span<const qpack::Field> fields,
                   std::uint64_t size, BodySource source);

  StreamedBody(std::uint64_t size, BodySource source) : size_(size), source_(std::move(source)) {}
  void OnWritable(http3::Exchange& exchange) override;

 private:
  const std::uint64_t size_;
  const BodySource source_;
  std::uint64_t sent_ = 0;
};

}  // namespace quiesce::examples
