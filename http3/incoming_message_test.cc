#include "http3/incoming_message.h"

#include <gtest/gtest.h>

#include <optional>

#include "http3/testing/fake_transport.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

// RFC 9114 §4.1, as a drawing.
TEST(IncomingMessage, TableMatchesItsDrawing) {
  EXPECT_EQ((quic::PrintTransitions<MessageState, MessageEvent>(kMessageTransitions)),
            "expect_head -> reading_head : headers_frame\n"
            "reading_head -> expect_head : interim\n"
            "reading_head -> body : head\n"
            "reading_head -> tunnel : tunnel_head\n"
            "body -> body : data_frame\n"
            "body -> reading_trailers : headers_frame\n"
            "body -> ended : end\n"
            "reading_trailers -> after_trailers : trailers\n"
            "after_trailers -> ended : end\n"
            "tunnel -> tunnel : data_frame\n"
            "tunnel -> ended : end\n");
}

class IncomingMessageTest : public ::testing::Test {
 protected:
  IncomingMessageTest() {
    FakeTransport::Join(client, server);
    id = *client.OpenStream(quic::StreamDirection::kBidirectional);
    message.emplace(server, decoder, meter, config, id);
  }

  void Arrive(std::string_view bytes, bool fin = false) {
    (void)client.Write(id, Bytes(bytes), fin);
    for (const Move& move : client.moves()) client.Make(move);
  }
  bool NextIs(Incoming expected) {
    const Result<Incoming> next = message->Next();
    return next.ok() && *next == expected;
  }

  Config config;
  FakeTransport client{quic::Perspective::kClient, {}};
  FakeTransport server{quic::Perspective::kServer, {}};
  qpack::Decoder decoder;
  LoadMeter meter{config};
  quic::StreamId id;
  std::optional<IncomingMessage> message;
};

TEST_F(IncomingMessageTest, ReadsARequestInOrder) {
  EXPECT_TRUE(NextIs(Incoming::kNothingYet));
  EXPECT_FALSE(message->started());
  const qpack::Field trailer[] = {{"x-end", "1"}};
  Arrive(GetRequest() + Frame(0, "ab") + Frame(0, "cd") + HeadersFrame(trailer), true);
  EXPECT_TRUE(NextIs(Incoming::kHead));
  EXPECT_TRUE(message->started());
  EXPECT_TRUE(NextIs(Incoming::kBody));
  EXPECT_TRUE(NextIs(Incoming::kBody)) << "the same until it is consumed";
  EXPECT_EQ(message->Body().size(), 2u) << "one DATA frame at a time";
  EXPECT_EQ(message->ConsumeBody(100), 2u);
  EXPECT_TRUE(message->Body().empty());
  EXPECT_TRUE(NextIs(Incoming::kBody));
  EXPECT_EQ(message->ConsumeBody(1), 1u);
  EXPECT_EQ(message->ConsumeBody(1), 1u);
  EXPECT_TRUE(NextIs(Incoming::kTrailers));
  EXPECT_FALSE(message->done());
  EXPECT_TRUE(NextIs(Incoming::kEnd));
  EXPECT_TRUE(message->done());
  EXPECT_TRUE(NextIs(Incoming::kNothingYet));
}

// What is not consumed stays in the transport.
TEST_F(IncomingMessageTest, DoesNotLookBehindTheBody) {
  Arrive(GetRequest() + Frame(0, "body") + Frame(0x21, "grease"));
  EXPECT_TRUE(NextIs(Incoming::kHead));
  EXPECT_TRUE(NextIs(Incoming::kBody));
  EXPECT_EQ(server.unread(id), 4u + Frame(0x21, "grease").size());
}

TEST_F(IncomingMessageTest, StopsLookingWhenToldTo) {
  Arrive(GetRequest(), true);
  message->Stop();
  EXPECT_TRUE(message->done());
  EXPECT_TRUE(NextIs(Incoming::kNothingYet));
  EXPECT_TRUE(message->Body().empty());
  EXPECT_FALSE(message->KeepRest());
}

TEST_F(IncomingMessageTest, TellsTheMeterWhatItHolds) {
  const std::string request = GetRequest();
  Arrive(request.substr(0, request.size() - 1));
  EXPECT_TRUE(NextIs(Incoming::kNothingYet));
  EXPECT_TRUE(message->in_section());
  EXPECT_EQ(meter.partial_bytes(), request.size() - 3);
  Arrive(request.substr(request.size() - 1));
  EXPECT_TRUE(NextIs(Incoming::kHead));
  EXPECT_EQ(meter.partial_bytes(), 0u);
}

TEST_F(IncomingMessageTest, GivesBackWhatItHeldWhenItGoes) {
  Arrive(GetRequest().substr(0, 6));
  EXPECT_TRUE(NextIs(Incoming::kNothingYet));
  EXPECT_GT(meter.partial_bytes(), 0u);
  message.reset();
  EXPECT_EQ(meter.partial_bytes(), 0u);
}

// RFC 9114 §4.1: a message that is complete can be read when its stream is gone.
TEST_F(IncomingMessageTest, KeepsACompleteRest) {
  const qpack::Field trailer[] = {{"x-end", "1"}};
  Arrive(GetRequest() + Frame(0, "abc") + Frame(0, "defg") + HeadersFrame(trailer), true);
  EXPECT_TRUE(NextIs(Incoming::kHead));
  EXPECT_TRUE(NextIs(Incoming::kBody));
  EXPECT_EQ(message->ConsumeBody(1), 1u);
  ASSERT_TRUE(message->KeepRest());
  EXPECT_EQ(server.unread(id), 0u);
  EXPECT_TRUE(NextIs(Incoming::kBody));
  EXPECT_EQ(message->Body().size(), 6u);
  EXPECT_EQ(message->ConsumeBody(6), 6u);
  EXPECT_TRUE(NextIs(Incoming::kTrailers));
  EXPECT_TRUE(NextIs(Incoming::kEnd));
  EXPECT_TRUE(message->done());
}

TEST_F(IncomingMessageTest, KeepsNothingOfAnIncompleteMessage) {
  Arrive(GetRequest() + Frame(0, "abc"));
  EXPECT_TRUE(NextIs(Incoming::kHead));
  EXPECT_FALSE(message->KeepRest());
}

}  // namespace
}  // namespace quiesce::http3
