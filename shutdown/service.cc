#include "shutdown/service.h"

#include <algorithm>

#include "quic/base/check.h"

namespace quiesce::shutdown {
namespace {

std::optional<quic::Instant> Sooner(std::optional<quic::Instant> a,
                                    std::optional<quic::Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Service::Service(http3::Server& server, const DrainPolicy& policy, const ServiceOptions& options)
    : server_(server), options_(options), coordinator_(server.core(), policy, random_) {
  QUIESCE_CHECK(!policy.Validate());
  if (options_.signals) server_.Watch(options_.signals->fd(), [this] { TakeSignals(); });
}

Service::~Service() {
  if (options_.signals) server_.Forget(options_.signals->fd());
}

void Service::RunOnce(std::optional<quic::Instant> deadline) {
  if (exited()) return;
  if (drain_wanted_ || force_wanted_) deadline = server_.now();  // nothing to wait for
  server_.RunOnce(Sooner(deadline, Sooner(coordinator_.NextTimeout(), next_progress_)));
  TakeWishes();
  coordinator_.HandleTimeout(server_.now());
  Settle();
  ReportProgress();
}

// The first one drains, any other one forces.
void Service::TakeSignals() {
  for (int count = options_.signals->TakeAll(); count > 0; --count) {
    if (drain_wanted_ || !coordinator_.ready()) Force();
    Drain();
  }
}

// Between the core's verbs: a handler that asked for it is not interrupted by it.
void Service::TakeWishes() {
  if (drain_wanted_) coordinator_.Drain(server_.now());
  if (force_wanted_) coordinator_.Force(server_.now());
  drain_wanted_ = force_wanted_ = false;
}

// What the coordinator does gives the core something to send, and what was sent lets the
// coordinator move on.
void Service::Settle() {
  bool flushed;
  do {
    flushed = server_.Flush();
  } while (coordinator_.Advance(server_.now(), flushed));
}

void Service::ReportProgress() {
  if (coordinator_.ready() || !options_.on_progress) return;
  const quic::Instant now = server_.now();
  if (next_progress_ && now < *next_progress_ && !exited()) return;
  options_.on_progress(coordinator_.progress(now));
  next_progress_ = now + options_.progress_interval;
}

DrainReport Serve(http3::Server& server, const DrainPolicy& policy, const ServiceOptions& options) {
  std::optional<Signals> own;
  ServiceOptions with_signals = options;
  if (!options.signals) with_signals.signals = &own.emplace();
  Service service(server, policy, with_signals);
  while (!service.exited()) service.RunOnce();
  return service.report();
}

}  // namespace quiesce::shutdown
