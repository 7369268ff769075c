#include "http3/outgoing_message.h"

#include <gtest/gtest.h>

#include <string>

#include "http3/testing/fake_transport.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

class OutgoingMessageTest : public ::testing::Test {
 protected:
  OutgoingMessageTest() : id(Join(client, server)), message(client, id, 4) {}

  static quic::StreamId Join(FakeTransport& client, FakeTransport& server) {
    FakeTransport::Join(client, server);
    return *client.OpenStream(quic::StreamDirection::kBidirectional);
  }

  static BodyLength Length(std::string_view declared = {}) {
    qpack::FieldSection section;
    section.Add(":status", "200");
    if (!declared.empty()) section.Add("content-length", declared);
    return BodyLength::OfResponse(*ParseResponseHead(std::move(section)), "GET");
  }

  FakeTransport client{quic::Perspective::kClient, {}};
  FakeTransport server{quic::Perspective::kServer, {}};
  const quic::StreamId id;
  OutgoingMessage message;
};

TEST_F(OutgoingMessageTest, CutsTheBodyIntoFrames) {
  EXPECT_TRUE(message.never_sent());
  EXPECT_EQ(message.SendHead(Bytes("h"), Length(), false), SendStatus::kOk);
  EXPECT_FALSE(message.never_sent());
  EXPECT_EQ(message.WriteBody(Bytes("123456"), true).accepted, 6u);
  EXPECT_EQ(client.written(id), Frame(1, "h") + Frame(0, "1234") + Frame(0, "56"));
  EXPECT_TRUE(client.fin_written(id));
  EXPECT_TRUE(message.ended());
}

TEST_F(OutgoingMessageTest, EndsWithHeadOrTrailersOrNothing) {
  EXPECT_EQ(message.SendInterim(Bytes("i")), SendStatus::kOk);
  EXPECT_TRUE(message.expects_head());
  EXPECT_EQ(message.SendHead(Bytes("h"), Length("3"), true), SendStatus::kOutOfOrder);
  EXPECT_EQ(message.SendHead(Bytes("h"), Length("0"), false), SendStatus::kOk);
  EXPECT_EQ(message.SendTrailers(Bytes("t")), SendStatus::kOk);
  EXPECT_EQ(message.SendTrailers(Bytes("t")), SendStatus::kOutOfOrder);
  EXPECT_EQ(client.written(id), Frame(1, "i") + Frame(1, "h") + Frame(1, "t"));
}

// A frame that was begun is finished without the caller: it may do something else next.
TEST_F(OutgoingMessageTest, TakesWholeFramesWhileBlocked) {
  client.set_send_buffer(id, 8);  // the head and a part of the second frame
  EXPECT_EQ(message.SendHead(Bytes(""), Length("9"), false), SendStatus::kOk);
  const BodyResult wrote = message.WriteBody(Bytes("123456789"), true);
  EXPECT_EQ(wrote.status, BodyStatus::kBlocked);
  EXPECT_EQ(wrote.accepted, 8u);
  EXPECT_EQ(message.WriteBody(Bytes("9"), true).accepted, 0u);
  client.Unblock(id);
  EXPECT_TRUE(message.HandleWritable());
  EXPECT_FALSE(message.HandleWritable()) << "told once";
  EXPECT_EQ(message.WriteBody(Bytes("9"), true).status, BodyStatus::kOk);
  EXPECT_EQ(client.written(id), Frame(1, "") + Frame(0, "1234") + Frame(0, "5678") + Frame(0, "9"));
}

TEST_F(OutgoingMessageTest, RefusesEverythingOnceStopped) {
  EXPECT_EQ(message.SendHead(Bytes("h"), Length(), false), SendStatus::kOk);
  message.Stop();
  EXPECT_TRUE(message.stopped());
  EXPECT_EQ(message.WriteBody(Bytes("x"), true).status, BodyStatus::kClosed);
  EXPECT_EQ(message.SendTrailers(Bytes("t")), SendStatus::kClosed);
  EXPECT_EQ(message.SendInterim(Bytes("i")), SendStatus::kClosed);
}

TEST_F(OutgoingMessageTest, NoticesThatTheTransportRefuses) {
  EXPECT_EQ(message.SendHead(Bytes("h"), Length(), false), SendStatus::kOk);
  client.ResetStream(id, 0);
  EXPECT_EQ(message.WriteBody(Bytes("x"), true).status, BodyStatus::kClosed);
  EXPECT_TRUE(message.stopped());
}

}  // namespace
}  // namespace quiesce::http3
