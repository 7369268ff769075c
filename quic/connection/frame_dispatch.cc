#include "quic/connection/frame_dispatch.h"

#include <algorithm>
#include <variant>

#include "quic/connection/token_routing.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/frame_table.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {
namespace {

// The ACK Delay field in time. A peer may claim anything; what is longer than any sane delay is
// clamped before it can overflow. RFC 9000 §19.3.
Duration DecodeAckDelay(std::uint64_t field, std::uint64_t exponent) {
  constexpr std::uint64_t kMaxMicroseconds = 60'000'000;
  if (field > (kMaxMicroseconds >> exponent)) return std::chrono::microseconds(kMaxMicroseconds);
  return std::chrono::microseconds(field << exponent);
}

// One call operator per frame type.
class Dispatcher {
 public:
  Dispatcher(Instant now, const ReceivedPacket& packet, ConnectionParts& parts,
             PacketEffects& effects)
      : now_(now), packet_(packet), parts_(parts), effects_(effects) {}

  Result<void> operator()(const PaddingFrame&) { return {}; }
  Result<void> operator()(const PingFrame&) { return {}; }

  Result<void> operator()(const AckFrame& frame) {
    const PacketNumberSpace space = SpaceOf(packet_.type);
    // RFC 9000 §13.2.5: Initial and Handshake acknowledgments are not delayed on purpose.
    const Duration delay = space == PacketNumberSpace::kApplication
                               ? DecodeAckDelay(frame.ack_delay, parts_.peer_ack_delay_exponent)
                               : Duration::zero();
    auto accepted = parts_.recovery.OnAckReceived(now_, space, frame.ranges, delay, parts_.outcome);
    if (!accepted) return accepted;
    RouteOutcome(parts_);
    return {};
  }

  Result<void> operator()(const CryptoFrame& frame) {
    return parts_.handshake.HandleCrypto(SpaceOf(packet_.type), frame, parts_.spaces);
  }

  // RFC 9000 §8.1.3: a token for a later connection. There is no store for it, and using it is
  // optional.
  Result<void> operator()(const NewTokenFrame&) { return {}; }

  Result<void> operator()(const StreamFrame& frame) { return parts_.streams.HandleFrame(frame); }
  Result<void> operator()(const ResetStreamFrame& frame) {
    return parts_.streams.HandleFrame(frame);
  }
  Result<void> operator()(const StopSendingFrame& frame) {
    return parts_.streams.HandleFrame(frame);
  }
  Result<void> operator()(const MaxStreamDataFrame& frame) {
    return parts_.streams.HandleFrame(frame);
  }
  Result<void> operator()(const StreamDataBlockedFrame& frame) {
    return parts_.streams.HandleFrame(frame);
  }
  Result<void> operator()(const MaxDataFrame& frame) {
    parts_.streams.HandleFrame(frame);
    return {};
  }
  Result<void> operator()(const MaxStreamsFrame& frame) {
    parts_.streams.HandleFrame(frame);
    return {};
  }
  // RFC 9000 §4.2: credit is given when it can be, never in answer to these two.
  Result<void> operator()(const DataBlockedFrame&) { return {}; }
  Result<void> operator()(const StreamsBlockedFrame&) { return {}; }

  Result<void> operator()(const NewConnectionIdFrame& frame) {
    return parts_.remote_cids.HandleNewConnectionId(frame);
  }
  Result<void> operator()(const RetireConnectionIdFrame& frame) {
    return parts_.local_cids.HandleRetireConnectionId(frame, packet_.destination_cid);
  }

  Result<void> operator()(const PathChallengeFrame& frame) {
    if (parts_.path_responses.size() < ConnectionParts::kPathResponsesMax)
      parts_.path_responses.push_back(frame.data);
    return {};
  }
  // RFC 9000 §19.18 allows closing over an answer that nobody asked for; ignoring it harms nobody.
  Result<void> operator()(const PathResponseFrame&) { return {}; }

  Result<void> operator()(const ConnectionCloseFrame& frame) {
    effects_.close = PeerClose{.is_application = frame.is_application,
                               .error_code = frame.error_code,
                               .frame_type = frame.frame_type,
                               .reason = std::string(frame.reason)};
    return {};
  }

  Result<void> operator()(const HandshakeDoneFrame&) {
    effects_.handshake_done = true;
    return {};
  }

  // RFC 9221 §3: max_datagram_frame_size was not advertised.
  Result<void> operator()(const DatagramFrame& frame) {
    return Error{TransportErrorCode::kProtocolViolation, FrameType(frame),
                 "DATAGRAM frame without max_datagram_frame_size"};
  }

 private:
  Instant now_;
  const ReceivedPacket& packet_;
  ConnectionParts& parts_;
  PacketEffects& effects_;
};

Result<void> CheckAllowed(const FrameRow& row, std::uint64_t type, PacketType packet,
                          Perspective sender) {
  if (!row.AllowedIn(packet)) {
    return Error{TransportErrorCode::kProtocolViolation, type,
                 "frame in a packet type that forbids it"};
  }
  if (!row.AllowedFrom(sender)) {
    return Error{TransportErrorCode::kProtocolViolation, type, "frame that only a server may send"};
  }
  return {};
}

}  // namespace

Result<PacketEffects> DispatchFrames(Instant now, const ReceivedPacket& packet,
                                     ConnectionParts& parts) {
  // RFC 9000 §12.4: a packet has at least one frame.
  if (packet.payload.empty())
    return Error{TransportErrorCode::kProtocolViolation, 0, "packet without frames"};
  PacketEffects effects;
  Dispatcher dispatcher(now, packet, parts, effects);
  Reader reader(packet.payload);
  while (!reader.empty() && !effects.close) {
    Reader ahead = reader;
    const std::uint64_t type = ReadVarint(ahead);
    auto frame = ReadFrame(reader);
    if (!frame) return frame.error();
    const FrameRow& row = *FindFrameRow(type);
    QUIESCE_RETURN_IF_ERROR(CheckAllowed(row, type, packet.type, Opposite(parts.perspective)));
    effects.ack_eliciting = effects.ack_eliciting || row.ack_eliciting;
    if (auto handled = std::visit(dispatcher, *frame); !handled) {
      Error error = handled.error();
      error.frame_type = type;
      return error;
    }
  }
  return effects;
}

}  // namespace quiesce::quic
