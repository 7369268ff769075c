// Work that is due at a moment, for handlers that answer later. Owned by the server, used on its
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "quic/base/time.h"

namespace quiesce::http3 {

class ServerCore;

// What a server runs on its thread between datagrams. May call anything on exchanges.
using ServerTask = std::function<void(ServerCore&)>;

// Names one task until it has run or was cancelled, and nothing afterwards.
struct TimerId {
  quic::Instant when{};
  std::uint64_t number = 0;
  friend auto operator<=>(const TimerId&, const TimerId&) = default;
};

class TimerQueue {
 public:
  // Tasks of one moment keep their order.
  TimerId Add(quic::Instant when, ServerTask task);
  // No effect on a task that has run. Whoever schedules on a peer's wish cancels when the peer is
  // gone.
  void Cancel(const TimerId& id) { tasks_.erase(id); }
  // Takes out the first task that is due; nullopt when none is.
  std::optional<ServerTask> PopDue(quic::Instant now);
  // When the next task is due.
  std::optional<quic::Instant> Next() const;
  std::size_t size() const { return tasks_.size(); }

 private:
  std::map<TimerId, ServerTask> tasks_;
  std::uint64_t next_number_ = 0;
};

}  // namespace quiesce::http3
