#include "quic/stream/scheduler.h"

#include <algorithm>
#include <bit>

#include "quic/base/check.h"

namespace quiesce::quic {
namespace {

using Lane = ScheduleNode::Lane;

Lane LaneFor(const ScheduleNode& node, Scheduler::Demand demand) {
  switch (demand) {
    case Scheduler::Demand::kRetransmission:
      return Lane::kRetransmission;
    case Scheduler::Demand::kNewData:
      return node.incremental ? Lane::kIncremental : Lane::kOrdered;
    case Scheduler::Demand::kNothing:
      break;
  }
  return Lane::kNone;
}

bool ComesBefore(const ScheduleNode* node, StreamId stream_id) {
  return node->stream_id < stream_id;
}

}  // namespace

void Scheduler::Place(ScheduleNode& node, Demand demand) {
  const Lane lane = LaneFor(node, demand);
  if (lane == node.lane) return;
  Leave(node);
  Enter(node, lane);
}

void Scheduler::SetPriority(ScheduleNode& node, std::uint8_t urgency, bool incremental) {
  QUIESCE_CHECK(urgency < kLevels);
  const Lane lane = node.lane;
  Leave(node);
  node.urgency = urgency;
  node.incremental = incremental;
  if (lane == Lane::kNone || lane == Lane::kRetransmission) return Enter(node, lane);
  Enter(node, LaneFor(node, Demand::kNewData));
}

ScheduleNode* Scheduler::Next() const {
  if (active_levels_ == 0) return nullptr;
  const Level& level = levels_[static_cast<std::size_t>(std::countr_zero(active_levels_))];
  if (!level.retransmission.empty()) return level.retransmission.front();
  const bool incremental =
      level.ordered.empty() || (level.incremental_turn && !level.incremental.empty());
  return incremental ? level.incremental.front() : level.ordered.front();
}

void Scheduler::OnServed(ScheduleNode& node) {
  Level& level = levels_[node.urgency];
  switch (node.lane) {
    case Lane::kOrdered:
      level.incremental_turn = true;
      break;
    case Lane::kIncremental:
      level.incremental_turn = false;
      level.incremental.Remove(node);
      level.incremental.PushBack(node);
      break;
    case Lane::kRetransmission:
    case Lane::kNone:
      break;
  }
}

std::size_t Scheduler::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Level& level : levels_) bytes += level.ordered.capacity() * sizeof(ScheduleNode*);
  return bytes;
}

void Scheduler::Enter(ScheduleNode& node, Lane lane) {
  if (lane == Lane::kNone) return;
  Level& level = levels_[node.urgency];
  if (lane == Lane::kRetransmission) {
    level.retransmission.PushBack(node);
  } else if (lane == Lane::kIncremental) {
    level.incremental.PushBack(node);
  } else {
    level.ordered.insert(
        std::lower_bound(level.ordered.begin(), level.ordered.end(), node.stream_id, ComesBefore),
        &node);
  }
  node.lane = lane;
  active_levels_ |= static_cast<std::uint8_t>(1u << node.urgency);
}

void Scheduler::Leave(ScheduleNode& node) {
  if (node.lane == Lane::kNone) return;
  Level& level = levels_[node.urgency];
  if (node.lane == Lane::kRetransmission) {
    level.retransmission.Remove(node);
  } else if (node.lane == Lane::kIncremental) {
    level.incremental.Remove(node);
  } else {
    level.ordered.erase(
        std::lower_bound(level.ordered.begin(), level.ordered.end(), node.stream_id, ComesBefore));
  }
  node.lane = Lane::kNone;
  if (level.empty()) active_levels_ &= static_cast<std::uint8_t>(~(1u << node.urgency));
}

bool Scheduler::Level::empty() const {
  return retransmission.empty() && incremental.empty() && ordered.empty();
}

}  // namespace quiesce::quic
