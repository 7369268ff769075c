#include "quic/connection/local_cids.h"

#include <algorithm>

namespace quiesce::quic {
namespace {

Error Violation(const char* reason) {
  return Error{TransportErrorCode::kProtocolViolation, RetireConnectionIdFrame::kType, reason};
}

}  // namespace

LocalCids::LocalCids(CidIssuer& issuer, std::size_t active_max)
    : issuer_(issuer), active_max_(active_max) {
  Refill();
  initial_ = entries_.front().cid;
  // RFC 9000 §5.1.1: it travels in the Source Connection ID field.
  entries_.front().send_frame = false;
}

void LocalCids::AddOriginal(const ConnectionId& id) {
  original_ = id;
  Add(id);
}

void LocalCids::SetPeerLimit(std::uint64_t active_connection_id_limit) {
  // RFC 9000 §5.1.1: an endpoint that selected a zero-length ID cannot issue a new one.
  if (initial_.id.empty()) return;
  active_allowed_ =
      static_cast<std::size_t>(std::min(active_connection_id_limit, std::uint64_t{active_max_}));
  Refill();
}

void LocalCids::Refill() {
  while (entries_.size() < active_allowed_) {
    entries_.push_back({next_sequence_number_++, issuer_.Issue(), true});
    Add(entries_.back().cid.id);
  }
}

Result<void> LocalCids::HandleRetireConnectionId(const RetireConnectionIdFrame& frame,
                                                 const ConnectionId& packet_destination) {
  // RFC 9000 §19.16: each of these faults is a PROTOCOL_VIOLATION.
  if (initial_.id.empty()) return Violation("RETIRE_CONNECTION_ID of an empty connection ID");
  if (frame.sequence_number >= sent_before_) {
    return Violation("RETIRE_CONNECTION_ID of a sequence number that was never sent");
  }
  const auto entry = std::ranges::find(entries_, frame.sequence_number, &Entry::sequence_number);
  if (entry == entries_.end()) return {};  // retired before
  if (entry->cid.id == packet_destination) {
    return Violation("RETIRE_CONNECTION_ID of the connection ID that its packet was sent to");
  }
  Remove(entry->cid.id);
  entries_.erase(entry);
  Refill();  // RFC 9000 §5.1.1: SHOULD supply a new one
  return {};
}

std::optional<NewConnectionIdFrame> LocalCids::NextFrame() const {
  const auto entry = std::ranges::find(entries_, true, &Entry::send_frame);
  if (entry == entries_.end()) return std::nullopt;
  return NewConnectionIdFrame{.sequence_number = entry->sequence_number,
                              .connection_id = entry->cid.id,
                              .stateless_reset_token = entry->cid.reset_token};
}

void LocalCids::OnFrameSent(std::uint64_t sequence_number) {
  sent_before_ = std::max(sent_before_, sequence_number + 1);
  SetSendFrame(sequence_number, false);
}

void LocalCids::OnFrameLost(std::uint64_t sequence_number) { SetSendFrame(sequence_number, true); }

void LocalCids::SetSendFrame(std::uint64_t sequence_number, bool send_frame) {
  const auto entry = std::ranges::find(entries_, sequence_number, &Entry::sequence_number);
  if (entry != entries_.end()) entry->send_frame = send_frame;
}

std::optional<LocalCidChange> LocalCids::PollChange() {
  if (changes_.empty()) return std::nullopt;
  const LocalCidChange change = changes_.front();
  changes_.pop_front();
  return change;
}

std::vector<ConnectionId> LocalCids::ids() const {
  std::vector<ConnectionId> ids;
  for (const Entry& entry : entries_) ids.push_back(entry.cid.id);
  if (original_) ids.push_back(*original_);
  return ids;
}

}  // namespace quiesce::quic
