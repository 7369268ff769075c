#include "quic/connection/closer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPto = milliseconds(100);
constexpr Instant kStart = Instant(seconds(5));

SocketAddress Address(std::uint16_t port) {
  return SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, 1}, port);
}

DatagramInfo Info(std::uint16_t peer_port = 1000) {
  return {.path = {.local = Address(443), .peer = Address(peer_port)}};
}

class CloserTest : public testing::Test {
 protected:
  // The sizes of what is sent now.
  std::vector<std::size_t> Sent() {
    TransmitBatch batch(4096);
    std::vector<std::size_t> sizes;
    while (closer_.PollTransmit(batch) > 0) {
    }
    for (const auto& datagram : batch.datagrams()) {
      EXPECT_TRUE(std::ranges::equal(datagram.bytes, close_));
      EXPECT_EQ(datagram.info.path, Info().path);
      sizes.push_back(datagram.bytes.size());
    }
    return sizes;
  }

  void StartClosing(ByteCount send_credit = ByteCount::Max()) {
    closer_.StartClosing(kStart, kPto, Info(), close_, send_credit);
  }

  Closer closer_;
  const std::vector<std::uint8_t> close_ = std::vector<std::uint8_t>(60, 0xcc);
};

TEST_F(CloserTest, DoesNothingBeforeItStarts) {
  EXPECT_EQ(closer_.deadline(), std::nullopt);
  closer_.OnDatagramReceived(Info(), ByteCount(1200));
  EXPECT_TRUE(Sent().empty());
}

TEST_F(CloserTest, SendsTheCloseOnceByItself) {
  StartClosing();
  EXPECT_EQ(Sent().size(), 1u);
  EXPECT_EQ(Sent().size(), 0u);
}

// RFC 9000 §8.1: three times what was received, before the closing period as well as in it.
TEST_F(CloserTest, WaitsForADatagramWhenTheAmplificationLimitIsReached) {
  StartClosing(ByteCount(close_.size() - 1));
  EXPECT_TRUE(Sent().empty());
  closer_.OnDatagramReceived(Info(), ByteCount(1200));
  EXPECT_EQ(Sent().size(), 1u);
}

// RFC 9000 §10.2: at least three times the current PTO.
TEST_F(CloserTest, LastsThreeProbeTimeoutsButNotForEver) {
  StartClosing();
  EXPECT_EQ(closer_.deadline(), kStart + milliseconds(300));
  Closer slow;
  slow.StartClosing(kStart, seconds(60), Info(), close_, ByteCount::Max());
  EXPECT_EQ(slow.deadline(), kStart + seconds(10));
}

// RFC 9000 §10.2.1: a progressively increasing number of received packets.
TEST_F(CloserTest, AnswersThe1st2nd4th8thDatagram) {
  StartClosing();
  Sent();
  std::vector<int> answered;
  for (int n = 1; n <= 100; ++n) {
    closer_.OnDatagramReceived(Info(), ByteCount(1200));
    if (!Sent().empty()) answered.push_back(n);
  }
  EXPECT_EQ(answered, (std::vector{1, 2, 4, 8, 16, 32, 64}));
}

// RFC 9000 §10.2.1: at most three times the bytes received once keys are gone.
TEST_F(CloserTest, AnswersAtMostThreeTimesWhatItReceived) {
  StartClosing();
  Sent();
  std::size_t received = 0, sent = 0;
  for (int n = 0; n < 64; ++n) {
    closer_.OnDatagramReceived(Info(), ByteCount(1));
    received += 1;
    for (const std::size_t size : Sent()) sent += size;
    EXPECT_LE(sent, 3 * received);
  }
  EXPECT_EQ(sent, 3 * close_.size());  // as soon as 20, 40 and 60 bytes had come
}

// RFC 9000 §10.2.1: packets from an unvalidated address are discarded.
TEST_F(CloserTest, IgnoresOtherAddresses) {
  StartClosing();
  Sent();
  closer_.OnDatagramReceived(Info(2000), ByteCount(1200));
  EXPECT_TRUE(Sent().empty());
}

TEST_F(CloserTest, WaitsForRoomInTheBatch) {
  StartClosing();
  TransmitBatch full(59);
  EXPECT_EQ(closer_.PollTransmit(full), 0u);
  EXPECT_EQ(Sent().size(), 1u);
}

// RFC 9000 §10.2.2: an endpoint in draining MUST NOT send; from closing the end time stays.
TEST_F(CloserTest, DrainingIsSilentAndKeepsTheEndTime) {
  StartClosing();
  closer_.StartDraining(kStart + milliseconds(200), kPto);
  EXPECT_EQ(closer_.deadline(), kStart + milliseconds(300));
  closer_.OnDatagramReceived(Info(), ByteCount(1200));
  EXPECT_TRUE(Sent().empty());
  EXPECT_EQ(closer_.memory_bytes(), 0u);
}

TEST_F(CloserTest, DrainingWithoutClosingHasItsOwnPeriod) {
  closer_.StartDraining(kStart, kPto);
  EXPECT_EQ(closer_.deadline(), kStart + milliseconds(300));
}

}  // namespace
}  // namespace quiesce::quic
