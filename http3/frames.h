// HTTP/3 frames: types, where each is allowed, and the small ones as structs. RFC 9114 §7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "http3/error.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

enum class FrameType : std::uint64_t {
  kData = 0x00,
  kHeaders = 0x01,
  kCancelPush = 0x03,
  kSettings = 0x04,
  kPushPromise = 0x05,
  kGoaway = 0x07,
  kMaxPushId = 0x0d,
};

enum class StreamKind : std::uint8_t { kControl, kRequest, kPush };

enum class PayloadKind : std::uint8_t {
  kStreamed,  // any length, passed on as it arrives
  kSection,   // an encoded field section, collected
  kSettings,  // identifier and value pairs, collected
  kInteger,   // one variable-length integer
  kNone,      // never accepted
};

struct FrameRow {
  FrameType type;
  std::string_view name;
  bool on_control;
  bool on_request;
  bool on_push;
  bool from_client;
  bool from_server;
  PayloadKind payload;
};

// RFC 9114 §7, Table 1, with the senders of §7.2 and the reserved HTTP/2 types of §7.2.8.
std::span<const FrameRow> FrameTable();

// nullptr for a type that is unknown and therefore ignored. §9.
const FrameRow* FindFrame(std::uint64_t type);

// "HEADERS", or "unknown".
std::string_view ToString(FrameType type);

// Whether a frame may stand on a stream at all, by kind of stream and sender; its place in the
// order is for control_stream and request_stream. Unknown types may stand anywhere.
// H3_FRAME_UNEXPECTED: §7.2.1 to §7.2.8.
Result<void> CheckFramePlace(std::uint64_t type, StreamKind stream, quic::Perspective sender);

// §7.2.3. The push is not wanted, or will not be fulfilled.
struct CancelPushFrame {
  static constexpr FrameType kType = FrameType::kCancelPush;
  std::uint64_t push_id = 0;

  static constexpr void Fields(auto& wire, auto& frame) { wire.Varint("push_id", frame.push_id); }
};

// §7.2.6. From a server: the first request stream that is not processed. From a client: the first
// push.
struct GoawayFrame {
  static constexpr FrameType kType = FrameType::kGoaway;
  std::uint64_t id = 0;

  static constexpr void Fields(auto& wire, auto& frame) { wire.Varint("id", frame.id); }
};

// §7.2.7. The highest push ID that the server may use.
struct MaxPushIdFrame {
  static constexpr FrameType kType = FrameType::kMaxPushId;
  std::uint64_t push_id = 0;

  static constexpr void Fields(auto& wire, auto& frame) { wire.Varint("push_id", frame.push_id); }
};

// Reads a whole payload of one of the three frames above.
// H3_FRAME_ERROR (§7.1): too short, or bytes left over.
template <typename Frame>
Result<Frame> ReadPayload(std::span<const std::uint8_t> payload);

// Appends one of the three frames above, header included.
template <typename Frame>
void AppendFrame(const Frame& frame, std::vector<std::uint8_t>& out);

// Appends type and length of a frame whose payload (`length` bytes) the caller sends behind it:
// DATA, HEADERS, SETTINGS, reserved types (grease.h).
void AppendFrameHeader(FrameType type, std::uint64_t length, std::vector<std::uint8_t>& out);

}  // namespace quiesce::http3
