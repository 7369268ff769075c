// Every timer of a connection: one enum, one array of deadlines. To add a timer, add a value and
// its line in the connection's timeout switch. Owned by the connection.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "quic/base/time.h"

namespace quiesce::quic {

enum class Timer : std::uint8_t {
  kLossDetection,  // time threshold or probe timeout, RFC 9002 §6
  kAckDelay,       // a held-back acknowledgment is due, RFC 9000 §13.2.1
  kPacing,         // the next burst may leave, RFC 9002 §7.7
  kIdle,           // RFC 9000 §10.1
  kKeepAlive,      // RFC 9000 §10.1.2
  kHandshake,      // handshake not completed in time
};
inline constexpr std::size_t kTimerCount = 6;

class Timers {
 public:
  Timers() { deadlines_.fill(kNever); }

  // nullopt stops the timer.
  void Set(Timer timer, std::optional<Instant> deadline) {
    deadlines_[Index(timer)] = deadline.value_or(kNever);
  }
  void Stop(Timer timer) { deadlines_[Index(timer)] = kNever; }

  bool IsDue(Timer timer, Instant now) const { return deadlines_[Index(timer)] <= now; }
  std::optional<Instant> deadline(Timer timer) const { return Known(deadlines_[Index(timer)]); }
  // The soonest deadline of all; nullopt when no timer runs.
  std::optional<Instant> Soonest() const {
    return Known(*std::min_element(deadlines_.begin(), deadlines_.end()));
  }

 private:
  static constexpr Instant kNever = Instant::max();
  static constexpr std::size_t Index(Timer timer) { return static_cast<std::size_t>(timer); }
  static std::optional<Instant> Known(Instant deadline) {
    return deadline == kNever ? std::nullopt : std::optional(deadline);
  }

  std::array<Instant, kTimerCount> deadlines_;
};

}  // namespace quiesce::quic
