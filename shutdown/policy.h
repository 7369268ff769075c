// How a server leaves: how long it may take, in which steps, and when the process may go.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "http3/config.h"
#include "quic/base/time.h"

namespace quiesce::shutdown {

using quic::Duration;
using quic::Instant;

// When the process may end once every session is over. RFC 9000 §10.2.
enum class ExitPolicy : std::uint8_t {
  // As soon as the last packet has left: the socket closes with the process, so that nothing that
  // arrives late can be answered wrongly. A peer that missed the close finds out by its idle
  // timeout.
  kCloseSocket,
  // After the closing periods (3 PTO each): a peer that missed the close gets it again. For a
  // process
  // that hands its socket on, or whose clients matter more than its speed.
  kWaitClosingPeriod,
};

struct DrainPolicy {
  // What each session does. Two phases lose nothing and reject as little as possible.
  http3::ShutdownPolicy session = http3::ShutdownPolicy::kTwoPhase;
  // From the end of `unready_delay` on; what is not finished then is cut off. Never endless: 1 ms
  // to 1 h.
  Duration grace_period = std::chrono::seconds(10);
  // Between "not ready" and the first GOAWAY, still accepting: as long as load balancers need to
  // notice.
  Duration unready_delay = Duration::zero();
  // Sessions are told to leave at random moments within this time, so that their clients do not
  // reconnect all at once. At most a quarter of grace_period.
  Duration spread = Duration::zero();
  ExitPolicy exit = ExitPolicy::kCloseSocket;
  // How long packets that cannot leave (a full socket, a dead link) may hold up the exit.
  Duration flush_timeout = std::chrono::milliseconds(500);

  struct Error {
    const char* field;
    const char* rule;
  };
  // The first field that is out of range, or nullopt.
  std::optional<Error> Validate() const;
};

}  // namespace quiesce::shutdown
