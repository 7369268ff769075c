// Sessions that are resumed by later connections, with whole endpoints and real TLS. RFC 9001 §4.5,
// §4.6.1; RFC 9369 §5.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "test/support/connected_pair.h"
#include "test/support/forwarding_tls.h"
#include "test/support/resumption_world.h"

namespace quiesce::quic {
namespace {

using test::ConnectedPair;
using test::ResumptionWorld;
using Side = ConnectedPair::Side;

class ResumptionTest : public testing::Test, protected ResumptionWorld {};

TEST_F(ResumptionTest, SecondConnectionResumesWhatTheFirstOneLeft) {
  ConnectedPair first = Connect({});
  ASSERT_TRUE(RunUntilSession(first));
  EXPECT_FALSE(first.Last<HandshakeCompleted>(Side::kClient)->resumed);
  EXPECT_FALSE(first.Last<HandshakeCompleted>(Side::kServer)->resumed);

  ConnectedPair second = Connect({}, SessionOf(first));
  ASSERT_TRUE(RunUntilSession(second));
  EXPECT_TRUE(second.Last<HandshakeCompleted>(Side::kClient)->resumed);
  EXPECT_TRUE(second.Last<HandshakeCompleted>(Side::kServer)->resumed);
  EXPECT_EQ(second.connection(Side::kServer)->server_name(), "localhost");
}

// RFC 9369 §5: tickets of one version are not taken in another one.
TEST_F(ResumptionTest, TicketOfAnotherVersionIsAFullHandshake) {
  for (const auto& [one, other] :
       {std::pair(Version::kV1, Version::kV2), std::pair(Version::kV2, Version::kV1)}) {
    ConnectedPair first = Connect({.version = one});
    ASSERT_TRUE(RunUntilSession(first));
    const SavedSession session = SessionOf(first);
    EXPECT_EQ(session.version, one);
    ConnectedPair same = Connect({.version = one}, session);
    ASSERT_TRUE(RunUntilSession(same));
    EXPECT_TRUE(same.Last<HandshakeCompleted>(Side::kServer)->resumed);
    ConnectedPair second = Connect({.version = other}, session);
    ASSERT_TRUE(RunUntilSession(second));
    EXPECT_FALSE(second.Last<HandshakeCompleted>(Side::kServer)->resumed);
  }
}

TEST_F(ResumptionTest, SurvivesTheLossOfAnySingleDatagram) {
  ConnectedPair first = Connect({});
  ASSERT_TRUE(RunUntilSession(first));
  const SavedSession session = SessionOf(first);
  for (int lost = 0; lost < 8; ++lost) {
    SCOPED_TRACE(lost);
    ConnectedPair pair = Connect({}, session);
    int count = 0;
    pair.SetFilter([&](Side, std::vector<std::uint8_t>&) { return count++ != lost; });
    EXPECT_TRUE(RunUntilSession(pair));  // its ticket is sent again, too
    EXPECT_TRUE(pair.Last<HandshakeCompleted>(Side::kClient)->resumed);
  }
}

// A server that says something of its own after the handshake.
class TalkativeTls final : public test::ForwardingTls {
 public:
  TalkativeTls(std::unique_ptr<crypto::TlsHandshake> tls, std::vector<std::uint8_t> message)
      : ForwardingTls(std::move(tls)), message_(std::move(message)) {}

  std::optional<crypto::CryptoBytes> PollBytes() override {
    auto bytes = ForwardingTls::PollBytes();
    if (bytes || !complete() || message_.empty()) return bytes;
    return crypto::CryptoBytes{crypto::EncryptionLevel::kOneRtt, std::exchange(message_, {})};
  }

 private:
  std::vector<std::uint8_t> message_;
};

// RFC 8446 §4.6.1: NewSessionTicket with an early_data extension (42).
std::vector<std::uint8_t> Ticket(std::uint32_t max_early_data_size) {
  std::vector<std::uint8_t> message = {4, 0, 0,    0,                       // type, length
                                       0, 0, 0x0e, 0x10, 1,    2,    3, 4,  // lifetime, age_add
                                       1, 1,                                // nonce
                                       0, 4, 0xaa, 0xbb, 0xcc, 0xdd,        // ticket
                                       0, 8, 0,    42,   0,    4};
  for (int shift = 24; shift >= 0; shift -= 8)
    message.push_back(static_cast<std::uint8_t>(max_early_data_size >> shift));
  message[3] = static_cast<std::uint8_t>(message.size() - 4);
  return message;
}

// TR-407, RFC 9001 §4.6.1: the only size there is in QUIC is 0xffffffff.
TEST_F(ResumptionTest, TicketWithAnotherEarlyDataSizeIsAViolation) {
  for (const std::uint32_t size : {0xffffffffu, 0u, 1u, 0x4000u, 0xfffffffeu}) {
    SCOPED_TRACE(size);
    ConnectedPair pair = Connect({.wrap_server = [size](auto tls) {
      return std::make_unique<TalkativeTls>(std::move(tls), Ticket(size));
    }});
    const bool closed = pair.RunUntil([&] { return pair.Has<ConnectionClosed>(Side::kClient); },
                                      std::chrono::seconds(2));
    EXPECT_EQ(closed, size != 0xffffffff);
    if (!closed) continue;
    const auto* event = pair.Last<ConnectionClosed>(Side::kClient);
    EXPECT_EQ(event->source, CloseSource::kLocal);
    EXPECT_EQ(event->error_code,
              static_cast<std::uint64_t>(TransportErrorCode::kProtocolViolation));
  }
}

TEST_F(ResumptionTest, ServerThatSendsTicketsForEverIsNotListenedToForEver) {
  std::vector<std::uint8_t> tickets;
  for (int i = 0; i < 100; ++i) {
    const auto ticket = Ticket(0xffffffff);
    tickets.insert(tickets.end(), ticket.begin(), ticket.end());
  }
  ConnectedPair pair = Connect({.wrap_server = [&](auto tls) {
    return std::make_unique<TalkativeTls>(std::move(tls), tickets);
  }});
  pair.RunFor(std::chrono::seconds(2));
  std::size_t saved = 0;
  for (const Event& event : pair.events(Side::kClient))
    saved += std::holds_alternative<SessionSaved>(event) ? 1 : 0;
  EXPECT_GE(saved, 1u);
  EXPECT_LE(saved, 8u);
  EXPECT_FALSE(pair.Has<ConnectionClosed>(Side::kClient));
}

}  // namespace
}  // namespace quiesce::quic
