#include "quic/stream/send_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "quic/stream/test_packet.h"

namespace quiesce::quic {
namespace {

constexpr StreamId kId{4};
constexpr ByteCount kPlenty{1 << 20};

class SendStreamTest : public testing::Test {
 protected:
  WriteResult Write(std::size_t length, bool fin) {
    return stream_.Write(Pattern(stream_.buffer().end().value(), length), fin, kPlenty);
  }

  // Writes what fits into one packet and returns the tokens.
  std::vector<SentToken> Send(std::size_t room = 1200) {
    TestPacket packet(room);
    while (stream_.WriteStreamFrame(packet.out(), connection_)) {
    }
    for (const StreamFrame& frame : packet.Only<StreamFrame>()) {
      EXPECT_TRUE(std::ranges::equal(frame.data, Pattern(frame.offset.value(), frame.data.size())));
    }
    return packet.tokens();
  }

  static StreamToken Token(std::uint64_t offset, std::uint64_t length, bool fin) {
    return {kId, ByteCount(offset), ByteCount(length), fin};
  }

  std::vector<ResetStreamFrame> SendReset() {
    TestPacket packet;
    EXPECT_TRUE(stream_.WriteControlFrames(packet.out()));
    return packet.Only<ResetStreamFrame>();
  }

  BlockPool pool_;
  SendStream stream_{kId, pool_, ByteCount(100000)};
  SendCredit connection_{ByteCount(100000)};
};

TEST_F(SendStreamTest, CarriesBytesAndFinInOneFrame) {
  EXPECT_EQ(Write(100, true).status, WriteStatus::kOk);
  EXPECT_EQ(stream_.state(), SendState::kReady);
  EXPECT_EQ(Send(), std::vector<SentToken>{Token(0, 100, true)});
  EXPECT_EQ(stream_.state(), SendState::kDataSent);
  stream_.OnAcked(Token(0, 100, true));
  EXPECT_EQ(stream_.state(), SendState::kDataRecvd);
  EXPECT_TRUE(stream_.finished());
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
}

TEST_F(SendStreamTest, SendsALateFinByItself) {
  Write(100, false);
  Send();
  EXPECT_FALSE(stream_.wants_fin());
  Write(0, true);
  EXPECT_TRUE(stream_.wants_fin());
  EXPECT_EQ(Send(), std::vector<SentToken>{Token(100, 0, true)});
  EXPECT_FALSE(stream_.wants_fin());
}

TEST_F(SendStreamTest, EndsOnlyWhenBytesAndFinAreAcknowledged) {
  Write(100, false);
  Send();
  Write(0, true);
  Send();
  stream_.OnAcked(Token(100, 0, true));
  EXPECT_EQ(stream_.state(), SendState::kDataSent);
  stream_.OnAcked(Token(0, 100, false));
  EXPECT_EQ(stream_.state(), SendState::kDataRecvd);
}

TEST_F(SendStreamTest, ALostFinIsSentAgainUnlessAcknowledged) {
  Write(100, true);
  Send();
  stream_.OnAcked(Token(0, 100, false));
  stream_.OnLost(Token(0, 100, true));
  EXPECT_TRUE(stream_.wants_retransmission());
  EXPECT_EQ(Send(), std::vector<SentToken>{Token(100, 0, true)});
  EXPECT_FALSE(stream_.wants_retransmission());
  stream_.OnAcked(Token(100, 0, true));
  stream_.OnLost(Token(100, 0, true));
  EXPECT_FALSE(stream_.wants_retransmission());
}

TEST_F(SendStreamTest, RetransmitsLostBytesWithoutCredit) {
  Write(1000, false);
  Send();
  connection_.Spend(connection_.available());
  stream_.OnLost(Token(200, 300, false));
  EXPECT_EQ(Send(), std::vector<SentToken>{Token(200, 300, false)});
}

TEST_F(SendStreamTest, StaysWithinBothCredits) {
  SendStream stream(kId, pool_, ByteCount(500));
  SendCredit connection(ByteCount(800));
  ASSERT_EQ(stream.Write(Pattern(0, 1000), true, kPlenty).status, WriteStatus::kOk);
  TestPacket packet;
  EXPECT_TRUE(stream.WriteStreamFrame(packet.out(), connection));
  EXPECT_FALSE(stream.wants_new_bytes());
  EXPECT_FALSE(stream.wants_fin());
  EXPECT_FALSE(stream.WriteStreamFrame(packet.out(), connection));
  EXPECT_TRUE(stream.RaiseLimit(ByteCount(5000)));
  EXPECT_TRUE(stream.wants_new_bytes());
  EXPECT_TRUE(stream.WriteStreamFrame(packet.out(), connection));
  EXPECT_TRUE(connection.available().is_zero());
  EXPECT_FALSE(stream.WriteStreamFrame(packet.out(), connection));
  EXPECT_EQ(packet.tokens(),
            (std::vector<SentToken>{Token(0, 500, false), Token(500, 300, false)}));
}

TEST_F(SendStreamTest, SignalsItsOwnBlockingOncePerLimit) {
  SendStream stream(kId, pool_, ByteCount(10));
  ASSERT_EQ(stream.Write(Pattern(0, 20), false, kPlenty).status, WriteStatus::kOk);
  stream.NoteIfBlocked();
  EXPECT_FALSE(stream.control_due());
  TestPacket packet;
  EXPECT_TRUE(stream.WriteStreamFrame(packet.out(), connection_));
  stream.NoteIfBlocked();
  EXPECT_TRUE(stream.control_due());
  EXPECT_TRUE(stream.WriteControlFrames(packet.out()));
  const auto frames = packet.Only<StreamDataBlockedFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].maximum_stream_data, ByteCount(10));
  stream.NoteIfBlocked();
  EXPECT_FALSE(stream.control_due());
  stream.OnBlockedLost();
  EXPECT_TRUE(stream.control_due());
  stream.RaiseLimit(ByteCount(100));
  EXPECT_FALSE(stream.control_due());
}

// RFC 9000 §3.1: STREAM_DATA_BLOCKED opens the stream as STREAM does.
TEST_F(SendStreamTest, StreamDataBlockedLeavesReady) {
  SendStream stream(kId, pool_, ByteCount(0));
  ASSERT_EQ(stream.Write(Pattern(0, 20), false, kPlenty).status, WriteStatus::kOk);
  stream.NoteIfBlocked();
  TestPacket packet;
  EXPECT_TRUE(stream.WriteControlFrames(packet.out()));
  EXPECT_EQ(stream.state(), SendState::kSend);
}

TEST_F(SendStreamTest, WritesNoMoreThanThereIsRoom) {
  const WriteResult result = stream_.Write(Pattern(0, 100), true, ByteCount(40));
  EXPECT_EQ(result.status, WriteStatus::kBlocked);
  EXPECT_EQ(result.accepted, 40u);
  EXPECT_TRUE(stream_.writable());  // the FIN was not accepted
  EXPECT_EQ(Send(), std::vector<SentToken>{Token(0, 40, false)});
}

TEST_F(SendStreamTest, RefusesWritesAfterFinAndReset) {
  Write(1, true);
  EXPECT_EQ(Write(1, false).status, WriteStatus::kClosed);
  SendStream other(kId, pool_, kPlenty);
  other.Reset(7);
  EXPECT_EQ(other.Write(Pattern(0, 1), false, kPlenty).status, WriteStatus::kClosed);
}

// RFC 9000 §4.5, §19.4.
TEST_F(SendStreamTest, ResetNamesTheBytesSentSoFar) {
  Write(5000, false);
  Send(1000);
  const ByteCount sent = stream_.buffer().sent_end();
  stream_.Reset(7);
  EXPECT_EQ(stream_.state(), SendState::kResetSent);
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
  EXPECT_FALSE(stream_.wants_new_bytes());
  const auto frames = SendReset();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].final_size, sent);
  EXPECT_EQ(frames[0].application_error_code, 7u);
  EXPECT_FALSE(stream_.control_due());
}

// RFC 9000 §13.3: the content must not change.
TEST_F(SendStreamTest, ALostResetIsRepeatedUnchangedUntilAcknowledged) {
  Write(100, false);
  Send();
  stream_.Reset(7);
  SendReset();
  stream_.Reset(8);  // no effect
  stream_.OnResetLost();
  const auto again = SendReset();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].application_error_code, 7u);
  EXPECT_EQ(again[0].final_size, ByteCount(100));
  stream_.OnResetLost();
  stream_.OnResetAcked();
  EXPECT_EQ(stream_.state(), SendState::kResetRecvd);
  EXPECT_FALSE(stream_.control_due());
  stream_.OnResetLost();
  EXPECT_FALSE(stream_.control_due());
}

TEST_F(SendStreamTest, NothingIsRetransmittedAfterReset) {
  Write(100, true);
  Send();
  stream_.Reset(7);
  stream_.OnLost(Token(0, 100, true));
  EXPECT_FALSE(stream_.wants_retransmission());
  stream_.OnAcked(Token(0, 100, true));
  EXPECT_EQ(stream_.state(), SendState::kResetSent);
}

TEST_F(SendStreamTest, ResetReplacesALostFin) {
  Write(100, true);
  Send();
  stream_.OnLost(Token(0, 100, true));
  stream_.Reset(7);
  EXPECT_FALSE(stream_.wants_retransmission());
}

// RFC 9000 §3.5.
TEST_F(SendStreamTest, StopSendingIsAnsweredOnceWithItsCode) {
  Write(100, true);
  Send();
  EXPECT_TRUE(stream_.OnStopSending(9));
  EXPECT_FALSE(stream_.OnStopSending(10));
  const auto frames = SendReset();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].application_error_code, 9u);
}

TEST_F(SendStreamTest, StopSendingAfterTheEndChangesNothing) {
  Write(100, true);
  Send();
  stream_.OnAcked(Token(0, 100, true));
  EXPECT_FALSE(stream_.OnStopSending(9));
  EXPECT_EQ(stream_.state(), SendState::kDataRecvd);
  EXPECT_FALSE(stream_.control_due());
}

TEST_F(SendStreamTest, WritesNothingIntoAPacketWithoutRoom) {
  Write(100, false);
  TestPacket packet(3);
  EXPECT_FALSE(stream_.WriteStreamFrame(packet.out(), connection_));
  EXPECT_EQ(packet.size(), 0u);
  stream_.Reset(7);
  EXPECT_FALSE(stream_.WriteControlFrames(packet.out()));
  EXPECT_TRUE(stream_.control_due());
}

}  // namespace
}  // namespace quiesce::quic
