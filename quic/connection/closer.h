// The end of a connection: keeps the one datagram with CONNECTION_CLOSE, repeats it at a falling
// rate, and knows when the closing or draining period is over. RFC 9000 §10.2. Owned by the
// connection; everything else a connection owned is gone by then, the keys included.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/datagram.h"
#include "quic/base/time.h"
#include "quic/base/types.h"

namespace quiesce::quic {

class Closer {
 public:
  // The closing or draining period, RFC 9000 §10.2, in PTOs; and its bound, because a peer
  // influences the PTO and each closing connection costs memory.
  static constexpr int kPeriodInProbeTimeouts = 3;
  static constexpr Duration kPeriodMax = std::chrono::seconds(10);

  // Enters closing: `datagram` is sent by the next PollTransmit() along `info.path`, and again on
  // the 1st, 2nd, 4th, 8th ... datagram received. Where the amplification limit has left less
  // `send_credit` than that, it waits for the first of these (RFC 9000 §8.1).
  void StartClosing(Instant now, Duration probe_timeout, const DatagramInfo& info,
                    std::span<const std::uint8_t> datagram, ByteCount send_credit);
  // Enters draining: nothing is sent any more, the datagram is freed. From closing the end time
  // stays (RFC 9000 §10.2.2).
  void StartDraining(Instant now, Duration probe_timeout);

  // A datagram addressed to this connection arrived. Counts only from the address that the close
  // went to; RFC 9000 §10.2.1 wants others discarded or limited.
  void OnDatagramReceived(const DatagramInfo& info, ByteCount size);

  // Appends at most one datagram; returns how many.
  std::size_t PollTransmit(TransmitBatch& out);

  // When the period ends; nullopt before it starts.
  std::optional<Instant> deadline() const { return deadline_; }
  // Bytes kept.
  std::size_t memory_bytes() const { return datagram_.capacity(); }

 private:
  DatagramInfo info_;
  std::vector<std::uint8_t> datagram_;
  std::optional<Instant> deadline_;
  bool send_ = false;        // by the next PollTransmit()
  bool answer_due_ = false;  // as soon as three times the received bytes allow it
  std::uint64_t datagrams_received_ = 0;
  ByteCount bytes_received_;
  ByteCount bytes_answered_;
};

}  // namespace quiesce::quic
