#include "test/sim/invariants.h"

#include <algorithm>
#include <numeric>

#include "http3/error.h"
#include "quic/wire/header.h"
#include "test/sim/request_plan.h"

namespace quiesce::sim {
namespace {

using http3::EndCause;
using http3::LedgerTotals;
using http3::Outcome;

constexpr auto kRejected = static_cast<std::uint64_t>(http3::ErrorCode::kRequestRejected);
constexpr auto kRefused = static_cast<std::uint64_t>(quic::TransportErrorCode::kConnectionRefused);
constexpr std::size_t kViolationsMax = 20;

std::uint64_t Sum(const std::array<std::uint64_t, http3::kOutcomes>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::string Name(const ClientNode::Request& request) {
  return "request " + std::to_string(request.plan.key) + " (" +
         std::string(ToString(request.plan.work)) + ")";
}

// RFC 9000 §8.1: a Handshake packet is what only the owner of an address can send.
bool HasHandshakePacket(std::span<const std::uint8_t> datagram) {
  quic::PacketHeader header;
  while (!datagram.empty() &&
         quic::ParseHeader(datagram, {.local_cid_length = 8}, header) == quic::HeaderFault::kNone) {
    if (header.type == quic::PacketType::kHandshake) return true;
    datagram = datagram.subspan(header.size);
  }
  return false;
}

}  // namespace

void Invariants::Expect(bool condition, const std::string& what) {
  // What is wrong in one step often is in the next.
  if (!condition && violations_.size() < kViolationsMax &&
      std::ranges::find(violations_, what) == violations_.end())
    violations_.push_back(what);
}

void Invariants::Watch(const ServerNode& server, const quic::SocketAddress& address) {
  server_ = &server;
  address_ = address;
}

// ---------------------------------------------------------------------------------- the server

void Invariants::OnSessionOpened(Instant, http3::SessionId id, const quic::SocketAddress& peer) {
  Expect(sessions_.emplace(id, Session{.peer = peer}).second, "a session was opened twice");
  Expect(server_->coordinator().state() <= shutdown::ProcessState::kUnready,
         "I10: a connection was accepted after the server stopped accepting");
}

void Invariants::OnRequestStarted(Instant, const http3::Exchange& exchange) {
  const auto found = sessions_.find(exchange.id().connection);
  Expect(found != sessions_.end() && !found->second.over,
         "I4: a request was dispatched on a session that is not open");
  if (found == sessions_.end()) return;
  Session& session = found->second;
  const quic::StreamId id = exchange.id().stream_id;
  if (!session.highest_dispatched || *session.highest_dispatched < id)
    session.highest_dispatched = id;
  ++session.running;
  if (const auto record = server_->core().drain_record(exchange.id().connection))
    CheckCutoff(session, *record);
}

void Invariants::OnRequestEnded(Instant now, const http3::Exchange& exchange, Outcome outcome) {
  last_ended_ = now;
  Expect(outcome != Outcome::kRejected, "I5: a dispatched request was rejected");
  if (const auto found = sessions_.find(exchange.id().connection); found != sessions_.end())
    --found->second.running;
  if (const auto plan = RequestPlan::FromPath(exchange.request().path))
    outcomes_[plan->key] = outcome;
}

// I2, I4: the cutoff lies above everything that was dispatched and never moves.
void Invariants::CheckCutoff(Session& session, const http3::DrainRecord& record) {
  if (!record.cutoff) return;
  Expect(!session.cutoff || *session.cutoff == *record.cutoff, "I2: the cutoff has moved");
  session.cutoff = record.cutoff;
  Expect(record.cutoff->wire_value() % 4 == 0, "I2: the cutoff is no request stream");
  Expect(!session.highest_dispatched || !record.cutoff->IsRejected(*session.highest_dispatched),
         "I4: a request at or above the cutoff was dispatched");
}

void Invariants::OnSessionClosed(Instant, http3::SessionId id, const http3::DrainRecord& record,
                                 const http3::Closed& closed) {
  const auto found = sessions_.find(id);
  Expect(found != sessions_.end() && !found->second.over, "a session ended that was not open");
  if (found == sessions_.end()) return;
  Session& session = found->second;
  session.over = true;
  session.record = record;
  session.closed = closed;
  CheckCutoff(session, record);
  CheckLedger(session);
  Expect(session.running == 0, "I3: a session ended before a request of it");
  const bool refused = !closed.is_application && closed.code == kRefused;
  Expect(!expectations_.compliant || closed.cause != EndCause::kConnectionError || refused,
         "a session with a compliant client ended with an error: " + closed.reason);
}

// I3, I5, I7.
void Invariants::CheckLedger(const Session& session) {
  const LedgerTotals& totals = session.record.requests;
  Expect(totals.opened == Sum(totals.ended), "I3: not every request has exactly one label");
  Expect(totals.dispatched == Sum(totals.ended_processed),
         "I3: not every dispatched request has exactly one label");
  Expect(totals.processed(Outcome::kRejected) == 0, "I5: a dispatched request was rejected");
  if (session.record.end != EndCause::kDrained) return;
  Expect(
      totals.of(Outcome::kAbortedByDeadline) == 0 && totals.of(Outcome::kAbortedByConnError) == 0,
      "I7: a session was closed before everything was acknowledged");
}

void Invariants::OnSent(Instant, const Transfer& transfer) {
  if (transfer.info.path.local != address_) return;
  Peer& peer = peers_[transfer.info.path.peer];
  peer.sent += transfer.bytes.size();
  Expect(peer.validated || peer.sent <= 3 * peer.received,
         "RFC 9000 §8.1: more than three times the received bytes were sent to an address that is "
         "not validated");
}

void Invariants::OnDelivered(Instant, const Transfer& transfer) {
  if (transfer.info.path.local != address_) return;
  Peer& peer = peers_[transfer.info.path.peer];
  peer.received += transfer.bytes.size();
  if (!peer.validated) peer.validated = HasHandshakePacket(transfer.bytes);
}

void Invariants::CheckStep(Instant now) {
  const shutdown::ProcessState state = server_->coordinator().state();
  Expect(state >= last_state_, "the process went back to an earlier state");
  last_state_ = state;
  const http3::ServerCore& core = server_->core();
  if (server_->exited_at()) {
    Expect(core.session_count() == 0, "the process went while sessions were alive");
    return;
  }
  Expect(core.connection_count() <= expectations_.connections_max, "too many connections");
  const auto told = server_->told_to_leave();
  if (!told) return;
  Expect(now <= *told + expectations_.exit_within, "L1: the server outlives its deadline");
  Expect(core.endpoint().memory_bytes() <= expectations_.memory_bytes_max,
         "more memory than the limits allow");
  for (auto& [id, session] : sessions_) {
    if (session.over) continue;
    if (const auto record = core.drain_record(id)) CheckCutoff(session, *record);
  }
}

// ------------------------------------------------------------------------------------- the end

void Invariants::CheckEnd(Instant now, const std::vector<const ClientNode*>& clients,
                          const std::vector<const RudeClient*>& rude_clients,
                          const ServerNode* successor) {
  Expect(server_->exited_at().has_value(), "L1: the server never went");
  Expect(server_->core().connection_count() == 0, "the server kept a connection");
  Expect(server_->core().endpoint().memory_bytes() == 0, "the server kept memory");
  Expect(!successor || successor->core().connection_count() == 0,
         "the successor kept a connection");
  for (const auto& [id, session] : sessions_) Expect(session.over, "a session never ended");
  CheckReport(server_->coordinator().report(now));
  CheckPromptness();
  for (const ClientNode* client : clients) CheckClient(*client);
  for (const RudeClient* client : rude_clients) CheckRudeClient(*client);
}

void Invariants::CheckReport(const shutdown::DrainReport& report) {
  Expect(report.lost() == 0, "I3: the report has lost requests");
  LedgerTotals sum;
  for (const auto& [id, session] : sessions_) sum += session.record.requests;
  Expect(report.requests.opened == sum.opened && report.requests.ended == sum.ended &&
             report.requests.dispatched == sum.dispatched,
         "the report does not count what the sessions counted");
  const std::uint64_t ended = std::accumulate(report.sessions_by_cause.begin(),
                                              report.sessions_by_cause.end(), std::uint64_t{0});
  Expect(ended == report.sessions, "the report does not say of every session how it ended");
  Expect(!expectations_.cooperative || report.result == shutdown::DrainResult::kDrained,
         "L2: the drain waited for its deadline although everybody cooperated");
  Expect(!expectations_.cooperative || report.cut_off() == 0,
         "L2: a request was cut off although everybody cooperated");
}

void Invariants::CheckPromptness() {
  if (!expectations_.lossless || !server_->exited_at()) return;
  const Duration waited = *server_->exited_at() - std::max(last_ended_, *server_->told_to_leave());
  Expect(waited <= expectations_.idle_within,
         "L3: the drain went on for " + std::to_string(waited / std::chrono::milliseconds(1)) +
             " ms with nothing left to do");
}

void Invariants::CheckClient(const ClientNode& client) {
  for (const std::string& fault : client.faults()) Expect(false, "a client saw " + fault);
  Expect(client.vanished() || client.connection_count() == 0, "a client kept a connection");
  for (const ClientNode::Request& request : client.requests()) {
    Expect(client.vanished() || !request.pending(), "I3: " + Name(request) + " has no fate");
    Expect(oracle_.executions(request.plan.key) <= 1, "I1: " + Name(request) + " ran twice");
    for (const ClientNode::Attempt& attempt : request.attempts)
      CheckAttempt(client, request, attempt);
  }
  for (std::size_t i = 0; i < client.options().servers.size(); ++i) {
    const auto& closed = client.session(i).closed;
    const bool refused = closed && !closed->is_application && closed->code == kRefused;
    Expect(
        !closed || closed->cause != EndCause::kConnectionError || refused,
        "a compliant client's connection ended with an error: " + (closed ? closed->reason : ""));
  }
}

void Invariants::CheckAttempt(const ClientNode& client, const ClientNode::Request& request,
                              const ClientNode::Attempt& attempt) {
  const unsigned executions = oracle_.executions(attempt.server, request.plan.key);
  const bool untouched = attempt.fate == Fate::kNotSent || attempt.fate == Fate::kNotProcessed ||
                         attempt.code == kRejected;
  Expect(!untouched || executions == 0, "I1: " + Name(request) + " was executed and reported as " +
                                            std::string(ToString(attempt.fate)) + " (" +
                                            attempt.reason + ")");
  const bool acted = attempt.fate == Fate::kCompleted || attempt.fate == Fate::kProcessed;
  Expect(!acted || executions == 1, Name(request) + " was answered and not executed");
  if (attempt.server != 0 || client.vanished() || request.cancelled) return;
  const auto outcome = outcomes_.find(request.plan.key);
  const bool delivered = outcome != outcomes_.end() && outcome->second == Outcome::kCompleted;
  Expect(!delivered || attempt.fate == Fate::kCompleted,
         "I7: the server counts " + Name(request) + " as completed, the client as " +
             std::string(ToString(attempt.fate)) + " (" + attempt.reason + ")");
  CheckNothingLost(client, request, attempt);
}

void Invariants::CheckNothingLost(const ClientNode& client, const ClientNode::Request& request,
                                  const ClientNode::Attempt& attempt) {
  if (!expectations_.cooperative || request.plan.work == Work::kFail) return;
  const auto& closed = client.session(0).closed;
  bool graceful =
      closed && (closed->cause == EndCause::kDrained || closed->cause == EndCause::kClosedByPeer);
  // The server took this client for gone: a run of losses can look like that.
  for (const auto& [id, session] : sessions_)
    if (session.peer == client.options().address && session.record.end == EndCause::kPeerGone)
      graceful = false;
  if (!graceful && !expectations_.lossless) return;
  Expect(
      attempt.fate != Fate::kMaybeProcessed && attempt.fate != Fate::kProcessed,
      "L2: " + Name(request) + " was lost although everybody cooperated (" + attempt.reason + ")");
}

void Invariants::CheckRudeClient(const RudeClient& client) {
  for (const std::string& fault : client.faults()) Expect(false, "I6: " + fault);
  std::uint64_t acknowledged = 0, opened = 0;
  bool drained = false;
  for (const auto& [id, session] : sessions_) {
    if (session.peer != client.options().address) continue;
    opened += session.record.requests.opened;
    drained = drained || session.record.end == EndCause::kDrained;
  }
  for (const auto& [id, stream] : client.streams()) {
    const std::uint64_t key = stream.request.plan.key;
    const std::string name = "a rude client's request " + std::to_string(key);
    const unsigned executions = oracle_.executions(0, key);
    Expect(executions <= 1, "I1: " + name + " ran twice");
    const bool rejected = stream.reset_code == kRejected || stream.stopped_code == kRejected;
    Expect(!rejected || executions == 0, "I5: " + name + " was executed and rejected");
    Expect(!stream.finished || executions == 1, name + " was answered and not executed");
    acknowledged += stream.request_acknowledged ? 1 : 0;
    const auto outcome = outcomes_.find(key);
    const bool delivered = outcome != outcomes_.end() && outcome->second == Outcome::kCompleted;
    Expect(!delivered || stream.finished || stream.request.plan.cancel_after,
           "I7: the server counts " + name + " as completed, the client does not");
    Expect(!drained || !stream.request_acknowledged || stream.finished || stream.reset_code ||
               stream.request.plan.cancel_after,
           "H5: " + name + " got neither an answer nor a reset");
  }
  Expect(acknowledged <= opened, "H5: a request that the server acknowledged is in no ledger");
}

}  // namespace quiesce::sim
