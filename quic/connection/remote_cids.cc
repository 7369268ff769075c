#include "quic/connection/remote_cids.h"

#include <openssl/mem.h>

#include <algorithm>

namespace quiesce::quic {
namespace {

// RFC 9000 §5.1.2: retirements in flight SHOULD be allowed up to at least twice the limit on active
// IDs. Twice that again leaves room for a peer that replaces everything while ACKs are lost.
constexpr std::size_t kRetirementsPerActiveId = 4;

Error Fault(TransportErrorCode code, const char* reason) {
  return Error{code, NewConnectionIdFrame::kType, reason};
}

}  // namespace

RemoteCids::RemoteCids(const ConnectionId& initial, std::size_t active_limit)
    : active_limit_(active_limit) {
  active_.push_back({0, initial, std::nullopt});
}

void RemoteCids::ReplaceInitial(const ConnectionId& id) { active_.front().id = id; }

void RemoteCids::SetInitialResetToken(const StatelessResetToken& token) {
  if (active_.front().sequence_number == 0) active_.front().reset_token = token;
}

Result<void> RemoteCids::HandleNewConnectionId(const NewConnectionIdFrame& frame) {
  if (current().empty()) {
    return Fault(TransportErrorCode::kProtocolViolation,
                 "NEW_CONNECTION_ID from a peer that uses empty connection IDs");
  }
  bool repeated = false;
  QUIESCE_RETURN_IF_ERROR(CheckRepetition(frame, repeated));
  // The ID in use is the lowest: what is below it was retired, or never used and never will be. It
  // is never below a Retire Prior To of the past, so that this answers §19.15's late numbers too.
  if (frame.sequence_number < active_.front().sequence_number) {
    return Retire(frame.sequence_number);
  }

  // RFC 9000 §5.1.2: first retire, then add the new one. The frame's own number is never below its
  // Retire Prior To, so that one ID remains.
  const auto first_kept = std::ranges::find_if(active_, [&frame](const Entry& entry) {
    return entry.sequence_number >= frame.retire_prior_to;
  });
  for (auto entry = active_.begin(); entry != first_kept; ++entry) {
    QUIESCE_RETURN_IF_ERROR(Retire(entry->sequence_number));
  }
  active_.erase(active_.begin(), first_kept);
  if (repeated) return {};
  const auto place =
      std::ranges::upper_bound(active_, frame.sequence_number, {}, &Entry::sequence_number);
  active_.insert(place, {frame.sequence_number, frame.connection_id, frame.stateless_reset_token});
  if (active_.size() > active_limit_) {
    return Fault(TransportErrorCode::kConnectionIdLimitError,
                 "more connection IDs than active_connection_id_limit");
  }
  return {};
}

// RFC 9000 §19.15: the same frame may arrive many times; one that contradicts an earlier one is a
// PROTOCOL_VIOLATION. §10.3.2: so is one token for two IDs.
Result<void> RemoteCids::CheckRepetition(const NewConnectionIdFrame& frame, bool& repeated) const {
  for (const Entry& entry : active_) {
    const bool same_number = entry.sequence_number == frame.sequence_number;
    const bool same_id = entry.id == frame.connection_id;
    const bool same_token = entry.reset_token == frame.stateless_reset_token;
    if (same_number && same_id && same_token) {
      repeated = true;
    } else if (same_number || same_id || same_token) {
      return Fault(TransportErrorCode::kProtocolViolation,
                   "NEW_CONNECTION_ID contradicts an earlier one");
    }
  }
  return {};
}

Result<void> RemoteCids::Retire(std::uint64_t sequence_number) {
  const auto known = std::ranges::find(retirements_, sequence_number, &Retirement::sequence_number);
  if (known != retirements_.end()) return {};
  if (!CanRetire()) {
    return Fault(TransportErrorCode::kConnectionIdLimitError,
                 "too many connection IDs to retire at once");
  }
  retirements_.push_back({sequence_number, true});
  return {};
}

bool RemoteCids::CanRetire() const {
  return retirements_.size() < kRetirementsPerActiveId * active_limit_;
}

bool RemoteCids::SwitchToNext() {
  if (!has_unused() || !CanRetire()) return false;
  retirements_.push_back({active_.front().sequence_number, true});
  active_.erase(active_.begin());
  return true;
}

bool RemoteCids::IsStatelessReset(std::span<const std::uint8_t> datagram) const {
  // RFC 9000 §10.3: anything smaller is no QUIC packet and discarded.
  constexpr std::size_t kMinSize = 21;
  const std::optional<StatelessResetToken>& token = active_.front().reset_token;
  if (!token || datagram.size() < kMinSize) return false;
  // RFC 9000 §10.3.1: without leaking information about the value of the token.
  return CRYPTO_memcmp(datagram.last(token->size()).data(), token->data(), token->size()) == 0;
}

std::optional<RetireConnectionIdFrame> RemoteCids::NextFrame() const {
  const auto retirement = std::ranges::find(retirements_, true, &Retirement::send_frame);
  if (retirement == retirements_.end()) return std::nullopt;
  return RetireConnectionIdFrame{.sequence_number = retirement->sequence_number};
}

void RemoteCids::OnFrameSent(std::uint64_t sequence_number) {
  SetSendFrame(sequence_number, false);
}

void RemoteCids::OnFrameLost(std::uint64_t sequence_number) { SetSendFrame(sequence_number, true); }

void RemoteCids::SetSendFrame(std::uint64_t sequence_number, bool send_frame) {
  const auto known = std::ranges::find(retirements_, sequence_number, &Retirement::sequence_number);
  if (known != retirements_.end()) known->send_frame = send_frame;
}

void RemoteCids::OnFrameAcked(std::uint64_t sequence_number) {
  std::erase_if(retirements_, [sequence_number](const Retirement& retirement) {
    return retirement.sequence_number == sequence_number;
  });
}

}  // namespace quiesce::quic
