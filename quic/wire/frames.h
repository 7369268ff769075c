// One struct per frame. RFC 9000 §19, RFC 9221 §4. Bytes inside a frame are views: into the packet
// for a frame that was read, into the caller's memory for one that is written.
//
// `Fields` names every field of a frame once, in wire order; the reader, the writer, the size
// computation and qlog each bring a visitor `wire` with these members (a reading one assigns, the
// others observe):
//   wire.type()                       the frame type, for fields whose presence depends on its bits
//   wire.Varint(name, field)          std::uint64_t, StreamId, ByteCount or PacketNumber
//   wire.Array(name, field)           std::array of bytes, as it stands
//   wire.Cid(name, field)             ConnectionId behind a one-byte length
//   wire.Bytes(name, field)           std::span behind a varint length
//   wire.Text(name, field)            std::string_view behind a varint length
//   wire.Rest(name, field)            std::span to the end of the packet
//   wire.PaddingRun(name, field)      bytes of PADDING, type bytes included
//   wire.Ranges(name, largest, field) AckRanges
// A frame whose type carries flags converts them with type() and SetType(). EncodingFault() names
// the rule that a well-formed but illegal value breaks, or is null.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "quic/base/types.h"
#include "quic/wire/ack_frame.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {

// RFC 9000 §19.1. A whole run of PADDING frames, which are one byte each.
struct PaddingFrame {
  static constexpr std::uint64_t kType = 0x00;
  std::size_t count = 1;  // bytes

  static constexpr void Fields(auto& wire, auto& frame) { wire.PaddingRun("length", frame.count); }
  constexpr const char* EncodingFault() const { return count > 0 ? nullptr : "empty PADDING run"; }
};

// §19.2.
struct PingFrame {
  static constexpr std::uint64_t kType = 0x01;
  static constexpr void Fields(auto&, auto&) {}
};

// §19.3, as received; WriteAckFrame() writes one from an IntervalSet.
struct AckFrame {
  static constexpr std::uint64_t kFirstType = 0x02;
  static constexpr std::uint64_t kLastType = 0x03;
  PacketNumber largest_acknowledged{};
  // Microseconds divided by 2^ack_delay_exponent of the sender; any value up to 2^62 - 1: scale
  // with care.
  std::uint64_t ack_delay = 0;
  AckRanges ranges{};
  std::optional<EcnCounts> ecn{};

  constexpr std::uint64_t type() const { return ecn ? kLastType : kFirstType; }
  constexpr void SetType(std::uint64_t type) {
    if (type == kLastType) ecn.emplace();
  }
  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("largest_acknowledged", frame.largest_acknowledged);
    wire.Varint("ack_delay", frame.ack_delay);
    wire.Ranges("acked_ranges", frame.largest_acknowledged, frame.ranges);
    if (frame.ecn) {
      wire.Varint("ect0", frame.ecn->ect0);
      wire.Varint("ect1", frame.ecn->ect1);
      wire.Varint("ce", frame.ecn->ce);
    }
  }
};

// §19.4.
struct ResetStreamFrame {
  static constexpr std::uint64_t kType = 0x04;
  StreamId stream_id{};
  std::uint64_t application_error_code = 0;
  ByteCount final_size{};

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("stream_id", frame.stream_id);
    wire.Varint("application_error_code", frame.application_error_code);
    wire.Varint("final_size", frame.final_size);
  }
};

// §19.5.
struct StopSendingFrame {
  static constexpr std::uint64_t kType = 0x05;
  StreamId stream_id{};
  std::uint64_t application_error_code = 0;

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("stream_id", frame.stream_id);
    wire.Varint("application_error_code", frame.application_error_code);
  }
};

// §19.6.
struct CryptoFrame {
  static constexpr std::uint64_t kType = 0x06;
  ByteCount offset{};
  std::span<const std::uint8_t> data{};

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("offset", frame.offset);
    wire.Bytes("data", frame.data);
  }
  constexpr const char* EncodingFault() const {
    return offset.value() + data.size() <= kMaxVarint ? nullptr
                                                      : "CRYPTO data beyond offset 2^62-1";
  }
};

// §19.7.
struct NewTokenFrame {
  static constexpr std::uint64_t kType = 0x07;
  std::span<const std::uint8_t> token{};

  static constexpr void Fields(auto& wire, auto& frame) { wire.Bytes("token", frame.token); }
  constexpr const char* EncodingFault() const {
    return token.empty() ? "NEW_TOKEN with an empty token" : nullptr;
  }
};

// §19.8.
struct StreamFrame {
  static constexpr std::uint64_t kFirstType = 0x08;
  static constexpr std::uint64_t kLastType = 0x0f;
  static constexpr std::uint64_t kFinBit = 0x01;
  static constexpr std::uint64_t kLengthBit = 0x02;
  static constexpr std::uint64_t kOffsetBit = 0x04;

  StreamId stream_id{};
  ByteCount offset{};
  std::span<const std::uint8_t> data{};
  bool fin = false;
  bool has_length = true;  // without it the data runs to the end of the packet: last frame only

  // Written with an offset field only where the offset is not 0.
  constexpr std::uint64_t type() const {
    return kFirstType | (fin ? kFinBit : 0) | (has_length ? kLengthBit : 0) |
           (offset.is_zero() ? 0 : kOffsetBit);
  }
  constexpr void SetType(std::uint64_t type) {
    fin = (type & kFinBit) != 0;
    has_length = (type & kLengthBit) != 0;
  }
  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("stream_id", frame.stream_id);
    if ((wire.type() & kOffsetBit) != 0) wire.Varint("offset", frame.offset);
    if (frame.has_length) {
      wire.Bytes("data", frame.data);
    } else {
      wire.Rest("data", frame.data);
    }
  }
  constexpr const char* EncodingFault() const {
    return offset.value() + data.size() <= kMaxVarint ? nullptr
                                                      : "STREAM data beyond offset 2^62-1";
  }
};

// §19.9.
struct MaxDataFrame {
  static constexpr std::uint64_t kType = 0x10;
  ByteCount maximum_data{};

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("maximum_data", frame.maximum_data);
  }
};

// §19.10. Raises the peer's limit on one stream.
struct MaxStreamDataFrame {
  static constexpr std::uint64_t kType = 0x11;
  StreamId stream_id{};
  ByteCount maximum_stream_data{};  // absolute offset, not an increment

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("stream_id", frame.stream_id);
    wire.Varint("maximum_stream_data", frame.maximum_stream_data);
  }
};

// §19.11.
struct MaxStreamsFrame {
  static constexpr std::uint64_t kFirstType = 0x12;  // bidirectional streams
  static constexpr std::uint64_t kLastType = 0x13;   // unidirectional streams
  StreamDirection direction = StreamDirection::kBidirectional;
  std::uint64_t maximum_streams = 0;  // over the connection's life, not an increment; up to 2^60

  constexpr std::uint64_t type() const {
    return direction == StreamDirection::kBidirectional ? kFirstType : kLastType;
  }
  constexpr void SetType(std::uint64_t type) {
    direction =
        type == kFirstType ? StreamDirection::kBidirectional : StreamDirection::kUnidirectional;
  }
  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("maximum_streams", frame.maximum_streams);
  }
  constexpr const char* EncodingFault() const {
    return maximum_streams <= kMaxStreamCount ? nullptr : "MAX_STREAMS above 2^60";
  }
};

// §19.12.
struct DataBlockedFrame {
  static constexpr std::uint64_t kType = 0x14;
  ByteCount maximum_data{};  // the limit at which sending stopped

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("maximum_data", frame.maximum_data);
  }
};

// §19.13.
struct StreamDataBlockedFrame {
  static constexpr std::uint64_t kType = 0x15;
  StreamId stream_id{};
  ByteCount maximum_stream_data{};  // the limit at which sending stopped

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("stream_id", frame.stream_id);
    wire.Varint("maximum_stream_data", frame.maximum_stream_data);
  }
};

// §19.14.
struct StreamsBlockedFrame {
  static constexpr std::uint64_t kFirstType = 0x16;  // bidirectional streams
  static constexpr std::uint64_t kLastType = 0x17;   // unidirectional streams
  StreamDirection direction = StreamDirection::kBidirectional;
  std::uint64_t maximum_streams = 0;  // the limit at which opening stopped; up to 2^60

  constexpr std::uint64_t type() const {
    return direction == StreamDirection::kBidirectional ? kFirstType : kLastType;
  }
  constexpr void SetType(std::uint64_t type) {
    direction =
        type == kFirstType ? StreamDirection::kBidirectional : StreamDirection::kUnidirectional;
  }
  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("maximum_streams", frame.maximum_streams);
  }
  constexpr const char* EncodingFault() const {
    return maximum_streams <= kMaxStreamCount ? nullptr : "STREAMS_BLOCKED above 2^60";
  }
};

// §19.15.
struct NewConnectionIdFrame {
  static constexpr std::uint64_t kType = 0x18;
  std::uint64_t sequence_number = 0;
  std::uint64_t retire_prior_to = 0;  // at most sequence_number
  ConnectionId connection_id{};       // 1 to 20 bytes
  StatelessResetToken stateless_reset_token{};

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("sequence_number", frame.sequence_number);
    wire.Varint("retire_prior_to", frame.retire_prior_to);
    wire.Cid("connection_id", frame.connection_id);
    wire.Array("stateless_reset_token", frame.stateless_reset_token);
  }
  constexpr const char* EncodingFault() const {
    if (connection_id.empty()) return "NEW_CONNECTION_ID with an empty connection ID";
    if (retire_prior_to > sequence_number) return "Retire Prior To above its own Sequence Number";
    return nullptr;
  }
};

// §19.16.
struct RetireConnectionIdFrame {
  static constexpr std::uint64_t kType = 0x19;
  std::uint64_t sequence_number = 0;

  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("sequence_number", frame.sequence_number);
  }
};

using PathData = std::array<std::uint8_t, 8>;

// §19.17.
struct PathChallengeFrame {
  static constexpr std::uint64_t kType = 0x1a;
  PathData data{};

  static constexpr void Fields(auto& wire, auto& frame) { wire.Array("data", frame.data); }
};

// §19.18.
struct PathResponseFrame {
  static constexpr std::uint64_t kType = 0x1b;
  PathData data{};

  static constexpr void Fields(auto& wire, auto& frame) { wire.Array("data", frame.data); }
};

// §19.19.
struct ConnectionCloseFrame {
  static constexpr std::uint64_t kFirstType = 0x1c;  // an error of the transport, RFC 9000 §20.1
  static constexpr std::uint64_t kLastType = 0x1d;   // an error of the application, §20.2
  bool is_application = false;
  std::uint64_t error_code = 0;
  std::uint64_t frame_type = 0;  // transport only: the frame to blame, 0 if none
  std::string_view reason{};     // from a peer: any bytes, not necessarily UTF-8

  constexpr std::uint64_t type() const { return is_application ? kLastType : kFirstType; }
  constexpr void SetType(std::uint64_t type) { is_application = type == kLastType; }
  static constexpr void Fields(auto& wire, auto& frame) {
    wire.Varint("error_code", frame.error_code);
    if (!frame.is_application) wire.Varint("trigger_frame_type", frame.frame_type);
    wire.Text("reason", frame.reason);
  }
};

// §19.20.
struct HandshakeDoneFrame {
  static constexpr std::uint64_t kType = 0x1e;
  static constexpr void Fields(auto&, auto&) {}
};

// RFC 9221 §4.
struct DatagramFrame {
  static constexpr std::uint64_t kFirstType = 0x30;
  static constexpr std::uint64_t kLastType = 0x31;
  std::span<const std::uint8_t> data{};  // may be empty
  bool has_length = true;  // without it the data runs to the end of the packet: last frame only

  constexpr std::uint64_t type() const { return has_length ? kLastType : kFirstType; }
  constexpr void SetType(std::uint64_t type) { has_length = type == kLastType; }
  static constexpr void Fields(auto& wire, auto& frame) {
    if (frame.has_length) {
      wire.Bytes("data", frame.data);
    } else {
      wire.Rest("data", frame.data);
    }
  }
};

using Frame =
    std::variant<PaddingFrame, PingFrame, AckFrame, ResetStreamFrame, StopSendingFrame, CryptoFrame,
                 NewTokenFrame, StreamFrame, MaxDataFrame, MaxStreamDataFrame, MaxStreamsFrame,
                 DataBlockedFrame, StreamDataBlockedFrame, StreamsBlockedFrame,
                 NewConnectionIdFrame, RetireConnectionIdFrame, PathChallengeFrame,
                 PathResponseFrame, ConnectionCloseFrame, HandshakeDoneFrame, DatagramFrame>;

// The frame type, flags included; of one frame struct, or of whatever a Frame holds.
template <typename F>
constexpr std::uint64_t FrameType(const F& frame) {
  if constexpr (requires { F::kType; }) {
    return F::kType;
  } else {
    return frame.type();
  }
}
constexpr std::uint64_t FrameType(const Frame& frame) {
  return std::visit([](const auto& held) { return FrameType(held); }, frame);
}

}  // namespace quiesce::quic
