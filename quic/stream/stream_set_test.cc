#include <gtest/gtest.h>

#include "quic/stream/stream_set_for_test.h"

namespace quiesce::quic {
namespace {

TEST_F(StreamSetTest, ARequestAndItsResponseLeaveNothingBehind) {
  EXPECT_TRUE(Receive(0, 0, 100, true).ok());
  EXPECT_EQ(Poll(), (Events{"opened 0", "readable 0"}));
  EXPECT_EQ(ReadAll(0), 100u);
  EXPECT_EQ(Write(0, 5000, true).status, WriteStatus::kOk);
  EXPECT_EQ(set_->live_streams(), 1u);
  Acknowledge(SendAll());
  EXPECT_EQ(set_->live_streams(), 1u);  // until the application knows
  EXPECT_EQ(Poll(), Events{"sent 0"});
  EXPECT_EQ(set_->live_streams(), 0u);
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
}

// RFC 9000 §2.1.
TEST_F(StreamSetTest, SkippedStreamsOpenInOrder) {
  EXPECT_TRUE(Receive(8, 0, 1).ok());
  EXPECT_EQ(Poll(), (Events{"opened 0", "opened 4", "opened 8", "readable 8"}));
  EXPECT_EQ(set_->highest_peer_stream(kBidi), StreamId(8));
  EXPECT_EQ(set_->highest_peer_stream(kUni), std::nullopt);
}

// RFC 9000 §3.2: each of these frames opens a stream of the peer.
TEST_F(StreamSetTest, EveryFrameThatNamesAStreamOpensIt) {
  EXPECT_TRUE(ReceiveReset(0, 0).ok());
  EXPECT_TRUE(ReceiveStop(4).ok());
  EXPECT_TRUE(ReceiveLimit(8, 1).ok());
  EXPECT_TRUE(ReceiveBlocked(12).ok());
  EXPECT_EQ(Poll(), (Events{"opened 0", "reset 0 code 5 size 0", "opened 4", "stop 4 code 6",
                            "opened 8", "opened 12"}));
}

// RFC 9000 §4.6, §19.11.
TEST_F(StreamSetTest, EveryFrameIsHeldToTheStreamLimit) {
  const auto limit_error = TransportErrorCode::kStreamLimitError;
  const std::uint64_t beyond = 4 * config_.max_streams_bidi;
  EXPECT_EQ(CodeOf(Receive(beyond, 0, 1)), limit_error);
  EXPECT_EQ(CodeOf(ReceiveReset(beyond, 0)), limit_error);
  EXPECT_EQ(CodeOf(ReceiveStop(beyond)), limit_error);
  EXPECT_EQ(CodeOf(ReceiveLimit(beyond, 1)), limit_error);
  EXPECT_EQ(CodeOf(ReceiveBlocked(beyond)), limit_error);
  EXPECT_EQ(CodeOf(Receive(2 + 4 * config_.max_streams_uni, 0, 1)), limit_error);
  EXPECT_EQ(CodeOf(Receive(kMaxVarint - 3, 0, 1)), limit_error);  // ID 2^62 - 4
  EXPECT_EQ(set_->live_streams(), 0u);
  EXPECT_TRUE(Receive(beyond - 4, 0, 1).ok());
  EXPECT_EQ(set_->live_streams(), config_.max_streams_bidi);
}

// RFC 9000 §19.4, §19.8, §19.13: we only send on stream 3.
TEST_F(StreamSetTest, FramesForASendOnlyStreamAreErrors) {
  ASSERT_EQ(set_->OpenStream(kUni), StreamId(3));
  EXPECT_EQ(CodeOf(Receive(3, 0, 1)), TransportErrorCode::kStreamStateError);
  EXPECT_EQ(CodeOf(ReceiveReset(3, 0)), TransportErrorCode::kStreamStateError);
  EXPECT_EQ(CodeOf(ReceiveBlocked(3)), TransportErrorCode::kStreamStateError);
}

// RFC 9000 §19.5, §19.10.
TEST_F(StreamSetTest, FramesForAReceiveOnlyStreamAreErrors) {
  EXPECT_EQ(CodeOf(ReceiveStop(2)), TransportErrorCode::kStreamStateError);
  EXPECT_EQ(CodeOf(ReceiveLimit(2, 1)), TransportErrorCode::kStreamStateError);
}

TEST_F(StreamSetTest, FramesForOurStreamsBeforeTheyOpenAreErrors) {
  const auto state_error = TransportErrorCode::kStreamStateError;
  EXPECT_EQ(CodeOf(Receive(1, 0, 1)), state_error);
  EXPECT_EQ(CodeOf(ReceiveReset(1, 0)), state_error);
  EXPECT_EQ(CodeOf(ReceiveStop(1)), state_error);
  EXPECT_EQ(CodeOf(ReceiveLimit(1, 1)), state_error);
  EXPECT_EQ(CodeOf(ReceiveBlocked(1)), state_error);
  EXPECT_EQ(CodeOf(ReceiveStop(3)), state_error);
  ASSERT_EQ(set_->OpenStream(kBidi), StreamId(1));
  EXPECT_TRUE(Receive(1, 0, 1).ok());
}

TEST_F(StreamSetTest, LateFramesForAnEndedStreamAreIgnored) {
  EXPECT_TRUE(Receive(0, 0, 1, true).ok());
  Poll();
  ReadAll(0);
  Write(0, 0, true);
  Acknowledge(SendAll());
  Poll();
  ASSERT_EQ(set_->live_streams(), 0u);
  EXPECT_TRUE(Receive(0, 0, 1, true).ok());
  EXPECT_TRUE(ReceiveReset(0, 1).ok());
  EXPECT_TRUE(ReceiveStop(0).ok());
  EXPECT_TRUE(ReceiveLimit(0, 1 << 20).ok());
  EXPECT_TRUE(ReceiveBlocked(0).ok());
  EXPECT_EQ(set_->live_streams(), 0u);
  EXPECT_TRUE(Poll().empty());
  EXPECT_FALSE(set_->has_frames());
  EXPECT_EQ(Write(0, 1, false).status, WriteStatus::kClosed);
  EXPECT_EQ(set_->write_offset(StreamId(0)), ByteCount(0));
  set_->ResetStream(StreamId(0), 1);
  set_->StopSending(StreamId(0), 1);
  set_->Consume(StreamId(0), ByteCount(0));
  EXPECT_TRUE(set_->Peek(StreamId(0)).bytes.empty());
}

TEST_F(StreamSetTest, StopSendingIsAnsweredWithItsCodeAndReportedOnce) {
  EXPECT_TRUE(Receive(0, 0, 1, true).ok());
  Write(0, 100, false);
  Poll();
  ReadAll(0);
  EXPECT_TRUE(ReceiveStop(0, 77).ok());
  EXPECT_TRUE(ReceiveStop(0, 78).ok());
  EXPECT_EQ(Poll(), Events{"stop 0 code 77"});
  const auto frames = SendOnly<ResetStreamFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].application_error_code, 77u);
  EXPECT_EQ(Write(0, 1, false).status, WriteStatus::kClosed);
  set_->OnAcked(ControlToken{ControlKind::kResetStream, 0});
  EXPECT_EQ(Poll(), Events{"reset done 0"});
  EXPECT_EQ(set_->live_streams(), 0u);
}

TEST_F(StreamSetTest, ResetReplacesReadable) {
  EXPECT_TRUE(Receive(0, 0, 10).ok());
  EXPECT_TRUE(ReceiveReset(0, 20).ok());
  EXPECT_EQ(Poll(), (Events{"opened 0", "reset 0 code 5 size 20"}));
  EXPECT_TRUE(set_->Peek(StreamId(0)).bytes.empty());
}

TEST_F(StreamSetTest, OpensNothingBeforeThePeersLimitsAreKnown) {
  StreamSet set(kClient, config_, pool_);
  EXPECT_EQ(set.OpenStream(kBidi), std::nullopt);
  set.SetPeerLimits(kGenerous);
  const auto event = set.PollEvent();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(Name(*event), "bidi available");
  EXPECT_EQ(set.OpenStream(kBidi), StreamId(0));
}

TEST_F(StreamSetTest, SignalsWhenItMayNotOpenMore) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(set_->OpenStream(kUni).has_value());
  EXPECT_FALSE(set_->has_frames());
  EXPECT_EQ(set_->OpenStream(kUni), std::nullopt);
  EXPECT_EQ(set_->OpenStream(kUni), std::nullopt);
  const auto frames = SendOnly<StreamsBlockedFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].direction, kUni);
  EXPECT_EQ(frames[0].maximum_streams, 3u);
  EXPECT_FALSE(set_->has_frames());
  set_->OnLost(ControlToken{ControlKind::kStreamsBlockedUni});
  EXPECT_EQ(SendOnly<StreamsBlockedFrame>().size(), 1u);
  set_->HandleFrame(MaxStreamsFrame{.direction = kUni, .maximum_streams = 4});
  EXPECT_EQ(Poll(), Events{"uni available"});
  EXPECT_TRUE(set_->OpenStream(kUni).has_value());
}

TEST_F(StreamSetTest, StreamCreditGrowsAsStreamsEndUntilItIsStopped) {
  StreamConfig config;
  config.max_streams_uni = 4;
  Restart(kServer, config);
  for (std::uint64_t id : {2, 6}) EXPECT_TRUE(Receive(id, 0, 0, true).ok());
  Poll();
  EXPECT_EQ(ReadAll(2), 0u);
  EXPECT_FALSE(set_->has_frames());
  EXPECT_EQ(ReadAll(6), 0u);
  const auto frames = SendOnly<MaxStreamsFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].direction, kUni);
  EXPECT_EQ(frames[0].maximum_streams, 6u);
  set_->StopStreamCredit(kUni);
  set_->OnLost(ControlToken{ControlKind::kMaxStreamsUni});
  for (std::uint64_t id : {10, 14, 18, 22}) EXPECT_TRUE(Receive(id, 0, 0, true).ok());
  Poll();
  for (std::uint64_t id : {10, 14, 18, 22}) ReadAll(id);
  EXPECT_TRUE(SendOnly<MaxStreamsFrame>().empty());
  EXPECT_EQ(CodeOf(Receive(26, 0, 0, true)), TransportErrorCode::kStreamLimitError);
}

TEST_F(StreamSetTest, ReportsWatchedPrefixesInOrder) {
  ASSERT_EQ(set_->OpenStream(kUni), StreamId(3));
  Write(3, 100, false);
  set_->WatchAcked(StreamId(3), ByteCount(100));
  set_->WatchAcked(StreamId(3), ByteCount(50));
  set_->WatchAcked(StreamId(3), ByteCount(150));
  Acknowledge(SendAll());
  EXPECT_EQ(Poll(), (Events{"acked 3 to 50", "acked 3 to 100"}));
  set_->WatchAcked(StreamId(3), ByteCount(80));
  EXPECT_EQ(Poll(), Events{"acked 3 to 80"});
  Write(3, 50, true);
  Acknowledge(SendAll());
  EXPECT_EQ(Poll(), (Events{"acked 3 to 150", "sent 3"}));
}

TEST_F(StreamSetTest, AResetEndsTheWatch) {
  ASSERT_EQ(set_->OpenStream(kUni), StreamId(3));
  Write(3, 100, false);
  set_->WatchAcked(StreamId(3), ByteCount(100));
  SendAll();
  set_->ResetStream(StreamId(3), 1);
  Acknowledge(SendAll());
  EXPECT_EQ(Poll(), Events{"reset done 3"});
}

TEST_F(StreamSetTest, SendsByPriority) {
  const StreamId low = *set_->OpenStream(kBidi), high = *set_->OpenStream(kBidi);
  set_->SetPriority(low, 5, false);
  set_->SetPriority(high, 1, false);
  set_->Write(low, Pattern(0, 10), false);
  set_->Write(high, Pattern(0, 10), false);
  const auto frames = SendOnly<StreamFrame>();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].stream_id, high);
  EXPECT_EQ(frames[1].stream_id, low);
}

TEST_F(StreamSetTest, ControlFramesThatDoNotFitWaitForTheNextPacket) {
  for (int i = 0; i < 10; ++i) {
    const StreamId id = *set_->OpenStream(kBidi);
    set_->ResetStream(id, 1);
    set_->StopSending(id, 2);
  }
  std::size_t resets = 0, stops = 0;
  for (int i = 0; i < 100 && set_->has_frames(); ++i) {
    TestPacket packet(10);
    set_->WriteFrames(kNow, kRtt, packet.out());
    resets += packet.Only<ResetStreamFrame>().size();
    stops += packet.Only<StopSendingFrame>().size();
  }
  EXPECT_EQ(resets, 10u);
  EXPECT_EQ(stops, 10u);
}

TEST_F(StreamSetTest, AStoppedStreamOfKnownSizeIsGoneOnceStopSendingIsSent) {
  EXPECT_TRUE(Receive(2, 10, 10, true).ok());
  Poll();
  set_->StopSending(StreamId(2), 1);
  EXPECT_EQ(set_->live_streams(), 1u);
  EXPECT_EQ(SendAll().size(), 1u);
  EXPECT_EQ(set_->live_streams(), 0u);
}

TEST_F(StreamSetTest, AStreamThatWaitsForCreditCanEnd) {
  PeerStreamLimits limits = kGenerous;
  limits.initial_max_data = ByteCount(0);
  StreamSet set(kServer, config_, pool_);
  set.SetPeerLimits(limits);
  const StreamId id = *set.OpenStream(kUni);
  set.Write(id, Pattern(0, 100), false);
  set.ResetStream(id, 1);
  TestPacket packet;
  set.WriteFrames(kNow, kRtt, packet.out());
  set.OnAcked(ControlToken{ControlKind::kResetStream, id.value()});
  while (set.PollEvent()) {
  }
  EXPECT_EQ(set.live_streams(), 0u);
  set.HandleFrame(MaxDataFrame{.maximum_data = ByteCount(1000)});
  EXPECT_FALSE(set.has_frames());
}

TEST_F(StreamSetTest, ALostStopSendingAndALostResetAreRepeated) {
  const StreamId id = *set_->OpenStream(kBidi);
  Write(id.value(), 10, false);
  SendAll();
  set_->ResetStream(id, 1);
  set_->StopSending(id, 2);
  const auto tokens = SendAll();
  EXPECT_EQ(tokens.size(), 2u);
  EXPECT_FALSE(set_->has_frames());
  Lose(tokens);
  EXPECT_EQ(SendAll().size(), 2u);
}

// SEC-26: a reset as the first frame of stream after stream leaves no record.
TEST_F(StreamSetTest, EndedStreamsLeaveNoRecord) {
  StreamConfig config;
  config.max_streams_uni = 10;
  Restart(kServer, config);
  for (std::uint64_t i = 0; i < 10000; ++i) {
    ASSERT_TRUE(ReceiveReset(2 + 4 * i, 0).ok());
    Poll();
    SendAll();
  }
  EXPECT_EQ(set_->live_streams(), 0u);
  EXPECT_LT(set_->memory_bytes(), 1024u);
}

// SEC-05: one byte at the largest allowed offset of each stream.
TEST_F(StreamSetTest, LoneBytesFarUpAreBoundedByTheConnectionWindow) {
  std::uint64_t left = config_.initial_max_data.value();
  for (std::uint64_t i = 0; left > 0; ++i) {
    const std::uint64_t offset = std::min(left, config_.initial_max_stream_data.value());
    ASSERT_TRUE(Receive(4 * i, offset - 1, 1).ok());
    left -= offset;
  }
  EXPECT_LT(set_->memory_bytes(), 32 * 1024u);
  EXPECT_EQ(CodeOf(Receive(396, 0, 1)), TransportErrorCode::kFlowControlError);
}

TEST_F(StreamSetTest, ClearFreesEverything) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(Receive(4 * i, 10, 5000).ok());
    Write(4 * i, 5000, i % 2 == 0);
  }
  set_->OpenStream(kBidi);
  SendOnly<StreamFrame>();
  EXPECT_GT(set_->memory_bytes(), 20 * 10000u);
  set_->Clear();
  EXPECT_EQ(set_->memory_bytes(), 0u);
  EXPECT_EQ(set_->live_streams(), 0u);
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
  EXPECT_TRUE(Poll().empty());
  EXPECT_EQ(set_->OpenStream(kBidi), std::nullopt);
  EXPECT_EQ(Write(0, 1, false).status, WriteStatus::kClosed);
  EXPECT_TRUE(SendAll().empty());
  EXPECT_EQ(set_->highest_peer_stream(kBidi), StreamId(76));
}

}  // namespace
}  // namespace quiesce::quic
