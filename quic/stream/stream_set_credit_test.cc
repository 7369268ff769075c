// Credit of connection, streams and buffers in a set of streams. RFC 9000 §4.
#include <gtest/gtest.h>

#include "quic/stream/stream_set_for_test.h"

namespace quiesce::quic {
namespace {

// A stream that the application has not heard of, or not read, keeps its place in the credit.
TEST_F(StreamSetTest, ASlowApplicationSlowsThePeer) {
  StreamConfig config;
  config.max_streams_uni = 4;
  Restart(kServer, config);
  for (std::uint64_t id : {2, 6, 10, 14}) EXPECT_TRUE(ReceiveReset(id, 0).ok());
  EXPECT_FALSE(set_->has_frames());
  EXPECT_EQ(set_->live_streams(), 4u);
  EXPECT_EQ(CodeOf(ReceiveReset(18, 0)), TransportErrorCode::kStreamLimitError);
  EXPECT_EQ(Poll().size(), 8u);
  EXPECT_EQ(set_->live_streams(), 0u);
  EXPECT_EQ(SendOnly<MaxStreamsFrame>().at(0).maximum_streams, 8u);
}

// The connection's limit is exceeded while each stream is within its own. RFC 9000 §4.1.
TEST_F(StreamSetTest, EnforcesTheConnectionLimitAcrossStreams) {
  StreamConfig config;
  config.initial_max_data = ByteCount(1000);
  Restart(kServer, config);
  EXPECT_TRUE(Receive(0, 599, 1).ok());
  EXPECT_TRUE(ReceiveReset(4, 400).ok());
  EXPECT_EQ(CodeOf(Receive(8, 0, 1)), TransportErrorCode::kFlowControlError);
  EXPECT_EQ(CodeOf(ReceiveReset(8, 1)), TransportErrorCode::kFlowControlError);
}

TEST_F(StreamSetTest, ReadingGrantsCreditAgain) {
  StreamConfig config;
  config.initial_max_data = config.initial_max_stream_data = ByteCount(1000);
  Restart(kServer, config);
  EXPECT_TRUE(Receive(0, 0, 1000).ok());
  EXPECT_FALSE(set_->has_frames());
  ReadAll(0);
  TestPacket packet;
  set_->WriteFrames(kNow, kRtt, packet.out());
  ASSERT_EQ(packet.Only<MaxDataFrame>().size(), 1u);
  EXPECT_EQ(packet.Only<MaxDataFrame>()[0].maximum_data, ByteCount(2000));
  ASSERT_EQ(packet.Only<MaxStreamDataFrame>().size(), 1u);
  EXPECT_EQ(packet.Only<MaxStreamDataFrame>()[0].maximum_stream_data, ByteCount(2000));
  EXPECT_FALSE(set_->has_frames());
  Lose(packet.tokens());
  EXPECT_EQ(SendAll().size(), 2u);
}

TEST_F(StreamSetTest, SignalsConnectionBlockingOnceAndResumesOnCredit) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_data = ByteCount(1000);
  StreamSet set(kServer, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId a = *set.OpenStream(kBidi), b = *set.OpenStream(kBidi);
  set.Write(a, Pattern(0, 800), true);
  set.Write(b, Pattern(0, 800), true);
  TestPacket packet(5000);
  set.WriteFrames(kNow, kRtt, packet.out());
  set.WriteFrames(kNow, kRtt, packet.out());
  const auto streams = packet.Only<StreamFrame>();
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams[0].data.size(), 800u);
  EXPECT_EQ(streams[1].data.size(), 200u);
  const auto blocked = packet.Only<DataBlockedFrame>();
  ASSERT_EQ(blocked.size(), 1u);
  EXPECT_EQ(blocked[0].maximum_data, ByteCount(1000));
  EXPECT_TRUE(packet.Only<StreamDataBlockedFrame>().empty());
  EXPECT_FALSE(set.has_frames());
  set.HandleFrame(MaxDataFrame{.maximum_data = ByteCount(900)});  // RFC 9000 §4.1: ignored
  EXPECT_FALSE(set.has_frames());
  set.HandleFrame(MaxDataFrame{.maximum_data = ByteCount(2000)});
  EXPECT_TRUE(set.has_frames());
  TestPacket next;
  set.WriteFrames(kNow, kRtt, next.out());
  ASSERT_EQ(next.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(next.Only<StreamFrame>()[0].offset, ByteCount(200));
  EXPECT_TRUE(next.Only<DataBlockedFrame>().empty());
}

TEST_F(StreamSetTest, LostBytesAreSentWhileTheConnectionHasNoCredit) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_data = ByteCount(1000);
  StreamSet set(kServer, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId a = *set.OpenStream(kBidi), b = *set.OpenStream(kBidi);
  set.Write(b, Pattern(0, 1000), false);
  TestPacket first;
  set.WriteFrames(kNow, kRtt, first.out());
  set.Write(a, Pattern(0, 1000), false);  // lower ID, first in line, no credit
  set.OnLost(StreamToken{b, ByteCount(0), ByteCount(100), false});
  TestPacket second;
  set.WriteFrames(kNow, kRtt, second.out());
  ASSERT_EQ(second.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(second.Only<StreamFrame>()[0].stream_id, b);
}

// One stream uses up the credit, the next in line is stuck, the last needs none.
TEST_F(StreamSetTest, AStreamWithoutCreditDoesNotHoldUpAFin) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_data = ByteCount(100);
  StreamSet set(kServer, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId greedy = *set.OpenStream(kBidi), stuck = *set.OpenStream(kBidi);
  const StreamId ending = *set.OpenStream(kBidi);
  set.SetPriority(greedy, 0, false);
  set.SetPriority(ending, 7, false);
  set.Write(stuck, Pattern(0, 100), false);
  set.Write(ending, {}, true);
  set.Write(greedy, Pattern(0, 100), false);
  TestPacket packet;
  set.WriteFrames(kNow, kRtt, packet.out());
  const auto frames = packet.Only<StreamFrame>();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].stream_id, greedy);
  EXPECT_EQ(frames[1].stream_id, ending);
  set.WriteFrames(kNow, kRtt, packet.out());
  EXPECT_EQ(packet.Only<DataBlockedFrame>().size(), 1u);
  EXPECT_FALSE(set.has_frames());
}

// What a peer leaves unread does not keep an application protocol from saying that it leaves.
TEST_F(StreamSetTest, BidirectionalStreamsLeaveCreditToUnidirectionalOnes) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_data = ByteCount(2000);
  StreamSet set(kServer, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId greedy = *set.OpenStream(kBidi), control = *set.OpenStream(kUni);
  set.Write(greedy, Pattern(0, 5000), false);
  TestPacket full(5000);
  set.WriteFrames(kNow, kRtt, full.out());
  set.WriteFrames(kNow, kRtt, full.out());
  ASSERT_EQ(full.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(full.Only<StreamFrame>()[0].data.size(), 2000u - 32u);
  EXPECT_EQ(full.Only<DataBlockedFrame>().size(), 1u);
  EXPECT_FALSE(set.has_frames());

  set.Write(control, Pattern(0, 20), false);
  TestPacket said;
  set.WriteFrames(kNow, kRtt, said.out());
  ASSERT_EQ(said.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(said.Only<StreamFrame>()[0].stream_id, control);
  EXPECT_EQ(said.Only<StreamFrame>()[0].data.size(), 20u);
  EXPECT_FALSE(set.has_frames());
  // Still blocked, so DATA_BLOCKED is worth repeating (RFC 9000 §13.3).
  set.OnLost(ControlToken{ControlKind::kDataBlocked});
  EXPECT_TRUE(set.has_frames());

  set.HandleFrame(MaxDataFrame{.maximum_data = ByteCount(2010)});  // not even the reserve
  TestPacket none;
  set.WriteFrames(kNow, kRtt, none.out());
  EXPECT_TRUE(none.Only<StreamFrame>().empty());
  set.HandleFrame(MaxDataFrame{.maximum_data = ByteCount(3000)});
  TestPacket more(5000);
  set.WriteFrames(kNow, kRtt, more.out());
  ASSERT_EQ(more.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(more.Only<StreamFrame>()[0].offset, ByteCount(2000 - 32));
  EXPECT_EQ(more.Only<StreamFrame>()[0].data.size(), 1000u - 20u);
}

TEST_F(StreamSetTest, SignalsStreamBlockingAndResumesOnCredit) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_stream_data_uni = ByteCount(10);
  StreamSet set(kServer, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId id = *set.OpenStream(kUni);
  set.Write(id, Pattern(0, 20), true);
  TestPacket packet;
  set.WriteFrames(kNow, kRtt, packet.out());
  set.WriteFrames(kNow, kRtt, packet.out());
  EXPECT_EQ(packet.Only<StreamFrame>().size(), 1u);
  ASSERT_EQ(packet.Only<StreamDataBlockedFrame>().size(), 1u);
  EXPECT_FALSE(set.has_frames());
  EXPECT_TRUE(set.HandleFrame(MaxStreamDataFrame{id, ByteCount(15)}).ok());
  TestPacket next;
  set.WriteFrames(kNow, kRtt, next.out());
  ASSERT_EQ(next.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(next.Only<StreamFrame>()[0].data.size(), 5u);
}

// 0-RTT: streams were opened and written with remembered limits; the real ones are higher.
TEST_F(StreamSetTest, LaterLimitsReachOpenStreams) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_stream_data_bidi_remote = ByteCount(10);
  StreamSet set(kClient, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId id = *set.OpenStream(kBidi);
  set.Write(id, Pattern(0, 100), false);
  TestPacket first;
  set.WriteFrames(kNow, kRtt, first.out());
  set.SetPeerLimits(kGenerous);
  TestPacket second;
  set.WriteFrames(kNow, kRtt, second.out());
  ASSERT_EQ(second.Only<StreamFrame>().size(), 1u);
  EXPECT_EQ(second.Only<StreamFrame>()[0].data.size(), 90u);
}

TEST_F(StreamSetTest, WriteIsHeldToTheQueueOfAStream) {
  StreamConfig config;
  config.max_unsent_per_stream = ByteCount(1000);
  Restart(kServer, config);
  ASSERT_EQ(set_->OpenStream(kBidi), StreamId(1));
  const WriteResult result = Write(1, 1500, true);
  EXPECT_EQ(result.status, WriteStatus::kBlocked);
  EXPECT_EQ(result.accepted, 1000u);
  EXPECT_TRUE(Poll().empty());
  SendAll();  // in flight no longer counts
  EXPECT_EQ(Poll(), Events{"writable 1"});
  EXPECT_EQ(Write(1, 500, true).status, WriteStatus::kOk);
}

TEST_F(StreamSetTest, WriteIsHeldToTheBufferOfTheConnection) {
  StreamConfig config;
  config.max_unsent_per_stream = ByteCount(1000);
  config.max_send_buffer = ByteCount(1200);
  Restart(kServer, config);
  ASSERT_EQ(set_->OpenStream(kBidi), StreamId(1));
  ASSERT_EQ(set_->OpenStream(kBidi), StreamId(5));
  EXPECT_EQ(Write(1, 1000, true).status, WriteStatus::kOk);
  EXPECT_EQ(Write(5, 1000, true).accepted, 200u);
  const auto tokens = SendAll();
  EXPECT_TRUE(Poll().empty());  // sent, but still kept
  EXPECT_EQ(Write(5, 1, false).status, WriteStatus::kBlocked);
  Acknowledge(tokens);
  const Events events = Poll();
  EXPECT_EQ(std::ranges::count(events, "writable 5"), 1);
  EXPECT_EQ(Write(5, 800, true).status, WriteStatus::kOk);
}

TEST_F(StreamSetTest, ResettingOneStreamMakesRoomForAnother) {
  StreamConfig config;
  config.max_unsent_per_stream = config.max_send_buffer = ByteCount(1000);
  Restart(kServer, config);
  ASSERT_EQ(set_->OpenStream(kBidi), StreamId(1));
  ASSERT_EQ(set_->OpenStream(kBidi), StreamId(5));
  Write(1, 1000, false);
  EXPECT_EQ(Write(5, 1, false).status, WriteStatus::kBlocked);
  set_->ResetStream(StreamId(1), 3);
  EXPECT_EQ(Poll(), Events{"writable 5"});
}
}  // namespace
}  // namespace quiesce::quic
