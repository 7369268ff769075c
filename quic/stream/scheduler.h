// Which stream sends next: urgency first, then lost bytes, then non-incremental streams in the
// order of their IDs and incremental ones in turn. RFC 9218 §10, RFC 9000 §2.3, §13.3. Owned by the
// StreamSet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "quic/base/types.h"
#include "quic/stream/intrusive_list.h"

namespace quiesce::quic {

// A stream's place in the schedule; part of the Stream.
struct ScheduleNode {
  enum class Lane : std::uint8_t { kNone, kRetransmission, kOrdered, kIncremental };

  StreamId stream_id;
  std::uint8_t urgency = 3;  // 0 (first) to 7. RFC 9218 §4.1
  bool incremental = false;  // §4.2
  Lane lane = Lane::kNone;
  ListLink<ScheduleNode> link;
};

class Scheduler {
 public:
  // What a stream has to send. Nothing takes it out of the schedule.
  enum class Demand : std::uint8_t { kNothing, kNewData, kRetransmission };

  // States what `node` has to send, after anything that may have changed it. A node leaves
  // (kNothing) before it dies.
  void Place(ScheduleNode& node, Demand demand);
  // Changes the priority of a node, scheduled or not.
  void SetPriority(ScheduleNode& node, std::uint8_t urgency, bool incremental);

  // The node that sends next; null when none wants to.
  ScheduleNode* Next() const;
  // `node`, just returned by Next(), has sent one frame: the others of its kind have their turn.
  // Non-incremental and incremental streams of one urgency alternate, so that neither a long
  // response nor an endless one starves the other kind (RFC 9218 §10).
  void OnServed(ScheduleNode& node);

  bool empty() const { return active_levels_ == 0; }
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kLevels = 8;

  using List = IntrusiveList<ScheduleNode, &ScheduleNode::link>;
  struct Level {
    List retransmission;                 // first come, first served
    List incremental;                    // in turn
    std::vector<ScheduleNode*> ordered;  // ascending stream IDs
    bool incremental_turn = false;

    bool empty() const;
  };

  void Enter(ScheduleNode& node, ScheduleNode::Lane lane);
  void Leave(ScheduleNode& node);

  std::array<Level, kLevels> levels_;
  std::uint8_t active_levels_ = 0;  // bit per urgency
};

}  // namespace quiesce::quic
