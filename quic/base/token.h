// What a sent packet remembers about its contents: which bytes of which stream, which kind of
// control frame, but never the frame itself. When the packet is acknowledged or lost, each token
// returns to the part that owns the subject; on loss that part sends its newest value, or nothing.
// RFC 9000 §13.3.
#pragma once

#include <cstdint>
#include <variant>

#include "quic/base/types.h"

namespace quiesce::quic {

// Bytes [offset, offset + length) of a stream, and whether the frame carried FIN.
struct StreamToken {
  StreamId stream_id;
  ByteCount offset;
  ByteCount length;
  bool fin = false;
  friend bool operator==(const StreamToken&, const StreamToken&) = default;
};

// Bytes [offset, offset + length) of the CRYPTO stream of the packet's number space.
struct CryptoToken {
  ByteCount offset;
  ByteCount length;
  friend bool operator==(const CryptoToken&, const CryptoToken&) = default;
};

// An ACK frame up to `largest`. RFC 9000 §13.2.4: its acknowledgment lets older ranges be
// forgotten.
struct AckToken {
  PacketNumber largest;
  friend bool operator==(const AckToken&, const AckToken&) = default;
};

enum class ControlKind : std::uint8_t {
  kMaxData,
  kMaxStreamData,
  kMaxStreamsBidi,
  kMaxStreamsUni,
  kDataBlocked,
  kStreamDataBlocked,
  kStreamsBlockedBidi,
  kStreamsBlockedUni,
  kResetStream,
  kStopSending,
  kNewConnectionId,
  kRetireConnectionId,
  kHandshakeDone,
  kPathChallenge,
  kPathResponse,
  kNewToken,
  kPing,
};

// `id` is the stream ID of stream frames and the sequence number of connection ID frames; 0
// otherwise.
struct ControlToken {
  ControlKind kind;
  std::uint64_t id = 0;
  friend bool operator==(const ControlToken&, const ControlToken&) = default;
};

using SentToken = std::variant<StreamToken, CryptoToken, AckToken, ControlToken>;

}  // namespace quiesce::quic
