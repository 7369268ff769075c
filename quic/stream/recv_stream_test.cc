#include "quic/stream/recv_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "quic/stream/test_packet.h"

namespace quiesce::quic {
namespace {

constexpr StreamId kId{4};
constexpr Duration kRtt = std::chrono::milliseconds(100);
constexpr Instant kNow{std::chrono::seconds(1)};

class RecvStreamTest : public testing::Test {
 protected:
  Result<void> Receive(std::uint64_t offset, std::size_t length, bool fin = false) {
    const std::vector<std::uint8_t> bytes = Pattern(offset, length);
    return stream_.HandleStream(
        {.stream_id = kId, .offset = ByteCount(offset), .data = bytes, .fin = fin});
  }
  Result<bool> Reset(std::uint64_t final_size, std::uint64_t code = 5) {
    return stream_.HandleReset(
        {.stream_id = kId, .application_error_code = code, .final_size = ByteCount(final_size)});
  }
  void Consume(std::uint64_t count) { stream_.Consume(ByteCount(count)); }

  template <typename F>
  std::vector<F> Send() {
    TestPacket packet;
    EXPECT_TRUE(stream_.WriteControlFrames(kNow, kRtt, packet.out()));
    return packet.Only<F>();
  }

  template <typename T>
  static TransportErrorCode CodeOf(const Result<T>& result) {
    return result.ok() ? TransportErrorCode::kNoError : result.error().code;
  }

  BlockPool pool_;
  ReceiveWindow connection_{ByteCount(1500), ByteCount(1500)};
  RecvStream stream_{kId, pool_, connection_, ByteCount(1000), ByteCount(4000)};
};

TEST_F(RecvStreamTest, DeliversBytesAndEnd) {
  EXPECT_TRUE(Receive(0, 100).ok());
  EXPECT_TRUE(stream_.readable_event_due());
  stream_.OnReadableReported();
  EXPECT_EQ(stream_.Peek().bytes.size(), 100u);
  EXPECT_FALSE(stream_.Peek().fin);
  EXPECT_TRUE(Receive(100, 20, true).ok());
  EXPECT_EQ(stream_.state(), RecvState::kDataRecvd);
  EXPECT_FALSE(stream_.readable_event_due());  // still readable, told already
  EXPECT_EQ(stream_.Peek().bytes.size(), 120u);
  EXPECT_TRUE(stream_.Peek().fin);
  Consume(120);
  EXPECT_EQ(stream_.state(), RecvState::kDataRead);
  EXPECT_TRUE(stream_.finished());
}

TEST_F(RecvStreamTest, ReportsReadableAgainOnlyAfterEverythingWasConsumed) {
  EXPECT_TRUE(Receive(0, 100).ok());
  stream_.OnReadableReported();
  Consume(50);
  EXPECT_TRUE(Receive(100, 10).ok());
  EXPECT_FALSE(stream_.readable_event_due());
  Consume(60);
  EXPECT_FALSE(stream_.readable_event_due());
  EXPECT_TRUE(Receive(110, 10).ok());
  EXPECT_TRUE(stream_.readable_event_due());
}

TEST_F(RecvStreamTest, ABareFinIsReadable) {
  EXPECT_TRUE(Receive(0, 10).ok());
  stream_.OnReadableReported();
  Consume(10);
  EXPECT_TRUE(Receive(10, 0, true).ok());
  EXPECT_TRUE(stream_.readable_event_due());
  EXPECT_TRUE(stream_.Peek().bytes.empty());
  EXPECT_TRUE(stream_.Peek().fin);
  Consume(0);
  EXPECT_TRUE(stream_.finished());
}

// The application peeked before the FIN arrived and consumes after: it must still see the FIN.
TEST_F(RecvStreamTest, AFinThatWasNotShownIsNotConsumed) {
  EXPECT_TRUE(Receive(0, 10).ok());
  stream_.OnReadableReported();
  EXPECT_FALSE(stream_.Peek().fin);
  EXPECT_TRUE(Receive(10, 0, true).ok());
  Consume(10);
  EXPECT_FALSE(stream_.finished());
  EXPECT_TRUE(stream_.readable_event_due());
  EXPECT_TRUE(stream_.Peek().fin);
  Consume(0);
  EXPECT_TRUE(stream_.finished());
}

TEST_F(RecvStreamTest, ConsumingNothingBeforeTheEndChangesNothing) {
  Consume(0);
  EXPECT_TRUE(Receive(10, 10, true).ok());
  Consume(0);
  EXPECT_EQ(stream_.state(), RecvState::kSizeKnown);
}

// RFC 9000 §4.1.
TEST_F(RecvStreamTest, EnforcesTheStreamLimit) {
  EXPECT_TRUE(Receive(999, 1).ok());
  EXPECT_EQ(CodeOf(Receive(1000, 1)), TransportErrorCode::kFlowControlError);
  EXPECT_EQ(CodeOf(Reset(1001)), TransportErrorCode::kFlowControlError);
  EXPECT_EQ(CodeOf(Receive(1001, 0, true)), TransportErrorCode::kFlowControlError);
}

// The connection's limit counts gaps, final sizes and resets of all streams.
TEST_F(RecvStreamTest, EnforcesTheConnectionLimit) {
  EXPECT_TRUE(Receive(899, 1).ok());
  RecvStream other(StreamId(8), pool_, connection_, ByteCount(1000), ByteCount(1000));
  EXPECT_EQ(CodeOf(other.HandleReset({.stream_id = StreamId(8), .final_size = ByteCount(601)})),
            TransportErrorCode::kFlowControlError);
  EXPECT_EQ(CodeOf(other.HandleStream(
                {.stream_id = StreamId(8), .offset = ByteCount(601), .data = {}, .fin = true})),
            TransportErrorCode::kFlowControlError);
  EXPECT_TRUE(other.HandleReset({.stream_id = StreamId(8), .final_size = ByteCount(600)}).ok());
  EXPECT_EQ(CodeOf(Receive(900, 1)), TransportErrorCode::kFlowControlError);
}

// RFC 9000 §4.5.
TEST_F(RecvStreamTest, RejectsFinBelowReceivedData) {
  EXPECT_TRUE(Receive(10, 10).ok());
  EXPECT_EQ(CodeOf(Receive(0, 5, true)), TransportErrorCode::kFinalSizeError);
  EXPECT_EQ(CodeOf(Reset(19)), TransportErrorCode::kFinalSizeError);
}

TEST_F(RecvStreamTest, RejectsAMovedEnd) {
  EXPECT_TRUE(Receive(10, 10, true).ok());
  EXPECT_EQ(CodeOf(Receive(0, 10, true)), TransportErrorCode::kFinalSizeError);
  EXPECT_EQ(CodeOf(Receive(10, 11, true)), TransportErrorCode::kFinalSizeError);
  EXPECT_EQ(CodeOf(Reset(21)), TransportErrorCode::kFinalSizeError);
  EXPECT_TRUE(Receive(10, 10, true).ok());
}

TEST_F(RecvStreamTest, RejectsDataBeyondTheEnd) {
  EXPECT_TRUE(Receive(0, 10, true).ok());
  EXPECT_EQ(CodeOf(Receive(10, 1)), TransportErrorCode::kFinalSizeError);
  stream_.Peek();
  Consume(10);
  EXPECT_EQ(CodeOf(Receive(10, 1)), TransportErrorCode::kFinalSizeError);
  EXPECT_TRUE(Receive(0, 10, true).ok());
}

TEST_F(RecvStreamTest, RejectsDataBeyondAReset) {
  EXPECT_TRUE(Reset(10).ok());
  EXPECT_EQ(CodeOf(Receive(10, 1)), TransportErrorCode::kFinalSizeError);
  EXPECT_EQ(CodeOf(Reset(11)), TransportErrorCode::kFinalSizeError);
  EXPECT_TRUE(Receive(0, 10).ok());
  EXPECT_TRUE(stream_.Peek().bytes.empty());
}

TEST_F(RecvStreamTest, ResetDropsUnreadBytesAndCreditsTheFinalSize) {
  EXPECT_TRUE(Receive(0, 100).ok());
  Consume(30);
  const Result<bool> news = Reset(500);
  ASSERT_TRUE(news.ok());
  EXPECT_TRUE(*news);
  EXPECT_EQ(connection_.received(), ByteCount(500));
  EXPECT_EQ(connection_.consumed(), ByteCount(500));
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
  EXPECT_TRUE(stream_.Peek().bytes.empty());
  EXPECT_FALSE(*Reset(500));
  stream_.OnResetReported();
  EXPECT_EQ(stream_.state(), RecvState::kResetRead);
}

// RFC 9000 §3.2: what has arrived completely is delivered.
TEST_F(RecvStreamTest, ResetAfterAllDataChangesNothing) {
  EXPECT_TRUE(Receive(0, 100, true).ok());
  EXPECT_FALSE(*Reset(100));
  EXPECT_EQ(stream_.Peek().bytes.size(), 100u);
}

TEST_F(RecvStreamTest, UpdatesTheLimitAtHalf) {
  EXPECT_TRUE(Receive(0, 500).ok());
  EXPECT_FALSE(stream_.control_due());
  Consume(499);
  EXPECT_FALSE(stream_.control_due());
  Consume(1);
  EXPECT_TRUE(stream_.control_due());
  const auto frames = Send<MaxStreamDataFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].maximum_stream_data, ByteCount(1500));
  EXPECT_FALSE(stream_.control_due());
  stream_.OnMaxStreamDataLost();
  EXPECT_EQ(Send<MaxStreamDataFrame>().size(), 1u);
}

TEST_F(RecvStreamTest, AnUpdateThatDoesNotFitIsNotGranted) {
  EXPECT_TRUE(Receive(0, 500).ok());
  Consume(500);
  TestPacket packet(5);
  EXPECT_FALSE(stream_.WriteControlFrames(kNow, kRtt, packet.out()));
  EXPECT_EQ(stream_.window().limit(), ByteCount(1000));
  EXPECT_TRUE(stream_.control_due());
}

// RFC 9000 §3.3.
TEST_F(RecvStreamTest, SendsNoLimitOnceTheSizeIsKnown) {
  EXPECT_TRUE(Receive(0, 500).ok());
  EXPECT_TRUE(Receive(600, 10, true).ok());
  Consume(500);
  EXPECT_FALSE(stream_.control_due());
}

// RFC 9000 §3.5.
TEST_F(RecvStreamTest, StopSendingDiscardsAndCreditsWhatStillArrives) {
  EXPECT_TRUE(Receive(0, 100).ok());
  stream_.StopSending(9);
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
  EXPECT_EQ(connection_.consumed(), ByteCount(100));
  const auto frames = Send<StopSendingFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].application_error_code, 9u);
  EXPECT_TRUE(Receive(400, 100).ok());
  EXPECT_EQ(connection_.consumed(), ByteCount(500));
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
  EXPECT_FALSE(stream_.readable_event_due());
  EXPECT_EQ(CodeOf(Receive(1000, 1)), TransportErrorCode::kFlowControlError);
  EXPECT_TRUE(*Reset(600));
  EXPECT_EQ(connection_.consumed(), ByteCount(600));
}

TEST_F(RecvStreamTest, ALostStopSendingIsRepeatedUntilTheEndIsKnown) {
  stream_.StopSending(9);
  stream_.StopSending(10);  // no effect
  EXPECT_EQ(Send<StopSendingFrame>().size(), 1u);
  stream_.OnStopSendingLost();
  const auto again = Send<StopSendingFrame>();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].application_error_code, 9u);
  EXPECT_TRUE(*Reset(0));
  stream_.OnStopSendingLost();
  EXPECT_FALSE(stream_.control_due());
}

// A peer that had sent everything need not answer with RESET_STREAM; the half ends all the same.
TEST_F(RecvStreamTest, AStoppedStreamEndsWhenItsSizeIsKnown) {
  stream_.StopSending(9);
  EXPECT_EQ(Send<StopSendingFrame>().size(), 1u);
  EXPECT_TRUE(Receive(300, 10, true).ok());
  EXPECT_TRUE(stream_.finished());
  EXPECT_EQ(connection_.consumed(), ByteCount(310));
}

TEST_F(RecvStreamTest, AStreamOfKnownSizeEndsOnceStopSendingIsSent) {
  EXPECT_TRUE(Receive(300, 10, true).ok());
  stream_.StopSending(9);
  EXPECT_FALSE(stream_.finished());
  EXPECT_EQ(Send<StopSendingFrame>().size(), 1u);
  EXPECT_TRUE(stream_.finished());
}

TEST_F(RecvStreamTest, StopSendingIsNotSentWhenEverythingArrived) {
  EXPECT_TRUE(Receive(0, 100, true).ok());
  stream_.StopSending(9);
  EXPECT_TRUE(stream_.finished());
  EXPECT_FALSE(stream_.control_due());
  EXPECT_EQ(connection_.consumed(), ByteCount(100));
  EXPECT_EQ(pool_.blocks_in_use(), 0u);
}

TEST_F(RecvStreamTest, AByteAtTheLargestOffsetIsRefused) {
  const std::vector<std::uint8_t> byte(1);
  EXPECT_EQ(CodeOf(stream_.HandleStream(
                {.stream_id = kId, .offset = ByteCount(kMaxVarint - 1), .data = byte})),
            TransportErrorCode::kFlowControlError);
}

}  // namespace
}  // namespace quiesce::quic
