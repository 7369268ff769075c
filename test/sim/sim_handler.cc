#include "test/sim/sim_handler.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "http3/error.h"
#include "qpack/field.h"
#include "quic/base/check.h"
#include "test/sim/request_plan.h"

namespace quiesce::sim {
namespace {

using http3::Exchange;

std::string BodyOf(const RequestPlan& plan) {
  std::string body(plan.bytes, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(plan.BodyByte(i));
  return body;
}

void RespondInFull(Exchange& exchange) {
  (void)exchange.Respond(200, {}, BodyOf(*RequestPlan::FromPath(exchange.request().path)));
}

class Streamer final : public http3::ExchangeListener {
 public:
  explicit Streamer(const RequestPlan& plan)
      : body_(BodyOf(plan)), trailers_(plan.work == Work::kTrailers) {}

  void Write(Exchange& exchange) {
    const auto rest = std::span(reinterpret_cast<const std::uint8_t*>(body_.data()), body_.size())
                          .subspan(offset_);
    offset_ += exchange.Write(rest, /*end=*/!trailers_);
    if (offset_ < body_.size() || !trailers_) return;
    constexpr qpack::Field kTrailer{.name = "x-end", .value = "here"};
    (void)exchange.SendTrailers({&kTrailer, 1});
  }
  void OnWritable(Exchange& exchange) override { Write(exchange); }

 private:
  const std::string body_;
  const bool trailers_;
  std::size_t offset_ = 0;
};

class Uploaded final : public http3::ExchangeListener {
 public:
  void OnBodyReadable(Exchange& exchange) override {
    while (!exchange.ReadBody().empty()) exchange.ConsumeBody(exchange.ReadBody().size());
  }
  void OnRequestComplete(Exchange& exchange) override {
    (void)exchange.Respond(200, {}, std::to_string(exchange.request_bytes()));
  }
};

// Ends its response when the server leaves.
class EndsAtDrain final : public http3::ExchangeListener {
 public:
  void OnDrain(Exchange& exchange) override { (void)exchange.Write({}, /*end=*/true); }
};

constexpr Duration kChunkInterval = std::chrono::milliseconds(500);

}  // namespace

void SimHandler::HandleRequest(Exchange& exchange) {
  const auto plan = RequestPlan::FromPath(exchange.request().path);
  if (!plan) {
    (void)exchange.Respond(404, {});
    return;
  }
  oracle_.OnExecuted(server_, plan->key);
  const Instant now = exchange.started();
  switch (plan->work) {
    case Work::kAtOnce:
      return RespondInFull(exchange);
    case Work::kLater:
      exchange.Defer();
      return Later(now + plan->delay, exchange.id(), RespondInFull);
    case Work::kTrailers:
      (void)exchange.SendInterim(103, {});
      [[fallthrough]];
    case Work::kStream: {
      auto streamer = std::make_unique<Streamer>(*plan);
      Streamer& writer = *streamer;
      exchange.SetListener(std::move(streamer));
      if (exchange.Start(200, {}) == http3::SendStatus::kOk) writer.Write(exchange);
      return;
    }
    case Work::kUpload:
      return exchange.SetListener(std::make_unique<Uploaded>());
    case Work::kUntilDrain:
      exchange.SetListener(std::make_unique<EndsAtDrain>());
      if (exchange.Start(200, {}) == http3::SendStatus::kOk) StreamUntilDrain(now, exchange.id());
      return;
    case Work::kFail:
      return exchange.Abort(http3::ErrorCode::kInternalError);
    case Work::kNever:
      return exchange.Defer();
  }
}

void SimHandler::Later(Instant when, http3::ExchangeId id, void (*act)(Exchange&)) {
  timers_.Add(when, [this, id, act](Instant) {
    if (Exchange* exchange = core_->Find(id)) act(*exchange);
  });
}

void SimHandler::StreamUntilDrain(Instant now, http3::ExchangeId id) {
  timers_.Add(now + kChunkInterval, [this, id](Instant then) {
    Exchange* exchange = core_->Find(id);
    if (!exchange || exchange->response_ended()) return;
    constexpr std::array<std::uint8_t, 100> kChunk{};
    (void)exchange->Write(kChunk, /*end=*/false);
    StreamUntilDrain(then, id);
  });
}

void SimHandler::HandleTimeout(Instant now, http3::ServerCore& core) {
  if (!timers_.NextTimeout() || *timers_.NextTimeout() > now) return;
  core.Run(now, [this, now](http3::ServerCore& running) {
    core_ = &running;
    timers_.RunDue(now);
  });
}

}  // namespace quiesce::sim
