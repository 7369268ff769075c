// Fills one datagram: asks each part, in a fixed order, what it has for a packet of each space,
// then protects and coalesces the packets. Knows nothing of what the frames mean. RFC 9000 §12,
// §13, §14.1. Lives as long as the parts, so that its memory serves one datagram after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/time.h"
#include "quic/connection/connection_parts.h"
#include "quic/wire/frames.h"
#include "quic/wire/header.h"

namespace quiesce::quic {

class PacketWriter;

class PacketBuilder {
 public:
  // `parts` outlives the builder.
  explicit PacketBuilder(ConnectionParts& parts) : parts_(parts) {}

  // Writes the next datagram into `room` and returns its size; 0 when there is nothing to send now,
  // or nothing that congestion control, pacing or the amplification limit lets out.
  std::size_t Build(Instant now, std::span<std::uint8_t> room);

  // Writes the datagram with CONNECTION_CLOSE, behind whatever resets and stream bytes fit. Before
  // the handshake is confirmed there is one packet per level that has keys, so that the peer can
  // read one of them (RFC 9000 §10.2.3). Neither congestion control nor pacing holds it back;
  // whether the amplification limit does is for the caller to see.
  std::size_t BuildClose(Instant now, std::span<std::uint8_t> room,
                         const ConnectionCloseFrame& frame);

 private:
  // A packet whose payload is written and that is not sealed yet.
  struct Draft {
    PacketSpace* space = nullptr;
    HeaderLayout layout;
    PacketNumber number;
    std::size_t payload_end = 0;
    bool ack_eliciting = false;
    bool in_flight = false;
    bool has_ack = false;
    bool has_path_response = false;
    std::vector<SentToken> tokens;
  };

  std::size_t DatagramSize(Instant now);
  bool HasElicitingFrames() const;
  std::optional<Writer> StartPacket(PacketSpace& space, Draft& draft);
  bool WritePacket(Instant now, PacketSpace& space, bool may_elicit);
  void WriteEliciting(Instant now, PacketSpace& space, PacketWriter& out, Draft& draft);
  bool WriteClosePacket(Instant now, PacketSpace& space, const ConnectionCloseFrame& frame);
  bool WriteAck(Instant now, PacketSpace& space, PacketWriter& out);
  void Pad();
  std::size_t Seal(Instant now);
  void NoteSent(Instant now, const Draft& draft, std::size_t size);

  ConnectionParts& parts_;
  std::span<std::uint8_t> datagram_;  // the one being built
  std::array<Draft, kPacketNumberSpaces> drafts_;
  std::size_t draft_count_ = 0;
};

}  // namespace quiesce::quic
