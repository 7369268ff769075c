// The two control streams: the one this side writes and the one it reads. RFC 9114 §6.2.1, §7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "http3/error.h"
#include "http3/frame_reader.h"
#include "http3/frames.h"
#include "http3/outgoing_stream.h"
#include "http3/settings.h"
#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

// Ours. SETTINGS stands in front of everything; GOAWAY cannot fail: its room is taken at the start,
// and what the transport does not take stays and is sent later.
class ControlStream {
 public:
  // `random`: 8 public random bytes, for greasing.
  ControlStream(quic::Transport& transport, const Settings& settings, std::uint64_t random);

  // Opens the stream and sends the type and SETTINGS. False while the transport refuses a stream.
  bool Open();
  bool settings_sent() const { return stream_.id().has_value(); }
  bool Is(quic::StreamId id) const { return stream_.Is(id); }

  // Says GOAWAY with an identifier that is not above the one before.
  void WriteGoaway(std::uint64_t id);
  void HandleWritable();
  void HandlePrefixAcked(quic::ByteCount offset);

  // Every GOAWAY written so far is acknowledged; true when there was none.
  bool goaway_acked() const { return acked_ >= goaway_end_; }
  std::optional<std::uint64_t> last_goaway() const { return last_goaway_; }

 private:
  // A GOAWAY frame takes at most this: type, length, 8 bytes of identifier.
  static constexpr std::size_t kGoawayBytes = 10;
  static constexpr std::size_t kGoawaysReserved = 2;  // announcement and cutoff

  void Watch();

  quic::Transport& transport_;
  OutgoingStream stream_;
  std::optional<std::uint64_t> last_goaway_;
  quic::ByteCount goaway_end_;  // offset behind the last GOAWAY
  quic::ByteCount watched_;     // the offset given to WatchAcked last
  quic::ByteCount acked_;
};

// What a peer's control stream says, beyond what can be ignored.
using ControlItem = std::variant<Settings, GoawayFrame>;

// The peer's.
class PeerControlStream {
 public:
  explicit PeerControlStream(quic::Perspective sender);

  // Appends to `items` what `bytes` complete. Errors, all of the connection: those of FrameReader
  // and ReadSettings; H3_ID_ERROR for a CANCEL_PUSH (no push is ever promised or allowed here,
  // §7.2.3) and for a MAX_PUSH_ID below the one before (§7.2.7).
  [[nodiscard]] Result<void> Handle(std::span<const std::uint8_t> bytes,
                                    std::vector<ControlItem>& items);

 private:
  Result<void> HandlePayload(const FramePayload& frame, std::vector<ControlItem>& items);

  FrameReader reader_;
  std::optional<std::uint64_t> max_push_id_;
};

}  // namespace quiesce::http3
