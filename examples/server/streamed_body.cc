#include "examples/server/streamed_body.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace quiesce::examples {

void StreamedBody::Send(http3::Exchange& exchange, std::span<const qpack::Field> fields,
                        std::uint64_t size, BodySource source) {
  std::vector<qpack::Field> all(fields.begin(), fields.end());
  const std::string length = std::to_string(size);
  all.push_back({"content-length", length});
  if (size == 0 || exchange.request().method == "HEAD") {
    (void)exchange.Respond(200, all);
    return;
  }
  if (exchange.Start(200, all) != http3::SendStatus::kOk) return;
  auto body = std::make_unique<StreamedBody>(size, std::move(source));
  StreamedBody& started = *body;
  exchange.SetListener(std::move(body));
  started.OnWritable(exchange);
}

// What the connection does not take is read again when there is room: nothing is kept meanwhile.
void StreamedBody::OnWritable(http3::Exchange& exchange) {
  std::array<std::uint8_t, 16 * 1024> buffer;
  while (sent_ < size_) {
    const std::uint64_t left = size_ - sent_;
    const auto block = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), left));
    if (source_(sent_, block) != block.size())
      return exchange.Abort(http3::ErrorCode::kInternalError);
    const std::size_t taken = exchange.Write(block, /*end=*/block.size() == left);
    sent_ += taken;
    if (taken < block.size()) return;
  }
}

}  // namespace quiesce::examples
