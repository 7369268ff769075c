// The packets of one number space that were sent and are neither acknowledged nor lost yet, with
// the tokens of what they carried. RFC 9002 §A.1, RFC 9000 §13.3. Owned by the loss detector.
//
// Records are 32 bytes and stand in a ring in ascending packet number; tokens are chained in a
// pool. Neither allocates in the steady state. A record that is gone leaves a hole; holes are
// squeezed out when they outnumber what is left, so that one old packet cannot make the ring grow
// with the numbers sent since.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/interval_set.h"
#include "quic/base/time.h"
#include "quic/base/token.h"
#include "quic/base/types.h"
#include "quic/wire/ack_frame.h"

namespace quiesce::quic {

// RFC 9002 §A.1.1.
struct SentPacket {
  PacketNumber number;
  Instant time_sent;
  ByteCount bytes;             // QUIC header and AEAD tag included; at most 65,535
  bool ack_eliciting = false;  // carries more than ACK, PADDING and CONNECTION_CLOSE
  bool in_flight = false;      // ack-eliciting, or carries PADDING
};

// Tokens in chains, each chain belonging to one packet.
class TokenPool {
 public:
  using Chain = std::uint32_t;
  static constexpr Chain kEmpty = UINT32_MAX;

  Chain Store(std::span<const SentToken> tokens);
  // Appends the tokens to `out` in the order they were stored. A STREAM range that continues the
  // one before it is merged into it, so that its owner is told once per run and not once per
  // packet.
  void Append(Chain chain, std::vector<SentToken>& out) const;
  void Free(Chain chain);

 private:
  struct Node {
    SentToken token;
    Chain next;
  };
  std::vector<Node> nodes_;
  Chain free_ = kEmpty;
};

class SentPackets {
 public:
  // Packets that are not in flight (ACK only) and that are remembered. A peer that never
  // acknowledges them can make us send any number; those above the limit are not recorded: their
  // acknowledgment says nothing that a later one will not.
  static constexpr std::size_t kAckOnlyMax = 256;
  // Lost packets whose late acknowledgment still spares a retransmission. RFC 9000 §13.3.
  static constexpr std::size_t kLostMax = 512;
  // Ranges of skipped packet numbers that are watched for. RFC 9000 §21.4.
  static constexpr std::size_t kSkippedMax = 16;

  // What the ring holds. `order` counts the packets of all spaces in the order they were sent.
  struct Record {
    std::uint64_t number;
    Instant time_sent;
    std::uint64_t order : 45;
    std::uint64_t bytes : 16;
    std::uint64_t present : 1;  // 0 = a hole
    std::uint64_t ack_eliciting : 1;
    std::uint64_t in_flight : 1;
    TokenPool::Chain tokens;
  };
  static_assert(sizeof(Record) == 32);

  // Numbers must ascend; those left out count as skipped.
  void Add(const SentPacket& packet, std::uint64_t order, std::span<const SentToken> tokens);

  // Whether every number in `ranges` was really sent, as far as still known: nothing at or above
  // the next number, none of the skipped ones. RFC 9000 §13.1, §21.4.
  bool WereSent(const AckRanges& ranges) const;

  // Removes the packets with numbers in [start, end), appends their tokens to `tokens`, and calls
  // on_acked(const Record&) for each in ascending order.
  template <typename OnAcked>
  void RemoveAcked(std::uint64_t start, std::uint64_t end, std::vector<SentToken>& tokens,
                   OnAcked&& on_acked);

  // Appends the tokens of packets in [start, end) that were declared lost and turn out to have
  // arrived, and when those of them were sent that were in flight. Returns how many packets those
  // are.
  std::size_t TakeLateAcked(std::uint64_t start, std::uint64_t end, std::vector<SentToken>& tokens,
                            std::vector<Instant>& times_sent);

  // Calls is_lost(const Record&) for each packet numbered at most `largest_acked`, ascending. Those
  // for which it returns true are removed and their tokens appended to `tokens`; they are
  // remembered as lost until `forget_time`.
  template <typename IsLost>
  void RemoveLost(PacketNumber largest_acked, Instant forget_time, std::vector<SentToken>& tokens,
                  IsLost&& is_lost);
  void ForgetLostBefore(Instant now);

  // Appends the tokens of the oldest `packets_max` ack-eliciting packets in [start, end), which
  // stay. Returns how many there were, and the number behind the last.
  struct Collected {
    std::size_t packets;
    std::uint64_t next;
  };
  Collected CollectEliciting(std::uint64_t start, std::uint64_t end, std::size_t packets_max,
                             std::vector<SentToken>& tokens) const;
  // Appends the tokens of everything that is left, lost packets excepted, and forgets it all. The
  // next packet number stays.
  void TakeAll(std::vector<SentToken>& tokens);
  // RFC 9000 §9.4: what was sent so far went over another path and counts there no more.
  void ClearInFlight();

  ByteCount bytes_in_flight() const { return bytes_in_flight_; }
  std::size_t ack_eliciting_in_flight() const { return ack_eliciting_in_flight_; }
  std::size_t size() const { return present_; }
  std::uint64_t next_number() const { return next_number_; }
  // No packet below this number can be newly or late acknowledged.
  std::uint64_t oldest_tracked() const {
    const std::uint64_t outstanding = count_ > 0 ? At(0).number : next_number_;
    return lost_.empty() ? outstanding : std::min(outstanding, lost_.front().number);
  }
  // Records allocated, holes and spare included: what the bound is about.
  std::size_t capacity() const { return ring_.size(); }

 private:
  Record& At(std::size_t index) { return ring_[(head_ + index) & (ring_.size() - 1)]; }
  const Record& At(std::size_t index) const { return ring_[(head_ + index) & (ring_.size() - 1)]; }
  // Index of the first record, present or not, whose number is at least `number`.
  std::size_t LowerBound(std::uint64_t number) const;
  void Remove(Record& record);
  void RememberLost(const Record& record, Instant forget_time);
  void ForgetLost(std::size_t count);
  void TrimFront();
  void MakeRoom();

  struct LostRecord {
    std::uint64_t number;
    Instant time_sent;
    Instant forget_time;
    bool in_flight;
    TokenPool::Chain tokens;
  };

  std::vector<Record> ring_;  // size is a power of two, or 0
  std::size_t head_ = 0;
  std::size_t count_ = 0;    // records in use, holes included
  std::size_t present_ = 0;  // holes excluded
  std::size_t ack_only_ = 0;
  std::size_t ack_eliciting_in_flight_ = 0;
  ByteCount bytes_in_flight_;
  std::uint64_t next_number_ = 0;
  std::vector<LostRecord> lost_;  // ascending
  IntervalSet skipped_;
  TokenPool pool_;
};

template <typename OnAcked>
void SentPackets::RemoveAcked(std::uint64_t start, std::uint64_t end,
                              std::vector<SentToken>& tokens, OnAcked&& on_acked) {
  for (std::size_t i = LowerBound(start); i < count_ && At(i).number < end; ++i) {
    Record& record = At(i);
    if (!record.present) continue;
    pool_.Append(record.tokens, tokens);
    pool_.Free(record.tokens);
    on_acked(static_cast<const Record&>(record));
    Remove(record);
  }
  TrimFront();
}

template <typename IsLost>
void SentPackets::RemoveLost(PacketNumber largest_acked, Instant forget_time,
                             std::vector<SentToken>& tokens, IsLost&& is_lost) {
  for (std::size_t i = 0; i < count_ && At(i).number <= largest_acked.value(); ++i) {
    Record& record = At(i);
    if (!record.present || !is_lost(static_cast<const Record&>(record))) continue;
    pool_.Append(record.tokens, tokens);
    RememberLost(record, forget_time);
    Remove(record);
  }
  TrimFront();
}

}  // namespace quiesce::quic
