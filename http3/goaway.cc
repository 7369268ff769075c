#include "http3/goaway.h"

namespace quiesce::http3 {

Result<void> ReceivedGoaways::Handle(std::uint64_t id) {
  // RFC 9114 §5.2: a larger identifier would take back a promise that requests can be retried.
  if (last_ && id > *last_)
    return Error{ErrorCode::kIdError, "GOAWAY identifier larger than the one before"};
  if (self_ == quic::Perspective::kClient) {
    const std::optional<FirstRejectedId> limit = FirstRejectedId::FromWire(id);
    // RFC 9114 §7.2.6: a server names a client-initiated bidirectional stream.
    if (!limit) return Error{ErrorCode::kIdError, "GOAWAY identifier is not a request stream"};
    limit_ = *limit;
  }
  last_ = id;
  return {};
}

}  // namespace quiesce::http3
