// Which packets arrived, which are lost, and when to probe: loss detection for the three packet
// number spaces of a connection. RFC 9002 §6, §7.6, Appendix A. Owned by the connection; the
// round-trip time and the congestion controller belong to the current path.
//
// Acknowledged and lost packets come back as tokens in a RecoveryOutcome that the caller keeps and
// reuses; it tells each token's owner. An owner must accept any order and any repetition: bytes may
// be lost, sent again and then acknowledged twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/result.h"
#include "quic/base/time.h"
#include "quic/base/token.h"
#include "quic/base/types.h"
#include "quic/recovery/congestion_controller.h"
#include "quic/recovery/persistent_congestion.h"
#include "quic/recovery/rtt.h"
#include "quic/recovery/sent_packets.h"
#include "quic/wire/ack_frame.h"

namespace quiesce::quic {

// What one ACK frame or timeout did. Filled by LossDetector, which clears it first.
struct RecoveryOutcome {
  PacketNumberSpace space = PacketNumberSpace::kInitial;  // of every token below
  std::vector<SentToken> acked;
  std::vector<SentToken> lost;  // send the information again, if it is still wanted. RFC 9000 §13.3
  std::size_t packets_acked = 0;
  std::size_t packets_lost = 0;
  std::size_t packets_late_acked = 0;  // declared lost before: a spurious loss
  bool rtt_sampled = false;
  bool persistent_congestion = false;
  // Ack-eliciting datagrams that must be sent now in `space` although the window may be full; 0
  // unless a probe timeout fired. RFC 9002 §6.2.4, §7.5.
  int probes = 0;

  void Clear(PacketNumberSpace of_space);
};

class LossDetector {
 public:
  static constexpr std::uint64_t kPacketThreshold = 3;      // RFC 9002 §6.1.1
  static constexpr int kPersistentCongestionThreshold = 3;  // RFC 9002 §7.6.1
  static constexpr int kProbesPerTimeout = 2;               // RFC 9002 §6.2.4

  // `rtt` and `congestion` are those of the path in use and outlive this object, or the next
  // OnPathChanged().
  LossDetector(Perspective perspective, RttEstimator& rtt, CongestionController& congestion);

  // A packet was sent at packet.time_sent. Numbers ascend within a space; a number left out was
  // skipped on purpose, and its acknowledgment is an error. `tokens` is copied. §A.5
  void OnPacketSent(PacketNumberSpace space, const SentPacket& packet,
                    std::span<const SentToken> tokens);

  // An ACK frame. `ack_delay` is the decoded field; any value is safe. §A.7
  // Errors: PROTOCOL_VIOLATION when it covers a packet that was never sent (RFC 9000 §13.1);
  // nothing was changed then.
  [[nodiscard]] Result<void> OnAckReceived(Instant now, PacketNumberSpace space,
                                           const AckRanges& ranges, Duration ack_delay,
                                           RecoveryOutcome& outcome);

  // When OnTimeout() must be called; may lie in the past. §A.8
  std::optional<Instant> Deadline() const { return deadline_; }
  // Either declares packets lost (`outcome.lost`) or demands probes (`outcome.probes`). Does
  // nothing before the deadline. §A.9
  void OnTimeout(Instant now, RecoveryOutcome& outcome);

  // After a probe timeout: appends what `packets_max` unacknowledged ack-eliciting packets of a
  // space carry, for the probes to repeat. They stay in flight. The oldest come first; further
  // timeouts of the same series go on behind them, and start again at the end. §6.2.4
  void CollectUnacked(PacketNumberSpace space, std::size_t packets_max,
                      std::vector<SentToken>& tokens);

  // The keys of Initial or Handshake are gone, and with them every packet sent with them. §6.4
  void OnSpaceDiscarded(Instant now, PacketNumberSpace space);
  // Retry: recovery and congestion control start again; what was sent comes back as `outcome.lost`
  // (CryptoTokens belong to Initial, all others to 0-RTT). Packet numbers go on (RFC 9000
  // §17.2.5.3). `initial_rtt` may be the time that the Retry took. §6.3
  void ResetForRetry(Instant now, Duration initial_rtt, RecoveryOutcome& outcome);
  // 0-RTT was rejected: what it carried comes back as `outcome.lost`; no congestion is inferred.
  // Call before the first 1-RTT packet is sent. §6.4
  void OnZeroRttRejected(Instant now, RecoveryOutcome& outcome);
  // RFC 9000 §9.4: from now on packets travel another path. Earlier ones are still detected as
  // acknowledged or lost, but touch neither its estimates nor its window.
  void OnPathChanged(Instant now, RttEstimator& rtt, CongestionController& congestion);

  // The peer's max_ack_delay transport parameter; 25 ms until set. RFC 9000 §18.2.
  void SetMaxAckDelay(Duration max_ack_delay) { max_ack_delay_ = max_ack_delay; }
  // A client's anti-deadlock probe is a Handshake packet from now on. §6.2.2.1
  void OnHandshakeKeysAvailable(Instant now);
  // RFC 9001 §4.1.2. Enables the probe timeout of 1-RTT packets, and limits reported delays.
  void OnHandshakeConfirmed(Instant now);
  // A server that has no credit left to send arms no probe timeout. When credit returns, the
  // deadline may already have passed. §6.2.2.1
  void SetAmplificationLimited(Instant now, bool limited);
  // After each round of sending: whether it ended because there was nothing more to send, rather
  // than by the window, by the pacer or by the datagram buffer. §7.8
  void SetOutOfData(bool out_of_data);

  ByteCount bytes_in_flight() const;
  // How much of the congestion window is free. Not asked for probes and for ACK-only packets. §7
  ByteCount SendWindow() const { return congestion_->congestion_window() - bytes_in_flight(); }
  std::uint32_t pto_count() const { return pto_count_; }
  std::optional<PacketNumber> largest_acked(PacketNumberSpace space) const;
  bool HasUnackedEliciting(PacketNumberSpace space) const;
  // §6.2.1, without backoff; max_ack_delay is counted for kApplication only.
  Duration ProbeTimeout(PacketNumberSpace space) const;

 private:
  struct Space {
    SentPackets sent;
    std::optional<std::uint64_t> largest_acked;
    std::optional<Instant> last_eliciting_time;
    std::optional<Instant> loss_time;
    std::uint64_t first_number_on_path = 0;  // RFC 9000 §9.4
    // What the probes of a series repeat next, and where it ends: its own probes lie behind.
    std::uint64_t probe_next = 0;
    std::uint64_t probe_end = 0;
    bool discarded = false;
  };
  struct AckedSummary {
    std::optional<Instant> largest_time_sent;  // if the frame's largest is newly acknowledged
    bool ack_eliciting = false;                // at least one of the newly acknowledged
  };
  struct Timeout {
    Instant time;
    PacketNumberSpace space;
  };

  Space& At(PacketNumberSpace space) { return spaces_[static_cast<std::size_t>(space)]; }
  const Space& At(PacketNumberSpace space) const {
    return spaces_[static_cast<std::size_t>(space)];
  }
  bool PeerCompletedAddressValidation() const;
  AckedSummary DetectAckedPackets(Space& state, const AckRanges& ranges, RecoveryOutcome& outcome);
  void UpdateRtt(Instant now, PacketNumberSpace space, Duration latest_rtt, Duration ack_delay);
  void DetectLostPackets(Instant now, PacketNumberSpace space, ByteCount prior_in_flight,
                         RecoveryOutcome& outcome);
  void Abandon(Space& state, RecoveryOutcome& outcome);
  std::optional<Timeout> EarliestLossTime() const;
  std::optional<Timeout> EarliestProbeTimeout(Instant now) const;
  Duration Backoff(Duration period) const;
  void SetLossDetectionTimer(Instant now);

  Perspective perspective_;
  RttEstimator* rtt_;
  CongestionController* congestion_;
  std::array<Space, kPacketNumberSpaces> spaces_;
  PersistentCongestion persistent_congestion_;
  std::uint64_t next_order_ = 0;  // over all spaces
  std::uint32_t pto_count_ = 0;
  Duration max_ack_delay_ = std::chrono::milliseconds(25);
  bool handshake_keys_available_ = false;
  bool handshake_acked_ = false;
  bool handshake_confirmed_ = false;
  bool amplification_limited_ = false;
  bool application_limited_ = false;
  std::optional<Instant> deadline_;
  // Scratch of one ACK frame.
  std::vector<SettledPacket> acked_in_flight_;
  std::vector<SettledPacket> lost_in_flight_;
  std::vector<Instant> late_acked_;
  std::vector<PersistentCongestion::Lost> lost_eliciting_;
};

}  // namespace quiesce::quic
