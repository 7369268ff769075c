// Every session of the process, from before anything else can see it until it is over; and the
// latch that says "nothing left". Owned by the coordinator; told by ServerCore.
//
// The latch is a condition, not a moment: nothing is accepted any more AND nothing is registered. A
// count that passes through zero while connections still come in means nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "http3/request_ledger.h"
#include "http3/server/session_observer.h"
#include "http3/session_state.h"
#include "http3/stats.h"
#include "quic/base/address.h"
#include "quic/base/time.h"
#include "shutdown/drain_report.h"

namespace quiesce::shutdown {

// What is known of one session when it is over.
struct SessionRecord {
  http3::SessionId id;
  quic::SocketAddress peer;
  quic::Instant opened;
  quic::Instant closed;
  http3::DrainRecord drain;
  http3::EndCause cause = http3::EndCause::kConnectionLost;
};

class Registry final : public http3::SessionObserver {
 public:
  void OnSessionOpened(quic::Instant now, http3::SessionId id,
                       const quic::SocketAddress& peer) override;
  void OnSessionClosed(quic::Instant now, http3::SessionId id, const http3::DrainRecord& record,
                       const http3::Closed& closed) override;
  void OnRequestEnded(quic::Instant now, const http3::Exchange& exchange,
                      http3::Outcome outcome) override;

  // From now on the record of every session that ends is kept for the report. Before, only sums
  // are.
  void StartRecording() { recording_ = true; }
  // No connection can come in any more.
  void CloseAcceptPath() { accept_path_closed_ = true; }
  bool nothing_left() const { return accept_path_closed_ && live_.empty(); }

  std::size_t live() const { return live_.size(); }
  std::uint64_t opened_total() const { return opened_total_; }
  // Sums over sessions that are over.
  const http3::LedgerTotals& requests() const { return requests_; }
  const std::vector<SessionRecord>& records() const { return records_; }
  // Requests that were cut off before their handlers had finished the response: the first of them,
  // and how many there were.
  const std::vector<UnfinishedRequest>& unfinished() const { return unfinished_; }
  std::uint64_t unfinished_total() const { return unfinished_total_; }

 private:
  struct Live {
    quic::SocketAddress peer;
    quic::Instant opened;
  };

  std::map<http3::SessionId, Live> live_;
  std::vector<SessionRecord> records_;
  std::vector<UnfinishedRequest> unfinished_;
  http3::LedgerTotals requests_;
  std::uint64_t opened_total_ = 0;
  std::uint64_t unfinished_total_ = 0;
  bool recording_ = false;
  bool accept_path_closed_ = false;
};

}  // namespace quiesce::shutdown
