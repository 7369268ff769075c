#include "shutdown/registry.h"

#include <utility>

#include "quic/base/check.h"

namespace quiesce::shutdown {

void Registry::OnSessionOpened(quic::Instant now, http3::SessionId id,
                               const quic::SocketAddress& peer) {
  const bool inserted = live_.emplace(id, Live{peer, now}).second;
  if (!inserted) QUIESCE_INVARIANT_BROKEN("a session was registered twice");
  ++opened_total_;
}

void Registry::OnSessionClosed(quic::Instant now, http3::SessionId id,
                               const http3::DrainRecord& record, const http3::Closed& closed) {
  const auto it = live_.find(id);
  if (it == live_.end()) return QUIESCE_INVARIANT_BROKEN("a session ended that was not registered");
  requests_ += record.requests;
  if (recording_)
    records_.push_back({id, it->second.peer, it->second.opened, now, record, closed.cause});
  live_.erase(it);
}

void Registry::OnRequestEnded(quic::Instant now, const http3::Exchange& exchange,
                              http3::Outcome outcome) {
  if (outcome != http3::Outcome::kAbortedByDeadline || exchange.response_ended()) return;
  if (unfinished_total_++ >= DrainReport::kUnfinishedMax) return;
  unfinished_.push_back({.peer = exchange.peer_address(),
                         .stream_id = exchange.id().stream_id,
                         .method = std::string(exchange.request().method),
                         .target = std::string(exchange.request().path),
                         .age = now - exchange.started()});
}

}  // namespace quiesce::shutdown
