#include "shutdown/drain_report.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <numeric>

#include "shutdown/json.h"

namespace quiesce::shutdown {
namespace {

using http3::EndCause;
using http3::Outcome;

constexpr Outcome kOutcomeOrder[] = {Outcome::kCompleted,         Outcome::kRejected,
                                     Outcome::kCancelledByPeer,   Outcome::kFailed,
                                     Outcome::kAbortedByDeadline, Outcome::kAbortedByConnError};

double Milliseconds(quic::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

__attribute__((format(printf, 2, 3))) void Append(std::string& text, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text += line;
}

// The first bytes of what a peer wrote; a terminal obeys none of them.
std::string Printable(std::string_view text, std::size_t size_max) {
  std::string shown(text.substr(0, size_max));
  std::ranges::replace_if(
      shown, [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return shown;
}

std::string OutcomesText(const http3::LedgerTotals& totals) {
  std::string text;
  for (const Outcome outcome : kOutcomeOrder) {
    Append(text, "%s%s %llu", text.empty() ? "" : ", ", std::string(ToString(outcome)).c_str(),
           static_cast<unsigned long long>(totals.of(outcome)));
  }
  return text;
}

void OutcomesJson(Json& json, const char* name, const http3::LedgerTotals& totals) {
  json.BeginObject(name);
  json.Number("opened", totals.opened);
  json.Number("dispatched", totals.dispatched);
  for (const Outcome outcome : kOutcomeOrder) json.Number(ToString(outcome), totals.of(outcome));
  json.EndObject();
}

void OptionalMs(Json& json, const char* name, const std::optional<quic::Duration>& duration) {
  if (duration) json.Number(name, Milliseconds(*duration));
}

void SessionJson(Json& json, const SessionReport& session) {
  json.BeginObject();
  json.String("peer", session.peer.ToString());
  json.String("end", ToString(session.cause));
  OptionalMs(json, "goaway_ms", session.goaway);
  OptionalMs(json, "cutoff_ms", session.cutoff);
  OptionalMs(json, "flushing_ms", session.flushing);
  json.Number("closed_ms", Milliseconds(session.closed));
  OutcomesJson(json, "requests", session.requests);
  json.Number("body_bytes_received", session.body_bytes_received);
  json.Number("body_bytes_sent", session.body_bytes_sent);
  json.EndObject();
}

}  // namespace

std::string_view ToString(DrainResult result) {
  switch (result) {
    case DrainResult::kDrained:
      return "drained";
    case DrainResult::kDeadline:
      return "deadline";
    case DrainResult::kForced:
      return "forced";
  }
  return "unknown";
}

std::uint64_t DrainReport::lost() const {
  const std::uint64_t ended =
      std::accumulate(requests.ended.begin(), requests.ended.end(), std::uint64_t{0});
  return requests.opened - ended;
}

std::string DrainReport::ToText() const {
  std::string text;
  Append(text, "drain: %s in %.1f ms (grace period %.0f ms)\n",
         std::string(ToString(result)).c_str(), Milliseconds(duration), Milliseconds(grace_period));
  Append(text, "sessions: %llu", static_cast<unsigned long long>(sessions));
  for (std::size_t cause = 0; cause < sessions_by_cause.size(); ++cause) {
    if (sessions_by_cause[cause] == 0) continue;
    Append(text, ", %s %llu", std::string(http3::ToString(static_cast<EndCause>(cause))).c_str(),
           static_cast<unsigned long long>(sessions_by_cause[cause]));
  }
  Append(text, "\nrequests: %llu opened: %s; without outcome %llu\n",
         static_cast<unsigned long long>(requests.opened), OutcomesText(requests).c_str(),
         static_cast<unsigned long long>(lost()));
  if (!slowest.empty()) {
    Append(text, "slowest session: %s after %.1f ms (%s)\n", slowest[0].peer.ToString().c_str(),
           Milliseconds(slowest[0].closed), std::string(ToString(slowest[0].cause)).c_str());
  }
  for (const UnfinishedRequest& request : unfinished) {
    Append(text, "unfinished: %s stream %llu, %s %s, running for %.1f ms\n",
           request.peer.ToString().c_str(),
           static_cast<unsigned long long>(request.stream_id.value()),
           Printable(request.method, 32).c_str(), Printable(request.target, 200).c_str(),
           Milliseconds(request.age));
  }
  if (unfinished_total > unfinished.size()) {
    Append(text, "and %llu more unfinished\n",
           static_cast<unsigned long long>(unfinished_total - unfinished.size()));
  }
  return text;
}

std::string DrainReport::ToJson() const {
  Json json;
  json.BeginObject();
  json.String("result", ToString(result));
  json.Number("duration_ms", Milliseconds(duration));
  json.Number("grace_period_ms", Milliseconds(grace_period));
  json.BeginObject("sessions");
  json.Number("total", sessions);
  for (std::size_t cause = 0; cause < sessions_by_cause.size(); ++cause)
    json.Number(http3::ToString(static_cast<EndCause>(cause)), sessions_by_cause[cause]);
  json.EndObject();
  OutcomesJson(json, "requests", requests);
  OutcomesJson(json, "drained_requests", drained_requests);
  json.Number("lost", lost());
  json.BeginArray("slowest");
  for (const SessionReport& session : slowest) SessionJson(json, session);
  json.EndArray();
  json.Number("unfinished_total", unfinished_total);
  json.BeginArray("unfinished");
  for (const UnfinishedRequest& request : unfinished) {
    json.BeginObject();
    json.String("peer", request.peer.ToString());
    json.Number("stream_id", request.stream_id.value());
    json.String("method", request.method);
    json.String("target", request.target);
    json.Number("age_ms", Milliseconds(request.age));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.Take();
}

}  // namespace quiesce::shutdown
