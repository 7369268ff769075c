#include "http3/server/exchange.h"

#include <algorithm>
#include <utility>

namespace quiesce::http3 {
namespace {

std::span<const std::uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// RFC 9110 §6.4.1: what may have content, and so a content-length of ours (§8.6).
bool MayHaveContent(int status) { return status >= 200 && status != 204 && status != 304; }

bool HasContentLength(std::span<const qpack::Field> fields) {
  return std::ranges::any_of(
      fields, [](const qpack::Field& field) { return field.name == "content-length"; });
}

}  // namespace

Exchange::Exchange(Connection& connection, const quic::Instant& core_now, ExchangeId id,
                   RequestHead head, bool complete, const quic::SocketAddress& peer)
    : connection_(connection),
      now_(core_now),
      id_(id),
      head_(std::move(head)),
      peer_(peer),
      started_(core_now),
      complete_(complete) {}

std::span<const std::uint8_t> Exchange::ReadBody() const {
  if (ended_) return {};
  return connection_.ReadBody(id_.stream_id);
}

void Exchange::ConsumeBody(std::size_t count) {
  if (ended_) return;
  request_bytes_ += count;
  connection_.ConsumeBody(now_, id_.stream_id, count);
}

SendStatus Exchange::SendInterim(int status, std::span<const qpack::Field> fields) {
  if (ended_) return SendStatus::kClosed;
  return connection_.SendInterim(now_, id_.stream_id, status, fields);
}

SendStatus Exchange::Respond(int status, std::span<const qpack::Field> fields,
                             std::string_view body) {
  if (ended_) return SendStatus::kClosed;
  std::vector<qpack::Field> all(fields.begin(), fields.end());
  const std::string length = std::to_string(body.size());
  if (MayHaveContent(status) && !HasContentLength(fields))
    all.push_back({.name = "content-length", .value = length});
  // RFC 9110 §9.3.2: the answer to HEAD is that to GET without its content.
  if (head_.method == "HEAD" || !MayHaveContent(status)) body = {};
  const SendStatus sent = connection_.Respond(now_, id_.stream_id, status, all, body.empty());
  if (sent != SendStatus::kOk) return sent;
  status_ = status;
  if (body.empty()) {
    response_ended_ = true;
    return sent;
  }
  const std::size_t accepted = Write(BytesOf(body), /*end=*/true);
  if (accepted < body.size()) {
    pending_body_ = body.substr(accepted);
    pending_offset_ = 0;
  }
  return sent;
}

SendStatus Exchange::Start(int status, std::span<const qpack::Field> fields) {
  if (ended_) return SendStatus::kClosed;
  const SendStatus sent = connection_.Respond(now_, id_.stream_id, status, fields, /*end=*/false);
  if (sent == SendStatus::kOk) status_ = status;
  return sent;
}

std::size_t Exchange::Write(std::span<const std::uint8_t> bytes, bool end) {
  if (ended_ || response_ended_) return 0;
  const BodyResult result = connection_.WriteBody(now_, id_.stream_id, bytes, end);
  response_bytes_ += result.accepted;
  if (end && result.accepted == bytes.size() && result.status == BodyStatus::kOk)
    response_ended_ = true;
  return result.accepted;
}

SendStatus Exchange::SendTrailers(std::span<const qpack::Field> fields) {
  if (ended_) return SendStatus::kClosed;
  const SendStatus sent = connection_.SendTrailers(now_, id_.stream_id, fields);
  if (sent == SendStatus::kOk) response_ended_ = true;
  return sent;
}

void Exchange::Abort(ErrorCode code) {
  if (!ended_) connection_.Abort(now_, id_.stream_id, code);
}

// Goes on with the body of Respond().
void Exchange::FlushPending() {
  if (pending_body_.empty()) return;
  const std::string_view rest = std::string_view(pending_body_).substr(pending_offset_);
  pending_offset_ += Write(BytesOf(rest), /*end=*/true);
  if (response_ended_ || ended_) pending_body_ = {};
}

}  // namespace quiesce::http3
