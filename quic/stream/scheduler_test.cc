#include "quic/stream/scheduler.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace quiesce::quic {
namespace {

using Demand = Scheduler::Demand;

class SchedulerTest : public testing::Test {
 protected:
  ScheduleNode& Add(std::uint64_t id, std::uint8_t urgency, bool incremental) {
    ScheduleNode& node = nodes_.emplace_back();
    node.stream_id = StreamId(id);
    node.urgency = urgency;
    node.incremental = incremental;
    scheduler_.Place(node, Demand::kNewData);
    return node;
  }

  // The streams of the next `turns` turns.
  std::vector<std::uint64_t> Serve(int turns) {
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < turns && scheduler_.Next() != nullptr; ++i) {
      ScheduleNode& node = *scheduler_.Next();
      ids.push_back(node.stream_id.value());
      scheduler_.OnServed(node);
    }
    return ids;
  }

  std::deque<ScheduleNode> nodes_;
  Scheduler scheduler_;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(SchedulerTest, NobodyIsNextWhenNobodyWantsToSend) {
  EXPECT_TRUE(scheduler_.empty());
  EXPECT_EQ(scheduler_.Next(), nullptr);
  ScheduleNode& node = Add(0, 3, false);
  EXPECT_FALSE(scheduler_.empty());
  scheduler_.Place(node, Demand::kNothing);
  EXPECT_TRUE(scheduler_.empty());
  EXPECT_EQ(scheduler_.Next(), nullptr);
}

// RFC 9218 §10: higher urgency first.
TEST_F(SchedulerTest, LowerNumbersOfUrgencyGoFirst) {
  Add(0, 7, false);
  ScheduleNode& urgent = Add(4, 0, true);
  Add(8, 3, false);
  EXPECT_EQ(Serve(2), (Ids{4, 4}));
  scheduler_.Place(urgent, Demand::kNothing);
  EXPECT_EQ(Serve(2), (Ids{8, 8}));
}

// RFC 9218 §10: ascending order of stream IDs.
TEST_F(SchedulerTest, NonIncrementalStreamsGoInTheOrderOfTheirIds) {
  Add(8, 3, false);
  ScheduleNode& first = Add(0, 3, false);
  Add(4, 3, false);
  EXPECT_EQ(Serve(3), (Ids{0, 0, 0}));
  scheduler_.Place(first, Demand::kNothing);
  EXPECT_EQ(Serve(2), (Ids{4, 4}));
  scheduler_.Place(first, Demand::kNewData);
  EXPECT_EQ(Serve(1), (Ids{0}));
}

// RFC 9218 §10: incremental ones share.
TEST_F(SchedulerTest, IncrementalStreamsTakeTurns) {
  Add(0, 3, true);
  Add(4, 3, true);
  Add(8, 3, true);
  EXPECT_EQ(Serve(7), (Ids{0, 4, 8, 0, 4, 8, 0}));
}

TEST_F(SchedulerTest, NeitherKindStarvesTheOther) {
  Add(0, 3, false);
  Add(4, 3, true);
  Add(8, 3, true);
  Add(12, 3, false);
  EXPECT_EQ(Serve(6), (Ids{0, 4, 0, 8, 0, 4}));
}

// RFC 9000 §13.3.
TEST_F(SchedulerTest, LostBytesGoFirstWithinAnUrgency) {
  Add(0, 3, false);
  Add(4, 3, true);
  ScheduleNode& lost = Add(8, 3, false);
  ScheduleNode& background = Add(12, 7, false);
  scheduler_.Place(lost, Demand::kRetransmission);
  scheduler_.Place(background, Demand::kRetransmission);
  EXPECT_EQ(Serve(2), (Ids{8, 8}));
  scheduler_.Place(lost, Demand::kNewData);
  EXPECT_EQ(Serve(3), (Ids{0, 4, 0}));
}

TEST_F(SchedulerTest, PriorityChangesMoveAStreamAtOnce) {
  ScheduleNode& first = Add(0, 3, false);
  ScheduleNode& second = Add(4, 3, false);
  scheduler_.SetPriority(second, 1, false);
  EXPECT_EQ(Serve(1), (Ids{4}));
  scheduler_.SetPriority(second, 3, true);
  scheduler_.SetPriority(first, 3, true);
  EXPECT_EQ(Serve(3), (Ids{4, 0, 4}));
  ScheduleNode idle;
  idle.stream_id = StreamId(8);
  scheduler_.SetPriority(idle, 0, false);
  EXPECT_EQ(idle.urgency, 0);
  EXPECT_EQ(idle.lane, ScheduleNode::Lane::kNone);
}

TEST_F(SchedulerTest, PriorityChangesKeepARetransmissionInItsLane) {
  ScheduleNode& node = Add(0, 3, false);
  scheduler_.Place(node, Demand::kRetransmission);
  scheduler_.SetPriority(node, 5, true);
  EXPECT_EQ(node.lane, ScheduleNode::Lane::kRetransmission);
  EXPECT_EQ(Serve(1), (Ids{0}));
}

TEST_F(SchedulerTest, HandlesManyStreamsInAnyOrder) {
  for (std::uint64_t i = 0; i < 1000; ++i) Add((i * 389 % 1000) * 4, 3, false);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    ScheduleNode* node = scheduler_.Next();
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->stream_id.value(), i * 4);
    scheduler_.Place(*node, Demand::kNothing);
  }
  EXPECT_TRUE(scheduler_.empty());
}

}  // namespace
}  // namespace quiesce::quic
