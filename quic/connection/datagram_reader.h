// The packets of one datagram, one after the other: finds each, takes its protection off in place,
// drops and counts what does not belong to the connection, puts aside what came before its keys.
// What the frames mean is for others. RFC 9000 §5.2, §12.2, §12.3; RFC 9001 §5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "quic/base/datagram.h"
#include "quic/base/error.h"
#include "quic/connection/connection_parts.h"
#include "quic/connection/received_packet.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

class DatagramReader {
 public:
  struct Item {
    enum class Kind : std::uint8_t {
      kEnd,             // nothing is left
      kPacket,          // `packet`, until the next call
      kFault,           // `fault`: the connection ends
      kVersionRefused,  // the server speaks no version of ours, RFC 9000 §6.2
      kRetry,           // retry() is to be followed
      kStatelessReset,  // the peer has lost the connection, RFC 9000 §10.3.1
    };
    Kind kind = Kind::kEnd;
    ReceivedPacket packet{};
    Error fault{};
  };

  // `datagram` is what arrived, or one packet that was put aside. It is decrypted in place, and
  // outlives the reader as `parts` does.
  DatagramReader(ConnectionParts& parts, const DatagramInfo& info,
                 std::span<std::uint8_t> datagram);

  // Faults: PROTOCOL_VIOLATION for reserved bits (RFC 9000 §17.2); AEAD_LIMIT_REACHED when too many
  // packets were not authentic (RFC 9001 §6.6).
  Item Next();
  // The header of the Retry that Next() has returned; views into the datagram.
  const PacketHeader& retry() const { return header_; }

 private:
  using Packet = std::span<std::uint8_t>;

  Item Examine(const PacketHeader& header, Packet packet);
  bool Accept(const PacketHeader& header);
  Item ExamineVersionNegotiation(const PacketHeader& header);
  Item ExamineRetry(const PacketHeader& header, Packet packet);
  Item Open(const PacketHeader& header, Packet packet);
  Item OnNotAuthentic(const PacketHeader& header, Packet packet, std::uint64_t integrity_limit);
  void KeepForLater(Packet packet);

  ConnectionParts& parts_;
  const DatagramInfo& info_;
  std::size_t datagram_size_;
  Packet rest_;
  PacketHeader header_;                      // of the packet that is examined
  std::optional<ConnectionId> destination_;  // of the first packet
};

}  // namespace quiesce::quic
