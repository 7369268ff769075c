#include "http3/control_stream.h"

#include <gtest/gtest.h>

#include "http3/testing/fake_transport.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

class ControlStreamTest : public ::testing::Test {
 protected:
  ControlStreamTest() { FakeTransport::Join(client, server); }

  void Arrive() {
    for (const Move& move : server.moves()) server.Make(move);
    for (const Move& move : client.moves()) client.Make(move);
    while (std::optional<quic::Event> event = server.PollEvent())
      if (const auto* acked = std::get_if<quic::StreamPrefixAcked>(&*event))
        control.HandlePrefixAcked(acked->offset);
  }

  FakeTransport client{quic::Perspective::kClient, {}};
  FakeTransport server{quic::Perspective::kServer, {}};
  ControlStream control{server, Settings{}, 7};
};

TEST_F(ControlStreamTest, SaysItsTypeAndSettingsFirst) {
  EXPECT_FALSE(control.settings_sent());
  ASSERT_TRUE(control.Open());
  EXPECT_TRUE(control.settings_sent());
  EXPECT_TRUE(control.Is(quic::StreamId(3)));
  EXPECT_EQ(server.written(quic::StreamId(3)).substr(0, 2), std::string_view("\0\x04", 2));
}

TEST_F(ControlStreamTest, KnowsWhenEveryGoawayIsAcknowledged) {
  ASSERT_TRUE(control.Open());
  EXPECT_TRUE(control.goaway_acked()) << "there is none";
  Arrive();
  control.WriteGoaway(100);
  EXPECT_FALSE(control.goaway_acked());
  EXPECT_EQ(control.last_goaway(), 100u);
  Arrive();
  EXPECT_TRUE(control.goaway_acked());
  control.WriteGoaway(100);
  EXPECT_FALSE(control.goaway_acked());
  Arrive();
  EXPECT_TRUE(control.goaway_acked());
  EXPECT_EQ(GoawaysWritten(server), (std::vector<std::uint64_t>{100, 100}));
}

// H10: said before the stream could be opened, it follows SETTINGS.
TEST_F(ControlStreamTest, GoawayBeforeTheStreamIsOpen) {
  control.WriteGoaway(4);
  EXPECT_FALSE(control.goaway_acked());
  ASSERT_TRUE(control.Open());
  Arrive();
  EXPECT_TRUE(control.goaway_acked());
  EXPECT_EQ(GoawaysWritten(server), std::vector<std::uint64_t>{4});
}

// H10: what was not sent is not taken for acknowledged.
TEST_F(ControlStreamTest, BlockedGoawayIsNotAcknowledged) {
  ASSERT_TRUE(control.Open());
  Arrive();
  server.set_send_buffer(quic::StreamId(3), 1);
  control.WriteGoaway(8);
  Arrive();
  EXPECT_FALSE(control.goaway_acked());
  server.Unblock(quic::StreamId(3));
  control.HandleWritable();
  Arrive();
  EXPECT_TRUE(control.goaway_acked());
}

TEST_F(ControlStreamTest, IdentifierNeverRises) {
  control.WriteGoaway(4);
  EXPECT_DEATH(control.WriteGoaway(8), "last_goaway_");
}

}  // namespace
}  // namespace quiesce::http3
