#include "shutdown/coordinator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "quic/base/check.h"

namespace quiesce::shutdown {

Coordinator::Coordinator(http3::ServerCore& core, const DrainPolicy& policy, crypto::Random& random)
    : core_(core), policy_(policy), exit_(policy.exit), random_(random) {
  core_.AddObserver(registry_);
}

// A missing row is a fault of ours: every call below looks at the state first.
void Coordinator::Apply(ProcessEvent event) {
  const bool applied = machine_.Apply(event);
  QUIESCE_CHECK(applied);
}

void Coordinator::Begin(quic::Instant now) {
  started_ = now;
  unready_until_ = now + policy_.unready_delay;
  deadline_ = unready_until_ + policy_.grace_period;
  sessions_at_start_ = registry_.live();
  opened_at_start_ = registry_.opened_total();
  registry_.StartRecording();
}

void Coordinator::Drain(quic::Instant now) {
  if (state() != ProcessState::kRunning) return;
  Begin(now);
  Apply(ProcessEvent::kStop);
  HandleTimeout(now);
}

void Coordinator::Force(quic::Instant now) {
  exit_ = ExitPolicy::kCloseSocket;
  if (state() == ProcessState::kRunning) Begin(now);
  if (state() < ProcessState::kForcing) StartForcing(now, ProcessEvent::kForce);
}

void Coordinator::HandleTimeout(quic::Instant now) {
  if (state() == ProcessState::kUnready && unready_until_ <= now) StopAccepting(now);
  if (state() != ProcessState::kDraining) return;
  if (deadline_ <= now) return StartForcing(now, ProcessEvent::kDeadline);
  TellSessions(now);
}

// One shard has one accept path, and ServerCore::StopAccepting joins it: when it returns, every
// connection that was on its way in is a registered session or was refused.
void Coordinator::StopAccepting(quic::Instant now) {
  Apply(ProcessEvent::kUnreadyElapsed);
  core_.StopAccepting(now);
  Apply(ProcessEvent::kAcceptPathEmpty);
  registry_.CloseAcceptPath();
  for (const http3::SessionId id : core_.sessions()) planned_.push_back({now + Jitter(), id});
  std::ranges::stable_sort(planned_, {}, &Planned::when);
}

quic::Duration Coordinator::Jitter() {
  if (policy_.spread <= quic::Duration::zero()) return quic::Duration::zero();
  std::array<std::uint8_t, 8> bytes;
  random_.FillPublic(bytes);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return quic::Duration(value % static_cast<std::uint64_t>(policy_.spread.count() + 1));
}

void Coordinator::TellSessions(quic::Instant now) {
  const auto due = std::ranges::find_if(planned_, [now](const Planned& p) { return p.when > now; });
  const std::vector<Planned> told(planned_.begin(), due);
  planned_.erase(planned_.begin(), due);
  for (const Planned& planned : told) core_.Shutdown(now, planned.id, policy_.session, deadline_);
}

void Coordinator::StartForcing(quic::Instant now, ProcessEvent event) {
  result_ = event == ProcessEvent::kDeadline ? DrainResult::kDeadline : DrainResult::kForced;
  Apply(event);
  planned_.clear();
  core_.StopAccepting(now);
  registry_.CloseAcceptPath();
  for (const http3::SessionId id : core_.sessions()) core_.ShutdownNow(now, id);
}

std::optional<quic::Instant> Coordinator::NextTimeout() const {
  switch (state()) {
    case ProcessState::kUnready:
      return unready_until_;
    case ProcessState::kDraining:
      return planned_.empty() ? deadline_ : std::min(deadline_, planned_.front().when);
    case ProcessState::kClosingWait:
      return flush_deadline_;
    case ProcessState::kRunning:
    case ProcessState::kStopAccept:
    case ProcessState::kForcing:
    case ProcessState::kExited:
      break;
  }
  return std::nullopt;
}

bool Coordinator::Advance(quic::Instant now, bool flushed) {
  switch (state()) {
    case ProcessState::kDraining:
      // The sessions know the deadline as well, and may have kept it a moment before this.
      if (deadline_ <= now) {
        StartForcing(now, ProcessEvent::kDeadline);
        return true;
      }
      [[fallthrough]];
    case ProcessState::kForcing:
      if (!registry_.nothing_left()) return false;
      Apply(ProcessEvent::kSessionsGone);
      return true;
    case ProcessState::kClosingWait:
      return LeaveClosingWait(now, flushed);
    case ProcessState::kRunning:
    case ProcessState::kUnready:
    case ProcessState::kStopAccept:
    case ProcessState::kExited:
      break;
  }
  return false;
}

// RFC 9000 §10.2: closing periods are 3 PTO each, capped by the transport; they end by themselves.
// What the kernel does not take gets a time of its own afterwards.
bool Coordinator::LeaveClosingWait(quic::Instant now, bool flushed) {
  if (exit_ == ExitPolicy::kWaitClosingPeriod && core_.connection_count() > 0) return false;
  if (!flush_deadline_) flush_deadline_ = now + policy_.flush_timeout;
  if (!flushed && now < *flush_deadline_) return false;
  Apply(ProcessEvent::kFlushed);
  ended_ = now;
  return true;
}

DrainProgress Coordinator::progress(quic::Instant now) const {
  DrainProgress progress{.state = state(), .requests_running = core_.running_exchanges().size()};
  progress.sessions_left = registry_.live();
  if (state() == ProcessState::kRunning) {
    progress.sessions_total = registry_.live();
    return progress;
  }
  progress.elapsed = ended_.value_or(now) - started_;
  progress.until_deadline = std::max(quic::Duration::zero(), deadline_ - now);
  progress.sessions_total = sessions_at_start_ + registry_.opened_total() - opened_at_start_;
  return progress;
}

DrainReport Coordinator::report(quic::Instant now) const {
  DrainReport report{.result = result_, .grace_period = policy_.grace_period};
  report.requests = registry_.requests();
  report.unfinished = registry_.unfinished();
  report.unfinished_total = registry_.unfinished_total();
  if (state() == ProcessState::kRunning) return report;
  report.duration = ended_.value_or(now) - started_;
  report.sessions = sessions_at_start_ + registry_.opened_total() - opened_at_start_;
  const auto since_start = [this](const std::optional<quic::Instant>& time) {
    return time ? std::optional(*time - started_) : std::nullopt;
  };
  for (const SessionRecord& record : registry_.records()) {
    ++report.sessions_by_cause[static_cast<std::size_t>(record.cause)];
    report.drained_requests += record.drain.requests;
    report.slowest.push_back(
        {.peer = record.peer,
         .cause = record.cause,
         .requests = record.drain.requests,
         .goaway = since_start(record.drain.at(http3::SessionState::kGoaway)),
         .cutoff = since_start(record.drain.at(http3::SessionState::kDraining)),
         .flushing = since_start(record.drain.at(http3::SessionState::kFlushing)),
         .closed = record.closed - started_,
         .body_bytes_received = record.drain.stats.body_bytes_received,
         .body_bytes_sent = record.drain.stats.body_bytes_sent});
  }
  std::ranges::stable_sort(report.slowest, std::ranges::greater{}, &SessionReport::closed);
  if (report.slowest.size() > DrainReport::kSlowestMax)
    report.slowest.resize(DrainReport::kSlowestMax);
  return report;
}

}  // namespace quiesce::shutdown
