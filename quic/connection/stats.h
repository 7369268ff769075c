// Counters of one connection; plain integers, read by copying the struct. What they count is what
// happened on the wire, so that a sum over connections is the process's metric.
#pragma once

#include <cstdint>

namespace quiesce::quic {

struct ConnectionStats {
  // UDP payload bytes and datagrams, coalesced packets counted one by one.
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t datagrams_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;  // decrypted and not duplicates

  std::uint64_t packets_acked = 0;
  std::uint64_t packets_lost = 0;
  std::uint64_t probe_timeouts = 0;                  // RFC 9002 §6.2
  std::uint64_t persistent_congestions = 0;          // RFC 9002 §7.6
  std::uint64_t sends_blocked_by_amplification = 0;  // RFC 9000 §8.1

  // Packets received and not processed, by reason.
  std::uint64_t packets_dropped_malformed = 0;      // header does not parse, Initial in too little
  std::uint64_t packets_dropped_wrong_cid = 0;      // coalesced, other Destination Connection ID
  std::uint64_t packets_dropped_wrong_version = 0;  // long header, other version
  std::uint64_t packets_dropped_unexpected = 0;     // 0-RTT, useless Retry or Version Negotiation
  std::uint64_t packets_dropped_no_keys = 0;        // keys not there yet and no room, or discarded
  std::uint64_t packets_dropped_undecryptable = 0;  // AEAD refused it
  std::uint64_t packets_dropped_duplicate = 0;      // RFC 9000 §12.3
  std::uint64_t packets_dropped_closing = 0;        // arrived in closing or draining
  std::uint64_t datagrams_dropped_wrong_path = 0;   // from an address that is not the peer's

  std::uint64_t ecn_ce_received = 0;  // packets that arrived marked Congestion Experienced
};

}  // namespace quiesce::quic
