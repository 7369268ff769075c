#include "quic/io/udp_socket.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace quiesce::quic {
namespace {

SocketAddress V4(std::uint8_t last, std::uint16_t port = 0) {
  return SocketAddress::Ipv4(std::array<std::uint8_t, 4>{127, 0, 0, last}, port);
}

SocketAddress V6Loopback(std::uint16_t port = 0) {
  std::array<std::uint8_t, 16> ip{};
  ip[15] = 1;
  return SocketAddress::Ipv6(ip, port);
}

const SocketAddress kAnyV4 = SocketAddress::Ipv4(std::array<std::uint8_t, 4>{}, 0);
const SocketAddress kAnyV6 = SocketAddress::Ipv6(std::array<std::uint8_t, 16>{}, 0);

UdpSocket Open(const SocketAddress& local) {
  std::string error;
  std::optional<UdpSocket> socket = UdpSocket::Open({.local = local}, error);
  EXPECT_TRUE(socket) << error;
  return *std::move(socket);
}

void Append(TransmitBatch& batch, const DatagramInfo& info, std::size_t size,
            std::uint8_t fill = 0x5a) {
  ASSERT_GE(batch.Room().size(), size);
  std::ranges::fill(batch.Room().first(size), fill);
  batch.Append(info, size);
}

void SendOne(UdpSocket& from, const SocketAddress& to, Ecn ecn = Ecn::kNotEct,
             std::size_t size = 100) {
  TransmitBatch batch(2048);
  Append(batch, {.path = {.local = from.local_address(), .peer = to}, .ecn = ecn}, size);
  EXPECT_EQ(from.Send(batch, 0), 1u);
}

// Waits for at least one datagram; loopback delivers within the send call.
void ReceiveSome(UdpSocket& socket, ReceiveBatch& batch) {
  pollfd asked{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&asked, 1, /*timeout_ms=*/10'000), 1);
  socket.Receive(batch);
}

// Every kind of pair: IPv4, IPv6, IPv4 towards a socket that takes both.
struct Pair {
  SocketAddress server_local, client_local, server_as_seen;
};
class UdpSocketPairTest : public testing::TestWithParam<int> {
 protected:
  static const Pair& Addresses() {
    static const Pair kPairs[] = {
        {V4(1), V4(1), V4(1)},
        {kAnyV4, V4(1), V4(1)},
        {V6Loopback(), V6Loopback(), V6Loopback()},
        {kAnyV6, V6Loopback(), V6Loopback()},
        {kAnyV6, V4(1), V4(1)},
    };
    return kPairs[GetParam()];
  }
  UdpSocket server_ = Open(Addresses().server_local);
  UdpSocket client_ = Open(Addresses().client_local);
  SocketAddress to_server_ = Addresses().server_as_seen.WithPort(server_.local_address().port());
  ReceiveBatch batch_;
};

TEST_P(UdpSocketPairTest, TellsBothAddresses) {
  SendOne(client_, to_server_);
  ReceiveSome(server_, batch_);
  ASSERT_EQ(batch_.datagrams().size(), 1u);
  EXPECT_EQ(batch_.datagrams()[0].info.path.local, to_server_);
  EXPECT_EQ(batch_.datagrams()[0].info.path.peer, client_.local_address());
  EXPECT_EQ(batch_.datagrams()[0].bytes.size(), 100u);
  EXPECT_EQ(batch_.datagrams()[0].bytes[99], 0x5a);
}

// RFC 9000 §13.4.1: the mark that was sent is the mark that is reported.
TEST_P(UdpSocketPairTest, CarriesTheEcnMark) {
  for (const Ecn ecn : {Ecn::kNotEct, Ecn::kEct1, Ecn::kEct0, Ecn::kCe}) {
    SendOne(client_, to_server_, ecn);
    ReceiveSome(server_, batch_);
    ASSERT_EQ(batch_.datagrams().size(), 1u);
    EXPECT_EQ(batch_.datagrams()[0].info.ecn, ecn);
  }
}

TEST_P(UdpSocketPairTest, AnswersAlongThePathOfTheQuestion) {
  SendOne(client_, to_server_);
  ReceiveSome(server_, batch_);
  ASSERT_EQ(batch_.datagrams().size(), 1u);
  TransmitBatch answer(2048);
  Append(answer, {.path = batch_.datagrams()[0].info.path, .ecn = Ecn::kEct0}, 10);
  EXPECT_EQ(server_.Send(answer, 0), 1u);
  ReceiveSome(client_, batch_);
  ASSERT_EQ(batch_.datagrams().size(), 1u);
  EXPECT_EQ(batch_.datagrams()[0].info.path.peer, to_server_);
  EXPECT_EQ(batch_.datagrams()[0].info.ecn, Ecn::kEct0);
}

INSTANTIATE_TEST_SUITE_P(Families, UdpSocketPairTest, testing::Range(0, 5));

// A host with several addresses answers from the one that was asked, or the client drops the
// answer.
TEST(UdpSocket, AnswersFromTheAddressThatWasAsked) {
  UdpSocket server = Open(kAnyV4), client = Open(V4(1));
  ReceiveBatch batch;
  SendOne(client, V4(5, server.local_address().port()));
  ReceiveSome(server, batch);
  ASSERT_EQ(batch.datagrams().size(), 1u);
  TransmitBatch answer(2048);
  Append(answer, batch.datagrams()[0].info, 10);
  EXPECT_EQ(server.Send(answer, 0), 1u);
  ReceiveSome(client, batch);
  ASSERT_EQ(batch.datagrams().size(), 1u);
  EXPECT_EQ(batch.datagrams()[0].info.path.peer, V4(5, server.local_address().port()));
}

TEST(UdpSocket, SendsAndReceivesWholeBatches) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  TransmitBatch out(256 * 1024, 200);
  const DatagramInfo info{
      .path = {.local = client.local_address(), .peer = server.local_address()}};
  for (int i = 0; i < 150; ++i) Append(out, info, 1200, static_cast<std::uint8_t>(i));
  EXPECT_EQ(client.Send(out, 0), 150u);
  EXPECT_EQ(client.stats().datagrams_sent, 150u);

  ReceiveBatch in(64);
  std::vector<int> seen;
  for (const std::size_t expected : {64u, 64u, 22u}) {
    EXPECT_EQ(server.Receive(in), expected == 64u);
    ASSERT_EQ(in.datagrams().size(), expected);
    for (const auto& datagram : in.datagrams()) {
      EXPECT_EQ(datagram.bytes.size(), 1200u);
      seen.push_back(datagram.bytes[0]);
    }
  }
  std::vector<int> all(150);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
  EXPECT_FALSE(server.Receive(in));
  EXPECT_TRUE(in.datagrams().empty());
}

TEST(UdpSocket, ReceivedBytesCanBeChangedInPlace) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  ReceiveBatch batch;
  SendOne(client, server.local_address());
  ReceiveSome(server, batch);
  ASSERT_EQ(batch.datagrams().size(), 1u);
  std::ranges::fill(batch.datagrams()[0].bytes, std::uint8_t{0});
  EXPECT_EQ(batch.datagrams()[0].bytes[50], 0);
}

TEST(UdpSocket, DropsWhatIsTooLargeForTheBatchOrEmpty) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  ReceiveBatch batch(8, 1200);
  SendOne(client, server.local_address(), Ecn::kNotEct, 1201);
  SendOne(client, server.local_address(), Ecn::kNotEct, 0);
  SendOne(client, server.local_address(), Ecn::kNotEct, 1200);
  ReceiveSome(server, batch);
  ASSERT_EQ(batch.datagrams().size(), 1u);
  EXPECT_EQ(batch.datagrams()[0].bytes.size(), 1200u);
  EXPECT_EQ(server.stats().receive_truncated, 1u);
  EXPECT_EQ(server.stats().receive_empty, 1u);
}

// A datagram that the system refuses is a lost packet; those behind it leave.
TEST(UdpSocket, TreatsARefusedDatagramAsLost) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  TransmitBatch out(100'000);
  const DatagramInfo good{
      .path = {.local = client.local_address(), .peer = server.local_address()}};
  DatagramInfo nowhere = good;
  nowhere.path.peer = V6Loopback(1);  // an IPv4 socket cannot name it
  Append(out, good, 70'000);          // EMSGSIZE
  Append(out, nowhere, 10);
  Append(out, good, 10);
  EXPECT_EQ(client.Send(out, 0), 3u);
  EXPECT_EQ(client.stats().send_refused, 2u);
  EXPECT_EQ(client.stats().datagrams_sent, 1u);
  ReceiveBatch in;
  ReceiveSome(server, in);
  EXPECT_EQ(in.datagrams().size(), 1u);
}

TEST(UdpSocket, SendsFromTheGivenIndexOn) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  TransmitBatch out(4096);
  const DatagramInfo info{
      .path = {.local = client.local_address(), .peer = server.local_address()}};
  for (std::uint8_t i = 0; i < 3; ++i) Append(out, info, 10, i);
  EXPECT_EQ(client.Send(out, 2), 3u);
  ReceiveBatch in;
  ReceiveSome(server, in);
  ASSERT_EQ(in.datagrams().size(), 1u);
  EXPECT_EQ(in.datagrams()[0].bytes[0], 2);
}

TEST(UdpSocket, OnlyAFullSocketIsBackPressure) {
  EXPECT_TRUE(IsBackPressure(EAGAIN));
  EXPECT_TRUE(IsBackPressure(ENOBUFS));
  for (const int error : {EMSGSIZE, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EPERM, EINVAL}) {
    EXPECT_FALSE(IsBackPressure(error));
  }
}

TEST(UdpSocket, TellsHowMuchBufferTheKernelGranted) {
  std::string error;
  const auto socket = UdpSocket::Open(
      {.local = V4(1), .receive_buffer_bytes = 64 * 1024, .send_buffer_bytes = 32 * 1024}, error);
  ASSERT_TRUE(socket) << error;
  EXPECT_EQ(socket->receive_buffer_bytes(), 64 * 1024);
  EXPECT_EQ(socket->send_buffer_bytes(), 32 * 1024);
}

TEST(UdpSocket, SaysHowToMendAFailedBind) {
  const UdpSocket first = Open(V4(1));
  std::string error;
  EXPECT_FALSE(UdpSocket::Open({.local = first.local_address()}, error));
  EXPECT_EQ(error, "cannot bind UDP " + first.local_address().ToString() +
                       ": Address already in use; stop the process that uses this port, or choose "
                       "another port");
  EXPECT_FALSE(UdpSocket::Open(
      {.local = SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, 1}, 0)}, error));
  EXPECT_NE(error.find("this machine has no such address"), std::string::npos) << error;
  EXPECT_FALSE(UdpSocket::Open({}, error));
  EXPECT_NE(error.find("no address given"), std::string::npos) << error;
}

}  // namespace
}  // namespace quiesce::quic
