#include "quic/recovery/sent_packets.h"

#include "quic/base/check.h"

namespace quiesce::quic {
namespace {

constexpr std::size_t kInitialCapacity = 16;

// Extends the STREAM range at the end of `out` by one that continues it.
bool MergeIntoLast(const SentToken& token, std::vector<SentToken>& out) {
  const auto* next = std::get_if<StreamToken>(&token);
  auto* last = out.empty() ? nullptr : std::get_if<StreamToken>(&out.back());
  if (next == nullptr || last == nullptr) return false;
  if (next->stream_id != last->stream_id) return false;
  if (next->offset != last->offset + last->length) return false;
  last->length += next->length;
  last->fin |= next->fin;
  return true;
}

}  // namespace

TokenPool::Chain TokenPool::Store(std::span<const SentToken> tokens) {
  Chain chain = kEmpty;
  for (auto it = tokens.rbegin(); it != tokens.rend(); ++it) {
    if (free_ == kEmpty) {
      nodes_.push_back({*it, chain});
      chain = static_cast<Chain>(nodes_.size() - 1);
    } else {
      const Chain node = free_;
      free_ = nodes_[node].next;
      nodes_[node] = {*it, chain};
      chain = node;
    }
  }
  return chain;
}

void TokenPool::Append(Chain chain, std::vector<SentToken>& out) const {
  for (; chain != kEmpty; chain = nodes_[chain].next) {
    if (!MergeIntoLast(nodes_[chain].token, out)) out.push_back(nodes_[chain].token);
  }
}

void TokenPool::Free(Chain chain) {
  while (chain != kEmpty) {
    const Chain next = nodes_[chain].next;
    nodes_[chain].next = free_;
    free_ = chain;
    chain = next;
  }
}

void SentPackets::Add(const SentPacket& packet, std::uint64_t order,
                      std::span<const SentToken> tokens) {
  const std::uint64_t number = packet.number.value();
  QUIESCE_CHECK(number >= next_number_);
  if (number > next_number_) {
    skipped_.Add(next_number_, number);
    if (skipped_.size() > kSkippedMax) skipped_.PopFront();
  }
  next_number_ = number + 1;
  const bool ack_only = !packet.ack_eliciting && !packet.in_flight;
  if (ack_only && ack_only_ == kAckOnlyMax) return;

  MakeRoom();
  At(count_++) = {.number = number,
                  .time_sent = packet.time_sent,
                  .order = order,
                  .bytes = packet.bytes.value(),
                  .present = true,
                  .ack_eliciting = packet.ack_eliciting,
                  .in_flight = packet.in_flight,
                  .tokens = pool_.Store(tokens)};
  ++present_;
  if (ack_only) ++ack_only_;
  if (packet.ack_eliciting) ++ack_eliciting_in_flight_;
  if (packet.in_flight) bytes_in_flight_ += packet.bytes;
}

bool SentPackets::WereSent(const AckRanges& ranges) const {
  for (const IntervalSet::Interval range : ranges) {
    if (range.end > next_number_) return false;
    if (skipped_.empty() || range.end <= skipped_.front().start) return true;
    for (const IntervalSet::Interval& skipped : skipped_.intervals()) {
      if (skipped.start < range.end && range.start < skipped.end) return false;
    }
  }
  return true;
}

std::size_t SentPackets::TakeLateAcked(std::uint64_t start, std::uint64_t end,
                                       std::vector<SentToken>& tokens,
                                       std::vector<Instant>& times_sent) {
  const auto below = [](const LostRecord& lost, std::uint64_t number) {
    return lost.number < number;
  };
  const auto first = std::lower_bound(lost_.begin(), lost_.end(), start, below);
  const auto last = std::lower_bound(first, lost_.end(), end, below);
  for (auto it = first; it != last; ++it) {
    pool_.Append(it->tokens, tokens);
    pool_.Free(it->tokens);
    if (it->in_flight) times_sent.push_back(it->time_sent);
  }
  const auto taken = static_cast<std::size_t>(last - first);
  lost_.erase(first, last);
  return taken;
}

void SentPackets::RememberLost(const Record& record, Instant forget_time) {
  // Trimmed by halves, so that a large burst of losses stays linear.
  if (lost_.size() == 2 * kLostMax) ForgetLost(kLostMax);
  lost_.push_back({.number = record.number,
                   .time_sent = record.time_sent,
                   .forget_time = forget_time,
                   .in_flight = record.in_flight == 1,
                   .tokens = record.tokens});
}

void SentPackets::ForgetLostBefore(Instant now) {
  const auto keep = std::find_if(lost_.begin(), lost_.end(),
                                 [now](const LostRecord& lost) { return lost.forget_time >= now; });
  ForgetLost(static_cast<std::size_t>(keep - lost_.begin()));
}

void SentPackets::ForgetLost(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) pool_.Free(lost_[i].tokens);
  lost_.erase(lost_.begin(), lost_.begin() + static_cast<std::ptrdiff_t>(count));
}

SentPackets::Collected SentPackets::CollectEliciting(std::uint64_t start, std::uint64_t end,
                                                     std::size_t packets_max,
                                                     std::vector<SentToken>& tokens) const {
  Collected collected{0, start};
  for (std::size_t i = LowerBound(start); i < count_ && At(i).number < end; ++i) {
    const Record& record = At(i);
    if (!record.present || !record.ack_eliciting) continue;
    if (collected.packets == packets_max) break;
    pool_.Append(record.tokens, tokens);
    ++collected.packets;
    collected.next = record.number + 1;
  }
  return collected;
}

void SentPackets::TakeAll(std::vector<SentToken>& tokens) {
  for (std::size_t i = 0; i < count_; ++i) {
    Record& record = At(i);
    if (!record.present) continue;
    pool_.Append(record.tokens, tokens);
    pool_.Free(record.tokens);
    Remove(record);
  }
  TrimFront();
  ForgetLost(lost_.size());
}

void SentPackets::ClearInFlight() {
  for (std::size_t i = 0; i < count_; ++i) {
    Record& record = At(i);
    // What elicits nothing and counts nowhere is from now on limited as ACK-only packets are.
    if (record.present && record.in_flight && !record.ack_eliciting) ++ack_only_;
    record.in_flight = false;
  }
  for (LostRecord& lost : lost_) lost.in_flight = false;
  bytes_in_flight_ = ByteCount(0);
}

std::size_t SentPackets::LowerBound(std::uint64_t number) const {
  if (count_ == 0 || At(0).number >= number) return 0;
  // Numbers ascend by at least one per record, so the one sought stands no later than this; without
  // skipped numbers and squeezed-out holes it stands exactly there.
  std::size_t high = count_;
  if (const std::uint64_t guess = number - At(0).number; guess < count_) {
    high = static_cast<std::size_t>(guess);
    if (At(high).number == number) return high;
  }
  std::size_t low = 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (At(middle).number < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void SentPackets::Remove(Record& record) {
  record.present = false;
  --present_;
  if (record.ack_eliciting) --ack_eliciting_in_flight_;
  if (record.in_flight) bytes_in_flight_ -= ByteCount(record.bytes);
  if (!record.ack_eliciting && !record.in_flight) --ack_only_;
}

void SentPackets::TrimFront() {
  while (count_ > 0 && !At(0).present) {
    head_ = (head_ + 1) & (ring_.size() - 1);
    --count_;
  }
}

void SentPackets::MakeRoom() {
  if (count_ < ring_.size()) return;
  // Doubled only when more than half are present: the size follows what is outstanding, not how far
  // the numbers have run ahead of the oldest.
  const bool grow = present_ * 2 >= ring_.size();
  std::vector<Record> larger(grow ? std::max(ring_.size() * 2, kInitialCapacity) : 0);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (!At(i).present) continue;
    (grow ? larger[kept] : At(kept)) = At(i);
    ++kept;
  }
  if (grow) {
    ring_ = std::move(larger);
    head_ = 0;
  }
  count_ = kept;
}

}  // namespace quiesce::quic
