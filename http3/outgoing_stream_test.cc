#include "http3/outgoing_stream.h"

#include <gtest/gtest.h>

#include "http3/testing/fake_transport.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

constexpr auto kUni = quic::StreamDirection::kUnidirectional;

class OutgoingStreamTest : public ::testing::Test {
 protected:
  OutgoingStreamTest() { FakeTransport::Join(client, server); }

  FakeTransport client{quic::Perspective::kClient, {}};
  FakeTransport server{quic::Perspective::kServer, {.unidirectional_streams = 1}};
  OutgoingStream stream{client};
};

TEST_F(OutgoingStreamTest, KeepsBytesUntilItIsOpen) {
  stream.Append(Bytes("first "));
  stream.Append(Bytes("second"));
  EXPECT_EQ(stream.end_offset(), quic::ByteCount(12));
  EXPECT_TRUE(stream.taken().is_zero());
  ASSERT_TRUE(stream.Open());
  EXPECT_EQ(client.written(*stream.id()), "first second");
  EXPECT_TRUE(stream.flushed());
  EXPECT_TRUE(stream.Open()) << "again is harmless";
}

TEST_F(OutgoingStreamTest, OpensOnlyWhenThePeerAllows) {
  ASSERT_TRUE(client.OpenStream(kUni));
  EXPECT_FALSE(stream.Open());
  EXPECT_FALSE(stream.id());
}

TEST_F(OutgoingStreamTest, KeepsWhatTheTransportDoesNotTake) {
  ASSERT_TRUE(stream.Open());
  client.set_send_buffer(*stream.id(), 4);
  stream.Append(Bytes("123456"));
  stream.Append(Bytes("789"), true);
  EXPECT_FALSE(stream.flushed());
  EXPECT_EQ(stream.taken(), quic::ByteCount(4));
  EXPECT_EQ(stream.end_offset(), quic::ByteCount(9));
  EXPECT_FALSE(client.fin_written(*stream.id()));
  client.Unblock(*stream.id());
  stream.Flush();
  EXPECT_TRUE(stream.flushed());
  EXPECT_EQ(client.written(*stream.id()), "123456789");
  EXPECT_TRUE(client.fin_written(*stream.id()));
}

TEST_F(OutgoingStreamTest, EndWithoutBytes) {
  ASSERT_TRUE(stream.Open());
  stream.Append({}, true);
  EXPECT_TRUE(stream.flushed());
  EXPECT_TRUE(client.fin_written(*stream.id()));
}

TEST_F(OutgoingStreamTest, StopsWhenTheTransportRefuses) {
  ASSERT_TRUE(stream.Open());
  client.ResetStream(*stream.id(), 0);
  stream.Append(Bytes("late"));
  EXPECT_TRUE(stream.stopped());
  EXPECT_TRUE(stream.flushed());
}

}  // namespace
}  // namespace quiesce::http3
