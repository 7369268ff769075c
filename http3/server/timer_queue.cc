#include "http3/server/timer_queue.h"

#include <utility>

namespace quiesce::http3 {

TimerId TimerQueue::Add(quic::Instant when, ServerTask task) {
  const TimerId id{when, next_number_++};
  tasks_.emplace(id, std::move(task));
  return id;
}

std::optional<ServerTask> TimerQueue::PopDue(quic::Instant now) {
  if (tasks_.empty() || tasks_.begin()->first.when > now) return std::nullopt;
  return std::move(tasks_.extract(tasks_.begin()).mapped());
}

std::optional<quic::Instant> TimerQueue::Next() const {
  if (tasks_.empty()) return std::nullopt;
  return tasks_.begin()->first.when;
}

}  // namespace quiesce::http3
