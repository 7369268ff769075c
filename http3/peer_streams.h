// The unidirectional streams that the peer opens: their types, and where their bytes go. RFC 9114
// §6.2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "http3/control_stream.h"
#include "http3/error.h"
#include "http3/load_meter.h"
#include "http3/qpack_streams.h"
#include "http3/stream_type.h"
#include "quic/base/types.h"
#include "quic/connection/transport.h"

namespace quiesce::http3 {

class PeerStreams {
 public:
  PeerStreams(quic::Transport& transport, QpackStreams& qpack, LoadMeter& meter);

  void HandleOpened(quic::StreamId id);
  // Reads everything that has arrived; control frames of interest are appended to `items`. Errors,
  // all of the connection: H3_STREAM_CREATION_ERROR for a second critical stream (§6.2.1, RFC 9204
  // §4.2) or a push stream from a client (§6.2.2); H3_ID_ERROR for a push stream from a server,
  // which never got a MAX_PUSH_ID (§4.6); H3_CLOSED_CRITICAL_STREAM (§6.2.1); what the streams
  // themselves find.
  [[nodiscard]] Result<void> HandleReadable(quic::StreamId id, std::vector<ControlItem>& items);
  // H3_CLOSED_CRITICAL_STREAM; any other stream may be reset at any time.
  [[nodiscard]] Result<void> HandleReset(quic::StreamId id);

 private:
  struct Stream {
    StreamTypeReader type_reader;
    std::optional<StreamType> type;
  };

  // Takes the type from the front of `bytes`. False: the stream is not wanted and was dropped.
  Result<bool> ReadType(quic::StreamId id, Stream& stream, std::span<const std::uint8_t>& bytes);
  Result<void> HandleBytes(StreamType type, std::span<const std::uint8_t> bytes,
                           std::vector<ControlItem>& items);
  Result<void> HandleEnd(quic::StreamId id);

  quic::Transport& transport_;
  QpackStreams& qpack_;
  LoadMeter& meter_;
  PeerControlStream control_;
  std::map<quic::StreamId, Stream> streams_;
  std::set<StreamType> seen_;  // critical types, each of which comes once in a connection's life
};

}  // namespace quiesce::http3
