#include "quic/io/udp_socket.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

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

UdpSocket Open(const UdpSocketOptions& options) {
  std::string error;
  std::optional<UdpSocket> socket = UdpSocket::Open(options, error);
  EXPECT_TRUE(socket) << error;
  return *std::move(socket);
}

UdpSocket Open(const SocketAddress& local) { return Open(UdpSocketOptions{.local = local}); }

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

  ReceiveBatch in;
  std::vector<int> seen;
  while (seen.size() < 150) {
    ReceiveSome(server, in);
    ASSERT_FALSE(in.datagrams().empty());
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
  EXPECT_EQ(server.stats().receive_too_large, 1u);
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
  EXPECT_EQ(client.stats().send_too_large, 1u);
  EXPECT_EQ(client.stats().send_refused, 1u);
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

// The kernel's own limit applies to whoever may not exceed it, and cannot be asked for 2 GiB.
TEST(UdpSocket, SaysWhatTheKernelDidNotGrant) {
  const UdpSocket socket = Open(UdpSocketOptions{.local = V4(1),
                                                 .receive_buffer_bytes = 2'000'000'000,
                                                 .send_buffer_bytes = 16 * 1024,
                                                 .segmentation = false,
                                                 .coalescing = false});
  ASSERT_EQ(socket.notices().size(), 1u);
  EXPECT_EQ(socket.notices()[0],
            "the kernel grants " + std::to_string(socket.receive_buffer_bytes() / 1024) +
                " KiB of 1953125 KiB to buffer what is received; raise net.core.rmem_max, or give "
                "the process CAP_NET_ADMIN");
}

TEST(UdpSocket, CountsWhatTheKernelDroppedBecauseTheBufferWasFull) {
  UdpSocket server = Open(UdpSocketOptions{.local = V4(1), .receive_buffer_bytes = 8 * 1024});
  UdpSocket client = Open(V4(1));
  for (int i = 0; i < 100; ++i) SendOne(client, server.local_address(), Ecn::kNotEct, 1200);
  ReceiveBatch batch;
  while (server.Receive(batch)) {
  }
  // The count travels with the first datagram that finds room again.
  SendOne(client, server.local_address());
  ReceiveSome(server, batch);
  const UdpSocketStats& stats = server.stats();
  EXPECT_GT(stats.receive_overflows, 0u);
  EXPECT_EQ(stats.receive_overflows + stats.datagrams_received, 101u);
}

// SEC-43: a million datagrams without payload are read and forgotten, whether joined or not; the
// socket serves on.
TEST(UdpSocket, TakesEmptyDatagramsForWhatTheyAre) {
  for (const bool coalescing : {false, true}) {
    UdpSocket server = Open(UdpSocketOptions{.local = V4(1), .coalescing = coalescing});
    UdpSocket client = Open(V4(1));
    TransmitBatch out(64, 500);
    for (int i = 0; i < 500; ++i)
      out.Append({.path = {.local = {}, .peer = server.local_address()}}, 0);
    ReceiveBatch in;
    for (int round = 0; round < 1000; ++round) {
      ASSERT_EQ(client.Send(out, 0), 500u);
      int reads = 0;
      for (bool more = true; more; ++reads) {
        more = server.Receive(in);
        ASSERT_TRUE(in.datagrams().empty());
      }
      ASSERT_LE(reads, 500 / 16 + 1) << "each read takes a batch away";
    }
    EXPECT_EQ(server.stats().receive_empty, 500'000u);
    SendOne(client, server.local_address());
    ReceiveSome(server, in);
    EXPECT_EQ(in.datagrams().size(), 1u);
  }
}

// ---- Several datagrams in one message

struct Offload {
  bool segmentation, coalescing;
};
class UdpSocketOffloadTest : public testing::TestWithParam<Offload> {
 protected:
  UdpSocketOffloadTest() { EXPECT_EQ(client_.segmentation(), GetParam().segmentation); }
  // Two destinations, two marks, sizes that fall and rise.
  void AppendMixture(TransmitBatch& out) {
    const DatagramInfo plain{.path = {.local = {}, .peer = server_.local_address()}};
    DatagramInfo marked = plain, loud = plain;
    marked.ecn = Ecn::kEct0;
    loud.path.peer = other_.local_address();
    std::uint8_t fill = 0;
    for (const DatagramInfo& info : {plain, marked, loud, plain})
      for (const std::size_t size : {1200, 1200, 1200, 300, 1200, 1452, 1452})
        Append(out, info, size, ++fill);
  }
  UdpSocket server_ = Open(UdpSocketOptions{.local = V4(1), .coalescing = GetParam().coalescing});
  UdpSocket other_ = Open(UdpSocketOptions{.local = V4(1), .coalescing = GetParam().coalescing});
  UdpSocket client_ =
      Open(UdpSocketOptions{.local = V4(1), .segmentation = GetParam().segmentation});
};

TEST_P(UdpSocketOffloadTest, EveryDatagramArrivesAsItWasWritten) {
  TransmitBatch out(64 * 1024, 64);
  AppendMixture(out);
  EXPECT_EQ(client_.Send(out, 0), out.datagrams().size());
  EXPECT_EQ(client_.stats().datagrams_sent, 28u);
  EXPECT_EQ(client_.stats().messages_sent, GetParam().segmentation ? 12u : 28u);
  for (UdpSocket* socket : {&server_, &other_}) {
    std::vector<const TransmitBatch::Datagram*> expected;
    for (const auto& datagram : out.datagrams())
      if (datagram.info.path.peer == socket->local_address()) expected.push_back(&datagram);
    ReceiveBatch in;
    for (std::size_t seen = 0; seen < expected.size();) {
      ReceiveSome(*socket, in);
      ASSERT_FALSE(in.datagrams().empty());
      for (const auto& datagram : in.datagrams()) {
        ASSERT_LT(seen, expected.size());
        EXPECT_EQ(datagram.info.ecn, expected[seen]->info.ecn);
        EXPECT_TRUE(std::ranges::equal(datagram.bytes, expected[seen]->bytes)) << seen;
        ++seen;
      }
    }
  }
}

// 45 datagrams of 1444 bytes make a message; that many cost one call and arrive in one piece.
TEST_P(UdpSocketOffloadTest, AFullRunIsOneMessage) {
  TransmitBatch out = MakeTransmitBatch(1444, 1);
  while (out.Room().size() >= 1444)
    Append(out, {.path = {.local = {}, .peer = server_.local_address()}}, 1444);
  EXPECT_EQ(client_.Send(out, 0), 45u);
  EXPECT_EQ(client_.stats().messages_sent, GetParam().segmentation ? 1u : 45u);
  ReceiveBatch in;
  std::size_t seen = 0;
  while (seen < 45) {
    ReceiveSome(server_, in);
    seen += in.datagrams().size();
  }
  EXPECT_EQ(seen, 45u);
  if (GetParam().segmentation && GetParam().coalescing) {
    EXPECT_EQ(server_.stats().messages_received, 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Offloads, UdpSocketOffloadTest,
                         testing::Values(Offload{true, true}, Offload{true, false},
                                         Offload{false, true}, Offload{false, false}));

TEST(UdpSocket, DropsOnlyTheTooLargeOnesOfAJoinedMessage) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  TransmitBatch out(64 * 1024);
  const DatagramInfo info{.path = {.local = {}, .peer = server.local_address()}};
  for (const std::size_t size : {1300, 1300, 1200}) Append(out, info, size);
  client.Send(out, 0);
  ReceiveBatch in(16, 1200);
  ReceiveSome(server, in);
  ASSERT_EQ(in.datagrams().size(), 1u);
  EXPECT_EQ(in.datagrams()[0].bytes.size(), 1200u);
  EXPECT_EQ(server.stats().receive_too_large, 2u);
}

// What some devices and tunnels do, here because the socket is told to leave out checksums.
TEST(UdpSocket, SendsOneByOneOnceTheSystemRefusesToSegment) {
  UdpSocket server = Open(V4(1)), client = Open(V4(1));
  ASSERT_TRUE(client.segmentation());
  const int no_checksums = 1;
  ASSERT_EQ(setsockopt(client.fd(), SOL_SOCKET, SO_NO_CHECK, &no_checksums, sizeof no_checksums),
            0);
  TransmitBatch out(64 * 1024);
  const DatagramInfo info{.path = {.local = {}, .peer = server.local_address()}};
  for (std::uint8_t i = 0; i < 10; ++i) Append(out, info, 1200, i);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(client.Send(out, 0), 10u);
    ReceiveBatch in;
    std::size_t seen = 0;
    while (seen < 10) {
      ReceiveSome(server, in);
      for (const auto& datagram : in.datagrams()) EXPECT_EQ(datagram.bytes[0], seen++);
    }
  }
  EXPECT_FALSE(client.segmentation());
  EXPECT_EQ(client.stats().segmentation_refused, 1u) << "it is not tried again";
  EXPECT_EQ(client.stats().datagrams_sent, 20u);
  EXPECT_EQ(client.stats().send_refused, 0u) << "nothing was lost by it";
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
